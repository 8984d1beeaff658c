-- Makes the indexes that rollup_indexes_drop removed. The other processor has the incidents' indexes.
SET LOCAL max_parallel_maintenance_workers = 0;
ALTER TABLE rollup_day ADD CONSTRAINT rollup_day_pkey PRIMARY KEY (class_id, day, subject_id);
CREATE INDEX rollup_day_subject_idx ON rollup_day (subject_id, day, class_id)
