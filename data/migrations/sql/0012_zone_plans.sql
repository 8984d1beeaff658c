-- Plans of joint-defence zones: their units, steps, comments, patrol teams, and links and cuts of the area tree.
--
-- A plan divides the units of one level within one unit. Until it is adopted it belongs to those whose scope holds that
-- unit; then each zone can be read wherever one of its units lies in the scope.

CREATE TABLE zone_team (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    within_id INTEGER NOT NULL,
    within_path INTEGER[] NOT NULL,
    name TEXT NOT NULL,
    size SMALLINT NOT NULL,
    shifts TEXT DEFAULT '' NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    account_id INTEGER,
    account_name TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    request_key TEXT,
    CONSTRAINT zone_team_pkey PRIMARY KEY (id),
    CONSTRAINT zone_team_name_check CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT zone_team_size_check CHECK (size BETWEEN 1 AND 1000),
    CONSTRAINT zone_team_shifts_check CHECK (length(shifts) <= 400),
    CONSTRAINT zone_team_within_id_fkey FOREIGN KEY(within_id) REFERENCES unit (id)
);
CREATE UNIQUE INDEX zone_team_request_key ON zone_team (account_id, request_key);

CREATE TABLE zone_plan (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    state TEXT DEFAULT 'draft' NOT NULL,
    -- Steps made so far; whoever changes the plan says which version was looked at.
    version INTEGER DEFAULT 0 NOT NULL,
    -- The last step in force, how many are, and those taken back, the last one last.
    head INTEGER DEFAULT 0 NOT NULL,
    done INTEGER DEFAULT 0 NOT NULL,
    undone INTEGER[] DEFAULT '{}'::integer[] NOT NULL,
    within_id INTEGER NOT NULL,
    within_path INTEGER[] NOT NULL,
    base_level TEXT NOT NULL,
    base_rank SMALLINT NOT NULL,
    boundary_revision INTEGER NOT NULL,
    unit_ids INTEGER[] NOT NULL,
    -- Numbers in use, empty zones too: the next new zone gets this one.
    zones INTEGER NOT NULL,
    locked_unit_ids INTEGER[] DEFAULT '{}'::integer[] NOT NULL,
    parameters JSONB DEFAULT '{}'::jsonb NOT NULL,
    seed BIGINT,
    -- Of who is together with whom, from the review on.
    hash TEXT,
    figures JSONB NOT NULL,
    start_figures JSONB NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    account_id INTEGER,
    account_name TEXT NOT NULL,
    request_key TEXT,
    adopted_from DATE,
    adopted_at TIMESTAMP WITH TIME ZONE,
    adopted_by TEXT,
    -- The first day on which it is no longer in force.
    superseded_from DATE,
    superseded_by INTEGER,
    CONSTRAINT zone_plan_pkey PRIMARY KEY (id),
    CONSTRAINT zone_plan_name_check CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT zone_plan_state_check CHECK (state IN ('draft', 'review', 'adopted', 'superseded', 'withdrawn')),
    CONSTRAINT zone_plan_version_check CHECK (head BETWEEN 0 AND version AND done BETWEEN 0 AND head),
    CONSTRAINT zone_plan_hash_check CHECK (
        hash ~ '^[0-9a-f]{64}$' AND (hash IS NOT NULL OR state IN ('draft', 'withdrawn'))
    ),
    CONSTRAINT zone_plan_zones_check CHECK (zones >= 0),
    CONSTRAINT zone_plan_in_force_check CHECK ((adopted_from IS NOT NULL) = (state IN ('adopted', 'superseded'))),
    CONSTRAINT zone_plan_superseded_check CHECK ((superseded_from IS NOT NULL) = (state = 'superseded')),
    CONSTRAINT zone_plan_dates_check CHECK (superseded_from > adopted_from),
    CONSTRAINT zone_plan_within_id_fkey FOREIGN KEY(within_id) REFERENCES unit (id),
    CONSTRAINT zone_plan_base_level_fkey FOREIGN KEY(base_level) REFERENCES level (key),
    CONSTRAINT zone_plan_boundary_revision_fkey FOREIGN KEY(boundary_revision) REFERENCES boundary_revision (id),
    CONSTRAINT zone_plan_superseded_by_fkey FOREIGN KEY(superseded_by) REFERENCES zone_plan (id),
    -- One plan at a time is in force for the units of one level within one unit.
    CONSTRAINT zone_plan_one_in_force EXCLUDE USING gist (
        int4range(within_id, within_id, '[]') WITH &&, int4range(base_rank, base_rank, '[]') WITH &&,
        daterange(adopted_from, superseded_from) WITH &&
    ) WHERE (adopted_from IS NOT NULL)
);
CREATE UNIQUE INDEX zone_plan_request_key ON zone_plan (account_id, request_key);
CREATE INDEX zone_plan_within_id_idx ON zone_plan (within_id);

