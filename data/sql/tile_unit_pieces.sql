-- Features of the units of one level in one tile as of a boundary revision, one after the other, by id; and whether any
-- unit of the level is not in pieces at this zoom, so that the tile has to be made from the shapes.
-- Parameters: z, x, y, level, block (ids of a level), revision. Columns: has_gap, features
WITH span AS MATERIALIZED (
    SELECT first_id AS first, first_id + %(block)s - 1 AS last FROM level WHERE key = %(level)s
)
SELECT
    EXISTS (
        SELECT FROM unit_tile_gap
        WHERE unit_id BETWEEN (SELECT first FROM span) AND (SELECT last FROM span)
            AND from_zoom <= %(z)s
    ) AS has_gap,
    (
        SELECT string_agg(piece.feature, ''::bytea ORDER BY piece.unit_id)
        FROM unit_tile_piece AS piece
        WHERE piece.zoom = %(z)s
            AND piece.tile_column = %(x)s
            AND piece.tile_row = %(y)s
            AND piece.unit_id BETWEEN (SELECT first FROM span) AND (SELECT last FROM span)
            AND piece.revision_id <= %(revision)s
            AND (piece.ended_revision_id IS NULL OR piece.ended_revision_id > %(revision)s)
    ) AS features
