-- Removes the packs of days whose figures change in this transaction, and notes the days.
-- Parameters: days
WITH gone AS (
    DELETE FROM rollup_pack WHERE day = ANY(%(days)s)
)
INSERT INTO rollup_pack_due (day)
SELECT day FROM unnest(%(days)s::date[]) AS changed (day)
ON CONFLICT (day) DO UPDATE SET changed_at = now()
