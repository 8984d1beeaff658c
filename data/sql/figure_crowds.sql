-- How many cases of a period meet which conditions, by group: each condition is a bit of `met`.
-- Filled in by the reader: key (of the group), met, relation, near (what indexes find), condition
-- Parameters: those of data.figures.window.Window and of the condition. Columns: id, met, n
SELECT id, met, count(*)::int AS n
FROM (
    SELECT {key} AS id, {met} AS met
    FROM {relation}
    WHERE {near}
        AND {condition}
) AS told
GROUP BY id, met
