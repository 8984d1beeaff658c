-- Photos of cases, and codes to report by.

-- A photo of a case; the file lies outside, under the SHA-256 of its content, and is never changed.
CREATE TABLE attachment (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    incident_id BIGINT NOT NULL,
    -- Of the incident, so that its partition is found.
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    -- Event of the case's log that brought it; 1 for a photo that came with the report.
    seq INTEGER NOT NULL,
    sha256 BYTEA NOT NULL,
    thumbnail_sha256 BYTEA NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    account_id INTEGER,
    account_name TEXT,
    CONSTRAINT attachment_pkey PRIMARY KEY (id),
    CONSTRAINT attachment_incident_id_sha256_key UNIQUE (incident_id, sha256),
    CONSTRAINT attachment_digest_check CHECK (length(sha256) = 32 AND length(thumbnail_sha256) = 32),
    CONSTRAINT attachment_size_check CHECK (width > 0 AND height > 0 AND bytes > 0),
    CONSTRAINT attachment_seq_check CHECK (seq >= 1 AND (seq > 1 OR account_id IS NULL))
);

-- A code that hangs in a grid or at a place; whoever opens its address reports from there. It keeps name and position, so
-- that it means the same ground after the borders were drawn anew.
CREATE TABLE report_code (
    code TEXT NOT NULL,
    unit_id INTEGER,
    place_id INTEGER,
    name TEXT NOT NULL,
    name_en TEXT DEFAULT '' NOT NULL,
    lon DOUBLE PRECISION NOT NULL,
    lat DOUBLE PRECISION NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT report_code_pkey PRIMARY KEY (code),
    CONSTRAINT report_code_form_check CHECK (code ~ '^[2-9a-hjkmnp-z]{10}$'),
    CONSTRAINT report_code_where_check CHECK (num_nonnulls(unit_id, place_id) = 1)
);
CREATE INDEX report_code_unit_id_idx ON report_code (unit_id);
CREATE INDEX report_code_place_id_idx ON report_code (place_id);

-- With its receipt somebody without an account sees how the own report stands. Only a digest of it is kept.
CREATE TABLE report_receipt (
    digest BYTEA NOT NULL,
    code TEXT NOT NULL,
    incident_id BIGINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT report_receipt_pkey PRIMARY KEY (digest),
    CONSTRAINT report_receipt_digest_check CHECK (length(digest) = 32)
);

GRANT SELECT, INSERT ON attachment TO minqing_web;
GRANT SELECT ON report_code TO minqing_web;
GRANT SELECT, INSERT ON report_receipt TO minqing_web;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['attachment', 'report_code', 'report_receipt'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Whoever sees the incident sees its photos. An account attaches in its own name; what came with an anonymous report is
-- written by the program itself (account 0 of the scope) in nobody's name.
CREATE POLICY scope ON attachment FOR SELECT TO minqing_web
    USING (
        (SELECT scope_account()) IS NOT NULL
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = attachment.incident_id AND incident.reported_at = attachment.reported_at
        )
    );
CREATE POLICY scope_insert ON attachment FOR INSERT TO minqing_web
    WITH CHECK (
        (account_id = (SELECT scope_account()) OR account_id IS NULL AND (SELECT scope_account()) = 0)
        AND EXISTS (
            SELECT FROM incident
            WHERE incident.id = attachment.incident_id AND incident.reported_at = attachment.reported_at
        )
    );

-- No account reads codes and receipts: the report page does, for the program itself.
CREATE POLICY program ON report_code FOR SELECT TO minqing_web USING ((SELECT scope_account()) = 0);
CREATE POLICY program ON report_receipt TO minqing_web USING ((SELECT scope_account()) = 0);
