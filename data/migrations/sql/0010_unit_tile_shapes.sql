-- Unit shapes as map tiles want them: rounded to the grid of each zoom, cut into tiles and encoded, one row for a unit in
-- a tile. A tile is then the rows of one key, in one range of an index that needs nothing but whole numbers.
DROP TRIGGER unit_shape_changed ON unit;
DROP FUNCTION unit_shape_changed();
DROP TABLE unit_plain_zooms;

CREATE TABLE unit_tile_piece (
    zoom SMALLINT NOT NULL,
    tile_column INTEGER NOT NULL,
    tile_row INTEGER NOT NULL,
    unit_id INTEGER NOT NULL,
    revision_id INTEGER NOT NULL,
    ended_revision_id INTEGER,
    feature BYTEA NOT NULL,
    CONSTRAINT unit_tile_piece_pkey PRIMARY KEY (zoom, tile_column, tile_row, unit_id),
    CONSTRAINT unit_tile_piece_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES unit (id) ON DELETE CASCADE
);
CREATE INDEX unit_tile_piece_unit_id_idx ON unit_tile_piece (unit_id);
-- Packed numbers do not get smaller.
ALTER TABLE unit_tile_piece ALTER COLUMN feature SET STORAGE EXTERNAL;

-- Units without pieces from a zoom on. Their level's tiles are made from the shapes there; that is right too, and slower.
-- A settled gap stays: the shape reaches into too many tiles.
CREATE TABLE unit_tile_gap (
    unit_id INTEGER NOT NULL,
    from_zoom SMALLINT DEFAULT 0 NOT NULL,
    settled BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT unit_tile_gap_pkey PRIMARY KEY (unit_id),
    CONSTRAINT unit_tile_gap_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES unit (id) ON DELETE CASCADE
);
INSERT INTO unit_tile_gap (unit_id) SELECT id FROM unit;

CREATE FUNCTION unit_tiles_missing() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unit_tile_gap (unit_id) SELECT id FROM unit_after ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER unit_tiles_missing AFTER INSERT ON unit
    REFERENCING NEW TABLE AS unit_after
    FOR EACH STATEMENT EXECUTE FUNCTION unit_tiles_missing();

CREATE FUNCTION unit_tiles_outdated() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM unit_tile_piece WHERE unit_id = NEW.id;
    INSERT INTO unit_tile_gap (unit_id) VALUES (NEW.id)
    ON CONFLICT (unit_id) DO UPDATE SET from_zoom = 0, settled = false;
    RETURN NULL;
END $$;
CREATE TRIGGER unit_tiles_outdated AFTER UPDATE OF geom_3857, revision_id, ended_revision_id ON unit
    FOR EACH ROW EXECUTE FUNCTION unit_tiles_outdated();

-- Triggers write for whoever changes a unit. Readers see pieces of the units that they see; a gap tells nothing but that
-- a unit's tiles are still to be made, and every reader has to know of it, else a tile would lack a unit of the scope.
ALTER FUNCTION unit_tiles_missing() SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION unit_tiles_outdated() SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp;
REVOKE EXECUTE ON FUNCTION unit_tiles_missing(), unit_tiles_outdated() FROM PUBLIC;
GRANT SELECT ON unit_tile_piece, unit_tile_gap TO minqing_web;
ALTER TABLE unit_tile_piece ENABLE ROW LEVEL SECURITY;
ALTER TABLE unit_tile_piece FORCE ROW LEVEL SECURITY;
ALTER TABLE unit_tile_gap ENABLE ROW LEVEL SECURITY;
ALTER TABLE unit_tile_gap FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON unit_tile_piece TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY owner ON unit_tile_gap TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY scope ON unit_tile_piece TO minqing_web
    USING ((SELECT scope_is_city()) OR unit_id <@ (SELECT scope_seen()));
CREATE POLICY scope ON unit_tile_gap TO minqing_web USING (scope_unit() IS NOT NULL);
