-- Figures of all classes together packed by level and day, so that a map of thousands of units reads a few rows.
-- A pack is there only while it equals rollup_day: whoever changes a day's figures removes its packs in the same transaction.

CREATE TABLE rollup_pack (
    block INTEGER NOT NULL,
    day DATE NOT NULL,
    subject_ids BYTEA NOT NULL,
    n BYTEA NOT NULL,
    n_open BYTEA NOT NULL,
    n_overdue BYTEA NOT NULL,
    n_closed BYTEA NOT NULL,
    n_on_time BYTEA NOT NULL,
    n_late BYTEA NOT NULL,
    CONSTRAINT rollup_pack_pkey PRIMARY KEY (block, day)
);

CREATE TABLE rollup_pack_due (
    day DATE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT rollup_pack_due_pkey PRIMARY KEY (day)
);

INSERT INTO rollup_pack_due (day)
SELECT DISTINCT day FROM rollup_day;
