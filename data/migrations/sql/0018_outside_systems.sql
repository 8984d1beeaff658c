-- Webhooks, and how far another city's reports have been pulled.

-- A program that is told of events. It is told what its account may see, and nothing else. The secret is sealed with the
-- key of the program, which is not in the database.
CREATE TABLE webhook (
    id INTEGER GENERATED ALWAYS AS IDENTITY NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    acts TEXT[],
    classes TEXT[],
    unit_code TEXT,
    allow_private BOOLEAN NOT NULL,
    sealed_secret BYTEA NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT webhook_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_name_key UNIQUE (name),
    CONSTRAINT webhook_name_check CHECK (length(name) BETWEEN 1 AND 80),
    CONSTRAINT webhook_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX webhook_account_id_idx ON webhook (account_id);

-- Events that no webhook was asked about yet. Writers only append, in their own transactions; one process takes what is
-- committed. Of one case they stand in its order, because its row is locked while somebody writes.
CREATE TABLE webhook_change (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    incident_id BIGINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seq INTEGER NOT NULL,
    act TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT webhook_change_pkey PRIMARY KEY (id)
);

-- What is to be sent, has been, or could not be; of one webhook in the order of the numbers.
CREATE TABLE webhook_delivery (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    webhook_id INTEGER NOT NULL,
    -- Empty for a test.
    incident_id BIGINT,
    seq INTEGER,
    body TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    tries SMALLINT DEFAULT 0 NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    status SMALLINT,
    trouble TEXT,
    CONSTRAINT webhook_delivery_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_delivery_webhook_id_incident_id_seq_key UNIQUE (webhook_id, incident_id, seq),
    CONSTRAINT webhook_delivery_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhook (id) ON DELETE CASCADE,
    CONSTRAINT webhook_delivery_state_check CHECK (state IN ('waiting', 'delivered', 'dead')),
    CONSTRAINT webhook_delivery_ended_check CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT webhook_delivery_tries_check CHECK (tries >= 0)
);
CREATE INDEX webhook_delivery_waiting_idx ON webhook_delivery (webhook_id, id) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_ended_idx ON webhook_delivery (ended_at) WHERE state = 'delivered';

-- Until when the reports of another city's endpoint have been pulled.
CREATE TABLE open311_pull (
    dataset TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    reached_at TIMESTAMP WITH TIME ZONE NOT NULL,
    pulled_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT open311_pull_pkey PRIMARY KEY (dataset)
);

-- Without a webhook nothing is written down. Of a statement with more rows than these, an import, nobody is told.
CREATE FUNCTION webhook_reported() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM webhook)
        AND (SELECT count(*) FROM (SELECT FROM incident_after LIMIT 2001) AS few) <= 2000
    THEN
        INSERT INTO webhook_change (incident_id, reported_at, seq, act, at)
        SELECT id, reported_at, 1, 'report', reported_at FROM incident_after ORDER BY id;
    END IF;
    RETURN NULL;
END $$;

-- The first event of a case was told when it was reported.
CREATE FUNCTION webhook_acted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM webhook) THEN
        INSERT INTO webhook_change (incident_id, reported_at, seq, act, at)
        SELECT incident_id, reported_at, seq, act, at FROM event_after WHERE seq > 1 ORDER BY incident_id, seq;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER incident_webhook AFTER INSERT ON incident
    REFERENCING NEW TABLE AS incident_after
    FOR EACH STATEMENT EXECUTE FUNCTION webhook_reported();
CREATE TRIGGER case_event_webhook AFTER INSERT ON case_event
    REFERENCING NEW TABLE AS event_after
    FOR EACH STATEMENT EXECUTE FUNCTION webhook_acted();

REVOKE EXECUTE ON FUNCTION webhook_reported(), webhook_acted() FROM PUBLIC;

-- No request reads these tables under the role of the web: webhooks are managed where accounts are, under the role of
-- sign-in, which reads no incidents; what is to be sent is read and written by the program as owner. So no policy is needed.
GRANT SELECT, INSERT, DELETE ON webhook TO minqing_auth;
GRANT SELECT, INSERT, UPDATE ON webhook_delivery TO minqing_auth;
