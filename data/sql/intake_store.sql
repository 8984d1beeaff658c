-- New reports, all of them in the status reported; the triggers bring them to the figures and the map.
-- Parameters: reports, an array of objects; one value to send is several times faster than an array per column
INSERT INTO incident (
    id, reported_at, cell_id, grid_id, class_id, severity, source_id, department_id, dataset_id, morton, geom, external_id,
    text, address
)
SELECT
    id, reported_at, cell_id, NULLIF(grid_id, 0), class_id, severity, source_id, department_id, dataset_id,
    shown_code(class_id, grid_id, NULLIF(morton, -1)), ST_SetSRID(ST_Point(lon, lat), 4326), external_id, text, address
FROM jsonb_to_recordset(%(reports)s::jsonb) AS report (
    id bigint, reported_at timestamptz, cell_id integer, grid_id integer, class_id smallint, severity smallint,
    source_id smallint, department_id smallint, dataset_id integer, morton bigint, lon float8, lat float8, external_id text,
    text text, address text
)
