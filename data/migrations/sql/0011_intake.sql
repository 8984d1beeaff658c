-- Intake of single reports: cells numbered by the database, and answers already given to writers that repeat themselves.

-- The cell of a combination of units, one per level (0 where in none); made where it was never met. For writers that may
-- not write cells themselves: units that are not current units of their level make no cell.
CREATE FUNCTION ensure_cell(units integer[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known integer;
    straddle_id integer;
    pair record;
    lies_in integer[] := ARRAY(SELECT unit_id FROM unnest(units) AS unit_id WHERE unit_id > 0);
    straddles integer[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('cell'));
    SELECT id INTO known FROM cell WHERE unit_ids = units;
    IF known IS NOT NULL THEN
        RETURN known;
    END IF;
    IF EXISTS (
        SELECT FROM unnest(units) WITH ORDINALITY AS given (unit_id, place)
        WHERE given.unit_id <> 0 AND NOT EXISTS (
            SELECT FROM unit
            JOIN level ON level.key = unit.level_key
            WHERE unit.id = given.unit_id AND level.rank = given.place - 1 AND unit.ended_revision_id IS NULL
        )
    ) THEN
        RAISE EXCEPTION 'units % are not current units of their levels', units USING ERRCODE = 'check_violation';
    END IF;
    -- A lower unit whose parent is not the upper one: their pair has figures of its own.
    FOR pair IN
        SELECT above.unit_id AS parent_id, below.unit_id AS child_id
        FROM unnest(units) WITH ORDINALITY AS above (unit_id, place)
        JOIN unnest(units) WITH ORDINALITY AS below (unit_id, place) ON below.place = above.place + 1
        JOIN unit ON unit.id = below.unit_id
        WHERE above.unit_id <> 0 AND unit.parent_id IS DISTINCT FROM above.unit_id
        ORDER BY below.place
    LOOP
        SELECT id INTO straddle_id FROM straddle
        WHERE parent_id = pair.parent_id AND child_id = pair.child_id;
        IF straddle_id IS NULL THEN
            INSERT INTO straddle (id, parent_id, child_id)
            SELECT coalesce(min(id), 0) - 1, pair.parent_id, pair.child_id FROM straddle
            RETURNING id INTO straddle_id;
        END IF;
        straddles := straddles || straddle_id;
    END LOOP;
    INSERT INTO cell (id, grid_id, unit_ids, subjects)
    SELECT
        greatest(2000000001, coalesce(max(id), 0) + 1), nullif(units[array_upper(units, 1)], 0), units,
        lies_in || straddles
    FROM cell
    RETURNING id INTO known;
    RETURN known;
END $$;

-- The data set of reports that name none; made by the first of them, and again after a city was emptied.
CREATE FUNCTION ensure_api_dataset() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO dataset (key, name) VALUES ('api', 'API') ON CONFLICT (key) DO NOTHING
$$;

-- Claims keys for incidents that are stored in the same transaction. Gives the keys that were claimed before, with what they
-- stand for: to learn of an incident one has to know its external id. In the order of the keys: two writers never wait for
-- each other in a circle.
CREATE FUNCTION claim_incident_keys(keys uuid[], digests bigint[], ids bigint[], moments timestamptz[])
RETURNS SETOF incident_key
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    claimed integer;
BEGIN
    INSERT INTO incident_key (key, digest, incident_id, reported_at)
    SELECT asked.* FROM unnest(keys, digests, ids, moments) AS asked (key, digest, incident_id, reported_at)
    ORDER BY asked.key
    ON CONFLICT (key) DO NOTHING;
    GET DIAGNOSTICS claimed = ROW_COUNT;
    -- A new statement: it also sees what another writer committed while the one before waited.
    IF claimed < cardinality(keys) THEN
        RETURN QUERY
        SELECT held.* FROM incident_key AS held
        WHERE held.key = ANY(keys) AND held.incident_id <> ALL(ids);
    END IF;
END $$;

CREATE TABLE intake_answer (
    account_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    digest BYTEA NOT NULL,
    answer JSONB NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT intake_answer_pkey PRIMARY KEY (account_id, key),
    CONSTRAINT intake_answer_digest_check CHECK (length(digest) = 32)
);
CREATE INDEX intake_answer_made_at_idx ON intake_answer (made_at);

-- An account sees its own answers, and only itself.
REVOKE EXECUTE ON FUNCTION
    ensure_cell(integer[]), ensure_api_dataset(), claim_incident_keys(uuid[], bigint[], bigint[], timestamptz[])
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    ensure_cell(integer[]), ensure_api_dataset(), claim_incident_keys(uuid[], bigint[], bigint[], timestamptz[])
TO minqing_web;
GRANT SELECT, INSERT ON intake_answer TO minqing_web;
ALTER TABLE intake_answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE intake_answer FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON intake_answer TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY own ON intake_answer TO minqing_web
    USING (account_id = NULLIF(current_setting('minqing.account_id', true), '')::integer);
