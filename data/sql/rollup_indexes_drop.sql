-- Readies the empty table for its first figures: without indexes, and truncated so that the rows need no log.
TRUNCATE rollup_day;
ALTER TABLE rollup_day DROP CONSTRAINT rollup_day_pkey;
DROP INDEX rollup_day_subject_idx
