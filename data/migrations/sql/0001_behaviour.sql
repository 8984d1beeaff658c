-- Functions, triggers and views of the first version: partitions, deltas, the exact view over folded and pending figures.

CREATE SEQUENCE incident_id_seq AS bigint;
ALTER TABLE incident ALTER COLUMN id SET DEFAULT nextval('incident_id_seq');

INSERT INTO cell (id, grid_id, unit_ids, subjects) VALUES (0, NULL, '{}', '{0}');
INSERT INTO rollup_state (id, version, folded_at) VALUES (1, 0, now());
INSERT INTO setting (key, value) VALUES ('time_zone', '"Asia/Shanghai"');

-- Creates the partition of the month (UTC) that holds a moment, once.
CREATE FUNCTION ensure_incident_partition(moment timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    first_day timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
    partition_name text := 'incident_' || to_char(moment AT TIME ZONE 'UTC', 'YYYYMM');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class WHERE relname = partition_name) THEN
        PERFORM pg_advisory_xact_lock(hashtext('incident_partition'));
        -- Asked again after the wait: another writer may have made it. Attaching, unlike CREATE ... PARTITION OF,
        -- lets other writers go on.
        IF NOT EXISTS (SELECT FROM pg_class WHERE relname = partition_name) THEN
            EXECUTE format('CREATE TABLE %I (LIKE incident INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name);
            EXECUTE format(
                'ALTER TABLE incident ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                partition_name, first_day AT TIME ZONE 'UTC', (first_day + interval '1 month') AT TIME ZONE 'UTC'
            );
        END IF;
    END IF;
    RETURN partition_name;
END $$;

CREATE FUNCTION city_time_zone() RETURNS text
LANGUAGE sql STABLE AS $$ SELECT value #>> '{}' FROM setting WHERE key = 'time_zone' $$;

-- The measures of one incident; every figure is a sum of these. Open statuses are those of geo.status.
CREATE FUNCTION is_open(status smallint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT status IN (1, 2, 3, 4, 5, 10, 11, 12) $$;

CREATE VIEW incident_measures AS
SELECT
    id,
    reported_at,
    cell_id,
    (reported_at AT TIME ZONE city_time_zone())::date AS day,
    class_id,
    1 AS n,
    is_open(status)::int AS n_open,
    (is_open(status) AND breached AND handled_at IS NULL)::int AS n_overdue,
    (status = 6)::int AS n_closed,
    (handled_at IS NOT NULL AND due_at IS NOT NULL AND handled_at <= due_at)::int AS n_on_time,
    (handled_at IS NOT NULL AND due_at IS NOT NULL AND handled_at > due_at)::int AS n_late
FROM incident;

-- Appends the change of each statement to rollup_delta; runs in the writer's transaction, locks nothing shared.
CREATE FUNCTION incident_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    zone text := city_time_zone();
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO rollup_delta (cell_id, day, class_id, n, n_open, n_overdue, n_closed, n_on_time, n_late)
        SELECT cell_id, (reported_at AT TIME ZONE zone)::date, class_id, count(*),
            count(*) FILTER (WHERE is_open(status)),
            count(*) FILTER (WHERE is_open(status) AND breached AND handled_at IS NULL),
            count(*) FILTER (WHERE status = 6),
            count(*) FILTER (WHERE handled_at <= due_at),
            count(*) FILTER (WHERE handled_at > due_at)
        FROM incident_after
        GROUP BY 1, 2, 3;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO rollup_delta (cell_id, day, class_id, n, n_open, n_overdue, n_closed, n_on_time, n_late)
        SELECT cell_id, (reported_at AT TIME ZONE zone)::date, class_id, -count(*),
            -count(*) FILTER (WHERE is_open(status)),
            -count(*) FILTER (WHERE is_open(status) AND breached AND handled_at IS NULL),
            -count(*) FILTER (WHERE status = 6),
            -count(*) FILTER (WHERE handled_at <= due_at),
            -count(*) FILTER (WHERE handled_at > due_at)
        FROM incident_before
        GROUP BY 1, 2, 3;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER incident_inserted AFTER INSERT ON incident
    REFERENCING NEW TABLE AS incident_after
    FOR EACH STATEMENT EXECUTE FUNCTION incident_changed();
CREATE TRIGGER incident_updated AFTER UPDATE ON incident
    REFERENCING OLD TABLE AS incident_before NEW TABLE AS incident_after
    FOR EACH STATEMENT EXECUTE FUNCTION incident_changed();
CREATE TRIGGER incident_deleted AFTER DELETE ON incident
    REFERENCING OLD TABLE AS incident_before
    FOR EACH STATEMENT EXECUTE FUNCTION incident_changed();

-- Pending changes spread over their subjects: all classes together everywhere, and by class where the level keeps it.
CREATE VIEW rollup_pending AS
SELECT delta.id, class.class_id, delta.day, subject.subject_id,
    delta.n, delta.n_open, delta.n_overdue, delta.n_closed, delta.n_on_time, delta.n_late
FROM rollup_delta AS delta
JOIN cell ON cell.id = delta.cell_id
CROSS JOIN LATERAL unnest(cell.subjects) AS subject (subject_id)
CROSS JOIN LATERAL (VALUES (0::smallint), (delta.class_id)) AS class (class_id)
WHERE class.class_id = 0
    OR subject.subject_id <= 0
    OR EXISTS (
        SELECT 1 FROM level
        WHERE level.rollup_by_class AND level.first_id = (subject.subject_id / 10000000) * 10000000 + 1
    );

-- Exact figures at any moment: folded rows and pending changes in one snapshot; a reader sums over it.
CREATE VIEW rollup AS
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late FROM rollup_day
UNION ALL
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late FROM rollup_pending;
