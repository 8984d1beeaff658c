-- How many incidents there are, in a unit or in none.
SELECT coalesce(sum(n), 0)
FROM rollup
WHERE class_id = 0
    AND subject_id IN (SELECT first_id FROM level WHERE rank = 0 UNION ALL SELECT 0)
