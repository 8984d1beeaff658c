-- The levels of the area tree, from the whole city down; both counts come from indexes alone.
-- Columns: those of level, count (length of an array over the level's ids), current (units that are valid now)
SELECT
    key, rank, name_zh, name_en, first_id, min_zoom, max_zoom, rollup_by_class,
    COALESCE(
        (
            SELECT max(unit.id) - level.first_id + 1
            FROM unit
            WHERE unit.id BETWEEN level.first_id AND level.first_id + 9999998
        ),
        0
    ) AS count,
    (
        SELECT count(*)
        FROM unit
        WHERE unit.id BETWEEN level.first_id AND level.first_id + 9999998
            AND unit.ended_revision_id IS NULL
    ) AS current
FROM level
ORDER BY rank
