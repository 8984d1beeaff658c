-- The audit log: entries, the chain of seals over them, and what retention has left of dropped months.

CREATE SEQUENCE audit_entry_id_seq AS bigint;

CREATE TABLE audit_entry (
    id BIGINT DEFAULT nextval('audit_entry_id_seq') NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    actor_kind TEXT NOT NULL,
    account_id INTEGER,
    actor_name TEXT,
    actor_role TEXT,
    via TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    -- Units on the way to the actor's area and to what was acted on: who is confined to one of them sees the entry.
    scope INTEGER[] NOT NULL,
    detail JSONB NOT NULL,
    before JSONB,
    after JSONB,
    CONSTRAINT audit_entry_pkey PRIMARY KEY (id, at),
    CONSTRAINT audit_entry_actor_kind_check CHECK (actor_kind IN ('account', 'nobody', 'cli', 'program')),
    CONSTRAINT audit_entry_via_check CHECK (via IN ('session', 'token', 'cli', 'program')),
    CONSTRAINT audit_entry_short_check CHECK (
        length(action) BETWEEN 1 AND 40 AND length(object_kind) BETWEEN 1 AND 40 AND length(object_id) <= 120
        AND length(address) <= 64
    ),
    -- An object or nothing: JSON's own null would read the same in the chain as no value.
    CONSTRAINT audit_entry_objects_check CHECK (
        jsonb_typeof(detail) = 'object' AND jsonb_typeof(before) = 'object' AND jsonb_typeof(after) = 'object'
    )
) PARTITION BY RANGE (at);
CREATE INDEX audit_entry_actor_name_idx ON audit_entry (actor_name, id);
CREATE INDEX audit_entry_action_idx ON audit_entry (action, id);
CREATE INDEX audit_entry_object_idx ON audit_entry (object_kind, object_id, id);

CREATE TABLE audit_seal (
    seq BIGINT NOT NULL,
    sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    entry_id BIGINT NOT NULL,
    entry_at TIMESTAMP WITH TIME ZONE NOT NULL,
    content BYTEA NOT NULL,
    link BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    CONSTRAINT audit_seal_pkey PRIMARY KEY (seq, sealed_at),
    CONSTRAINT audit_seal_hashes_check CHECK (length(content) = 32 AND length(link) = 32)
) PARTITION BY RANGE (sealed_at);
CREATE INDEX audit_seal_entry_id_idx ON audit_seal (entry_id);

-- Entries that wait for their seal. A trigger fills it, so that no rule about numbers or times can skip an entry.
CREATE TABLE audit_unsealed (
    entry_id BIGINT NOT NULL,
    entry_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT audit_unsealed_pkey PRIMARY KEY (entry_id)
);

-- One row each time that retention dropped months: entries before `cut` are gone, the chain goes on after `seq`.
CREATE TABLE audit_anchor (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    cut TIMESTAMP WITH TIME ZONE NOT NULL,
    seq BIGINT NOT NULL,
    link BYTEA NOT NULL,
    entries BIGINT NOT NULL,
    CONSTRAINT audit_anchor_pkey PRIMARY KEY (id)
);

INSERT INTO setting (key, value) VALUES ('audit_retention_months', '6');

CREATE FUNCTION audit_refuse() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', HINT = 'Old months go by retention: setting audit_retention_months.';
END $$;

-- The sealing order does not depend on `at`, but a made-up time would still mislead a reader.
CREATE FUNCTION audit_check_time() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF abs(extract(epoch FROM clock_timestamp() - NEW.at)) > 60 THEN
        RAISE EXCEPTION 'an audit entry is written at its own time, not at %', NEW.at
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION audit_note_unsealed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.audit_unsealed (entry_id, entry_at) VALUES (NEW.id, NEW.at);
    RETURN NULL;
END $$;

CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_entry_whole BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_entry_timely BEFORE INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_check_time();
CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_note_unsealed();
CREATE TRIGGER audit_seal_kept BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_seal_whole BEFORE TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_anchor_kept BEFORE UPDATE OR DELETE ON audit_anchor
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_anchor_whole BEFORE TRUNCATE ON audit_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

