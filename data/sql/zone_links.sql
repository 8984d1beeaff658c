-- Links and cuts by hand between current units of a level.
-- Parameters: level, codes
-- Columns: a_code, b_code, kind (link or cut)
SELECT a_code, b_code, kind
FROM zone_link
WHERE level_key = %(level)s
    AND a_code = ANY(%(codes)s)
    AND b_code = ANY(%(codes)s)
ORDER BY a_code, b_code
