-- Positions and classes of incidents packed by zoom-12 tile and day, so that a map tile of many incidents reads few rows.
-- Exact at any moment: whatever changes a packed fact leaves a mark, and readers take marked tile-days from the incidents.

CREATE TABLE incident_chunk (
    tile INTEGER NOT NULL,
    day DATE NOT NULL,
    n INTEGER NOT NULL,
    places BYTEA NOT NULL,
    class_ids BYTEA NOT NULL,
    CONSTRAINT incident_chunk_pkey PRIMARY KEY (tile, day),
    CONSTRAINT incident_chunk_length_check CHECK (length(places) = 2 * n AND length(class_ids) = 2 * n)
);
-- Packed positions do not compress; trying would only cost time.
ALTER TABLE incident_chunk ALTER COLUMN places SET STORAGE EXTERNAL, ALTER COLUMN class_ids SET STORAGE EXTERNAL;

CREATE TABLE incident_chunk_mark (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    tile INTEGER NOT NULL,
    day DATE NOT NULL,
    CONSTRAINT incident_chunk_mark_pkey PRIMARY KEY (id)
);
CREATE INDEX incident_chunk_mark_tile_day_idx ON incident_chunk_mark (tile, day);

-- Marks the tile-days of each statement; appends only, so writers never wait for each other.
-- A code has 48 bits: its first 24 are the tile at zoom 12.
CREATE FUNCTION incident_places_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    zone text := city_time_zone();
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO incident_chunk_mark (tile, day)
        SELECT DISTINCT (morton >> 24)::int, (reported_at AT TIME ZONE zone)::date
        FROM incident_after
        WHERE morton IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO incident_chunk_mark (tile, day)
        SELECT DISTINCT (morton >> 24)::int, (reported_at AT TIME ZONE zone)::date
        FROM incident_before
        WHERE morton IS NOT NULL;
    ELSE
        -- Most updates move a case along and change neither place, day nor class: those leave no mark.
        INSERT INTO incident_chunk_mark (tile, day)
        SELECT DISTINCT (morton >> 24)::int, (reported_at AT TIME ZONE zone)::date
        FROM (
            (
                SELECT id, morton, reported_at, class_id FROM incident_before
                EXCEPT
                SELECT id, morton, reported_at, class_id FROM incident_after
            )
            UNION ALL
            (
                SELECT id, morton, reported_at, class_id FROM incident_after
                EXCEPT
                SELECT id, morton, reported_at, class_id FROM incident_before
            )
        ) AS changed
        WHERE morton IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER incident_places_inserted AFTER INSERT ON incident
    REFERENCING NEW TABLE AS incident_after
    FOR EACH STATEMENT EXECUTE FUNCTION incident_places_changed();
CREATE TRIGGER incident_places_updated AFTER UPDATE ON incident
    REFERENCING OLD TABLE AS incident_before NEW TABLE AS incident_after
    FOR EACH STATEMENT EXECUTE FUNCTION incident_places_changed();
CREATE TRIGGER incident_places_deleted AFTER DELETE ON incident
    REFERENCING OLD TABLE AS incident_before
    FOR EACH STATEMENT EXECUTE FUNCTION incident_places_changed();

INSERT INTO incident_chunk_mark (tile, day)
SELECT DISTINCT (morton >> 24)::int, (reported_at AT TIME ZONE city_time_zone())::date
FROM incident
WHERE morton IS NOT NULL;