-- Creates the partitions of the month (UTC) that holds a moment, once.
CREATE FUNCTION ensure_audit_partition(moment timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    first_day timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
    month text := to_char(moment AT TIME ZONE 'UTC', 'YYYYMM');
    parent text;
    part text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['audit_entry', 'audit_seal'] LOOP
        part := parent || '_' || month;
        CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(hashtext('audit_partition'));
        -- Asked again after the wait: another writer may have made it. Attaching lets other writers go on.
        CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
        EXECUTE format(
            'ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            parent, part, first_day AT TIME ZONE 'UTC', (first_day + interval '1 month') AT TIME ZONE 'UTC'
        );
        -- Row triggers come with attaching; this one does not.
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE TRUNCATE ON public.%I FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse()',
            part || '_whole', part
        );
    END LOOP;
END $$;

-- The only way in for roles that do not own the table. Name, role and area of an account are looked up here, so that a
-- caller cannot write them wrong.
CREATE FUNCTION audit_record(
    p_actor_kind text, p_account_id integer, p_via text, p_address text, p_action text, p_object_kind text,
    p_object_id text, p_units integer[], p_detail jsonb, p_before jsonb, p_after jsonb
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
    actor record;
    about integer;
    made bigint;
BEGIN
    SELECT standing.name, standing.role, standing.unit_id INTO actor
    FROM public.account_standing AS standing WHERE standing.id = p_account_id;
    SELECT standing.unit_id INTO about
    FROM public.account_standing AS standing
    WHERE p_object_kind = 'account' AND standing.id::text = p_object_id;
    PERFORM public.ensure_audit_partition(moment);
    INSERT INTO public.audit_entry (
        at, actor_kind, account_id, actor_name, actor_role, via, address, action, object_kind, object_id, scope, detail,
        before, after
    )
    VALUES (
        moment, p_actor_kind, p_account_id, actor.name, actor.role, p_via, p_address, p_action, p_object_kind,
        p_object_id,
        ARRAY(
            SELECT DISTINCT step
            FROM public.unit, unnest(unit.path) AS step
            WHERE unit.id = ANY (p_units || ARRAY[actor.unit_id, about])
            ORDER BY step
        ),
        p_detail, p_before, p_after
    )
    RETURNING id INTO made;
    RETURN made;
END $$;

-- Whether the account of this transaction may read the log; the roles are those of the permission `audit`.
CREATE FUNCTION scope_may_audit() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM public.account
        WHERE id = NULLIF(current_setting('minqing.account_id', true), '')::integer
            AND role IN ('auditor', 'admin') AND disabled_at IS NULL
    )
$$;

-- The way in is the function; out of it a web login reads what its account may, and the chain, which holds hashes only.
REVOKE EXECUTE ON FUNCTION
    audit_record(text, integer, text, text, text, text, text, integer[], jsonb, jsonb, jsonb),
    ensure_audit_partition(timestamptz), scope_may_audit(), audit_refuse(), audit_check_time(), audit_note_unsealed()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    audit_record(text, integer, text, text, text, text, text, integer[], jsonb, jsonb, jsonb)
TO minqing_web, minqing_auth;
GRANT EXECUTE ON FUNCTION scope_may_audit() TO minqing_web;
GRANT SELECT ON audit_entry, audit_seal TO minqing_web;

-- FORCE: an owner that is no superuser meets the policies too; its own one lets it seal and verify.
ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_seal FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON audit_entry TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY owner ON audit_seal TO CURRENT_USER USING (true) WITH CHECK (true);

-- An auditor of an area sees what accounts of this area did, and what anybody did in it.
CREATE POLICY scope ON audit_entry FOR SELECT TO minqing_web
    USING (
        (SELECT scope_may_audit()) AND ((SELECT scope_is_city()) OR scope @> ARRAY[(SELECT scope_unit())])
    );
CREATE POLICY scope ON audit_seal FOR SELECT TO minqing_web USING ((SELECT scope_may_audit()));

SELECT ensure_audit_partition(now());