CREATE TABLE zone (
    plan_id INTEGER NOT NULL,
    no INTEGER NOT NULL,
    code TEXT,
    -- No name of its own: the one of its largest unit, written down when the plan is adopted.
    name TEXT,
    name_en TEXT DEFAULT '' NOT NULL,
    colour SMALLINT DEFAULT 0 NOT NULL,
    locked BOOLEAN DEFAULT false NOT NULL,
    team_id INTEGER,
    post_place_id INTEGER,
    area_m2 DOUBLE PRECISION,
    population INTEGER,
    geom geometry(MULTIPOLYGON,4326),
    geom_3857 geometry(MULTIPOLYGON,3857),
    label_point geometry(POINT,4326),
    CONSTRAINT zone_pkey PRIMARY KEY (plan_id, no),
    CONSTRAINT zone_no_check CHECK (no >= 0),
    CONSTRAINT zone_name_check CHECK (length(name) BETWEEN 1 AND 120),
    CONSTRAINT zone_adopted_check CHECK (
        (code IS NULL) = (geom IS NULL) AND (geom IS NULL) = (geom_3857 IS NULL) AND (code IS NULL OR name IS NOT NULL)
    ),
    CONSTRAINT zone_plan_id_fkey FOREIGN KEY(plan_id) REFERENCES zone_plan (id),
    CONSTRAINT zone_team_id_fkey FOREIGN KEY(team_id) REFERENCES zone_team (id),
    CONSTRAINT zone_post_place_id_fkey FOREIGN KEY(post_place_id) REFERENCES place (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX zone_plan_id_code_key ON zone (plan_id, code);
CREATE INDEX zone_geom_3857_idx ON zone USING gist (geom_3857);

-- A unit that has no row is in no zone.
CREATE TABLE zone_member (
    plan_id INTEGER NOT NULL,
    unit_id INTEGER NOT NULL,
    no INTEGER NOT NULL,
    CONSTRAINT zone_member_pkey PRIMARY KEY (plan_id, unit_id),
    CONSTRAINT zone_member_plan_id_fkey FOREIGN KEY(plan_id, no) REFERENCES zone (plan_id, no),
    CONSTRAINT zone_member_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES unit (id)
);
CREATE INDEX zone_member_plan_id_no_idx ON zone_member (plan_id, no);
CREATE INDEX zone_member_unit_id_idx ON zone_member (unit_id);

-- What was done, in order; nothing is taken out of it. An undo is a step of its own.
CREATE TABLE zone_step (
    plan_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    account_id INTEGER,
    account_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- Units that moved, the zone that each left and the one that it joined, -1 for none.
    units INTEGER[] DEFAULT '{}'::integer[] NOT NULL,
    left_no INTEGER[] DEFAULT '{}'::integer[] NOT NULL,
    joined_no INTEGER[] DEFAULT '{}'::integer[] NOT NULL,
    -- Zones that are new.
    opened INTEGER DEFAULT 0 NOT NULL,
    -- The last step in force before this one.
    earlier INTEGER NOT NULL,
    -- What an undo took back or a redo made again.
    of_version INTEGER,
    detail JSONB DEFAULT '{}'::jsonb NOT NULL,
    request_key TEXT,
    CONSTRAINT zone_step_pkey PRIMARY KEY (plan_id, version),
    CONSTRAINT zone_step_kind_check CHECK (length(kind) BETWEEN 1 AND 20),
    CONSTRAINT zone_step_arrays_check CHECK (
        cardinality(units) = cardinality(left_no) AND cardinality(units) = cardinality(joined_no)
    ),
    CONSTRAINT zone_step_plan_id_fkey FOREIGN KEY(plan_id) REFERENCES zone_plan (id)
);
CREATE UNIQUE INDEX zone_step_request_key ON zone_step (plan_id, account_id, request_key);

CREATE TABLE zone_comment (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    plan_id INTEGER NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    account_id INTEGER,
    account_name TEXT NOT NULL,
    text TEXT NOT NULL,
    no INTEGER,
    unit_id INTEGER,
    geom geometry(POINT,4326),
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolved_by TEXT,
    request_key TEXT,
    CONSTRAINT zone_comment_pkey PRIMARY KEY (id),
    CONSTRAINT zone_comment_text_check CHECK (length(text) BETWEEN 1 AND 2000),
    CONSTRAINT zone_comment_resolved_check CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
    CONSTRAINT zone_comment_plan_id_fkey FOREIGN KEY(plan_id) REFERENCES zone_plan (id),
    CONSTRAINT zone_comment_unit_id_fkey FOREIGN KEY(unit_id) REFERENCES unit (id)
);
CREATE INDEX zone_comment_plan_id_idx ON zone_comment (plan_id);
CREATE UNIQUE INDEX zone_comment_request_key ON zone_comment (plan_id, account_id, request_key);

-- A bridge or ferry that joins two units without a common border, or a river or expressway that parts two with one. By
-- code: both outlive a change of boundaries.
CREATE TABLE zone_link (
    level_key TEXT NOT NULL,
    a_code TEXT NOT NULL,
    b_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    account_id INTEGER,
    account_name TEXT NOT NULL,
    CONSTRAINT zone_link_pkey PRIMARY KEY (level_key, a_code, b_code),
    CONSTRAINT zone_link_order_check CHECK (a_code < b_code),
    CONSTRAINT zone_link_kind_check CHECK (kind IN ('link', 'cut')),
    CONSTRAINT zone_link_reason_check CHECK (length(reason) <= 400),
    CONSTRAINT zone_link_level_key_fkey FOREIGN KEY(level_key) REFERENCES level (key)
);

-- The way down to the unit is the database's to say: policies rest on it.
CREATE FUNCTION zone_within_set() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.within_path := (SELECT path FROM unit WHERE id = NEW.within_id);
    RETURN NEW;
END $$;

CREATE TRIGGER zone_plan_within BEFORE INSERT OR UPDATE OF within_id, within_path ON zone_plan
    FOR EACH ROW EXECUTE FUNCTION zone_within_set();
CREATE TRIGGER zone_team_within BEFORE INSERT OR UPDATE OF within_id, within_path ON zone_team
    FOR EACH ROW EXECUTE FUNCTION zone_within_set();

-- What was reviewed and adopted is what was drawn: only a draft changes its units.
CREATE FUNCTION zone_member_kept() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    settled integer := (
        SELECT min(id) FROM zone_plan WHERE state <> 'draft' AND id IN (SELECT plan_id FROM changed)
    );
BEGIN
    IF settled IS NOT NULL THEN
        RAISE EXCEPTION 'zone plan % is no draft: its units stay', settled USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER zone_member_added AFTER INSERT ON zone_member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION zone_member_kept();
CREATE TRIGGER zone_member_moved AFTER UPDATE ON zone_member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION zone_member_kept();
CREATE TRIGGER zone_member_removed AFTER DELETE ON zone_member REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION zone_member_kept();

-- The unit of the scope in all revisions of its boundaries, and the same with the units above: a plan outlives them.
CREATE FUNCTION scope_unit_ids() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE(array_agg(held.id), '{}')
    FROM unit AS own
    JOIN unit AS held ON held.level_key = own.level_key AND held.code = own.code
    WHERE own.id = scope_unit()
$$;

CREATE FUNCTION scope_way_ids() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE(array_agg(DISTINCT held.id), '{}')
    FROM unit AS own
    JOIN unit AS above ON above.id = ANY (own.path)
    JOIN unit AS held ON held.level_key = above.level_key AND held.code = above.code
    WHERE own.id = scope_unit()
$$;

REVOKE EXECUTE ON FUNCTION scope_unit_ids(), scope_way_ids(), zone_within_set(), zone_member_kept() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_unit_ids(), scope_way_ids() TO minqing_web;
GRANT SELECT, INSERT, UPDATE ON zone_plan, zone, zone_team, zone_comment TO minqing_web;
GRANT SELECT, INSERT ON zone_step TO minqing_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON zone_member, zone_link TO minqing_web;

-- FORCE: an owner that is no superuser meets the policies too; its own one lets it work.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'zone_plan', 'zone', 'zone_member', 'zone_step', 'zone_comment', 'zone_team', 'zone_link'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- A plan in full: where the scope holds the unit that it divides.
CREATE POLICY scope ON zone_plan TO minqing_web
    USING ((SELECT scope_is_city()) OR within_path && (SELECT scope_unit_ids()));
CREATE POLICY scope ON zone_member TO minqing_web
    USING (
        (SELECT scope_is_city())
        OR plan_id IN (SELECT id FROM zone_plan WHERE within_path && (SELECT scope_unit_ids()))
    );
CREATE POLICY scope ON zone TO minqing_web
    USING (
        (SELECT scope_is_city())
        OR plan_id IN (SELECT id FROM zone_plan WHERE within_path && (SELECT scope_unit_ids()))
    );
CREATE POLICY scope ON zone_step TO minqing_web
    USING (
        (SELECT scope_is_city())
        OR plan_id IN (SELECT id FROM zone_plan WHERE within_path && (SELECT scope_unit_ids()))
    );
CREATE POLICY scope ON zone_comment TO minqing_web
    USING (
        (SELECT scope_is_city())
        OR plan_id IN (SELECT id FROM zone_plan WHERE within_path && (SELECT scope_unit_ids()))
    );
CREATE POLICY scope ON zone_team TO minqing_web
    USING ((SELECT scope_is_city()) OR within_path && (SELECT scope_unit_ids()));
CREATE POLICY scope ON zone_link TO minqing_web
    USING (
        (SELECT scope_is_city())
        OR (SELECT scope_unit()) IS NOT NULL
            AND EXISTS (SELECT FROM unit WHERE unit.level_key = zone_link.level_key AND unit.code = a_code)
            AND EXISTS (SELECT FROM unit WHERE unit.level_key = zone_link.level_key AND unit.code = b_code)
    );

-- What was adopted above the scope: that there is such a plan, the own units in it, the zones that these lie in, its teams.
CREATE POLICY in_force ON zone_plan FOR SELECT TO minqing_web
    USING (adopted_from IS NOT NULL AND ARRAY[within_id] <@ (SELECT scope_way_ids()));
CREATE POLICY in_force ON zone_member FOR SELECT TO minqing_web
    USING (
        unit_id <@ (SELECT scope_seen()) AND plan_id IN (SELECT id FROM zone_plan WHERE adopted_from IS NOT NULL)
    );
CREATE POLICY in_force ON zone FOR SELECT TO minqing_web
    USING (
        (SELECT scope_unit()) IS NOT NULL
        AND plan_id IN (SELECT id FROM zone_plan WHERE adopted_from IS NOT NULL)
        AND EXISTS (SELECT FROM zone_member AS own WHERE own.plan_id = zone.plan_id AND own.no = zone.no)
    );
CREATE POLICY in_force ON zone_team FOR SELECT TO minqing_web
    USING (ARRAY[within_id] <@ (SELECT scope_way_ids()));
