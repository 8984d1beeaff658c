-- Figures of cases: what they ask for beyond an incident's times, and the figures of each day as they were.

-- Both follow from the log of a case; 0 and empty without one. `marks` is the sum of data.cases.marks.Mark.
ALTER TABLE incident
    ADD COLUMN closing_due_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN marks SMALLINT DEFAULT 0 NOT NULL;

-- A period of figures is found by any of three moments, which rise with the pages: a few kilobytes a month tell where.
CREATE INDEX incident_moments_idx ON incident USING brin (reported_at, due_at, closing_due_at);

CREATE TABLE figure_day (
    day DATE NOT NULL,
    figure TEXT NOT NULL,
    -- city (id 0), unit, department (0 none) or class.
    subject TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    -- Cases of sensitive classes are counted apart, for those who may know.
    sensitive BOOLEAN NOT NULL,
    numerator INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    adjusted_numerator INTEGER NOT NULL,
    adjusted_denominator INTEGER NOT NULL,
    adjusted_unknown INTEGER NOT NULL,
    CONSTRAINT figure_day_pkey PRIMARY KEY (day, figure, subject, subject_id, sensitive),
    CONSTRAINT figure_day_subject_check CHECK (subject IN ('city', 'unit', 'department', 'class')),
    CONSTRAINT figure_day_parts_check CHECK (
        numerator BETWEEN 0 AND denominator AND adjusted_numerator BETWEEN 0 AND adjusted_denominator
    )
);

-- Days that are kept, with a hash of the definitions that they were counted by.
CREATE TABLE figure_day_kept (
    day DATE NOT NULL,
    kept_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    definitions TEXT NOT NULL,
    CONSTRAINT figure_day_kept_pkey PRIMARY KEY (day)
);

GRANT SELECT ON figure_day, figure_day_kept TO minqing_web;

ALTER TABLE figure_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE figure_day FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON figure_day TO CURRENT_USER USING (true) WITH CHECK (true);
-- The whole city to those who see it, an area its own units; a department has no figures of units that are its own alone.
CREATE POLICY scope ON figure_day TO minqing_web
    USING (
        (NOT sensitive OR (SELECT scope_sees_sensitive()))
        AND (SELECT scope_is_all_departments())
        AND ((SELECT scope_is_city()) OR subject = 'unit' AND subject_id <@ (SELECT scope_subjects()))
    );
