-- Row-level security: what the login roles of the web may touch, and which rows they see.
--
-- A transaction states its scope in three settings: minqing.unit_id (0: the whole city), minqing.department_id (0: none)
-- and minqing.account_id. Without them nothing is visible. The roles themselves are made by data/roles.py: they belong to
-- the server, not to this database.

-- What the subtree of a unit reaches, as ranges of ids. A missing row is worked out anew by each query that needs it; so it
-- is right at any moment, and fast once the program has filled it in.
CREATE TABLE scope_reach (
    unit_id INTEGER NOT NULL,
    seen int4multirange NOT NULL,
    subjects int4multirange NOT NULL,
    cells int4multirange NOT NULL,
    CONSTRAINT scope_reach_pkey PRIMARY KEY (unit_id)
);

CREATE INDEX unit_current_id_idx ON unit (id) WHERE ended_revision_id IS NULL;

-- The subtree and the units above it; the rollup subjects of the subtree; the cells that lie in any unit of it.
CREATE FUNCTION reach_of(asked integer) RETURNS scope_reach
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    reach scope_reach;
    subtree integer[] := ARRAY(SELECT id FROM unit WHERE path @> ARRAY[asked]);
BEGIN
    reach.unit_id := asked;
    reach.seen := (
        SELECT range_agg(int4range(id, id + 1))
        FROM (SELECT unnest(subtree) UNION SELECT unnest(path) FROM unit WHERE unit.id = asked) AS member (id)
    );
    reach.subjects := (
        SELECT range_agg(int4range(id, id + 1))
        FROM (
            SELECT unnest(subtree)
            UNION
            SELECT id FROM straddle WHERE parent_id = ANY(subtree) OR child_id = ANY(subtree)
        ) AS member (id)
    );
    reach.cells := (SELECT range_agg(int4range(id, id + 1)) FROM cell WHERE subjects && subtree);
    reach.seen := COALESCE(reach.seen, '{}');
    reach.subjects := COALESCE(reach.subjects, '{}');
    reach.cells := COALESCE(reach.cells, '{}');
    RETURN reach;
END $$;

-- Fills in what is missing, at most so many units; nothing while somebody changes units or cells. Returns how many.
CREATE FUNCTION fill_scope_reach(most integer) RETURNS integer
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    filled integer;
BEGIN
    -- Whoever changes units or cells holds the shared lock until the end of the transaction; the next statement sees
    -- all that ended before, and who comes later removes what it writes.
    IF NOT pg_try_advisory_xact_lock(hashtext('scope_reach')) THEN
        RETURN 0;
    END IF;
    INSERT INTO scope_reach
    SELECT reach.*
    FROM (
        SELECT id FROM unit
        WHERE ended_revision_id IS NULL
            AND NOT EXISTS (SELECT FROM scope_reach AS held WHERE held.unit_id = unit.id)
        ORDER BY id
        LIMIT most
    ) AS missing
    CROSS JOIN LATERAL reach_of(missing.id) AS reach;
    GET DIAGNOSTICS filled = ROW_COUNT;
    RETURN filled;
END $$;

CREATE FUNCTION scope_reach_outdated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('scope_reach'));
    DELETE FROM scope_reach;
    RETURN NULL;
END $$;

-- A new cell changes what its units and those above them reach, and nothing else; incidents bring new cells all the time.
CREATE FUNCTION scope_reach_widened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('scope_reach'));
    DELETE FROM scope_reach
    WHERE unit_id IN (
        SELECT unnest(unit.path)
        FROM cell_after
        CROSS JOIN LATERAL unnest(cell_after.subjects) AS subject (id)
        JOIN unit ON unit.id = subject.id
    );
    RETURN NULL;
END $$;

CREATE TRIGGER unit_reach_outdated AFTER INSERT OR DELETE OR UPDATE OF path, ended_revision_id OR TRUNCATE ON unit
    FOR EACH STATEMENT EXECUTE FUNCTION scope_reach_outdated();
CREATE TRIGGER cell_reach_widened AFTER INSERT ON cell
    REFERENCING NEW TABLE AS cell_after
    FOR EACH STATEMENT EXECUTE FUNCTION scope_reach_widened();
CREATE TRIGGER cell_reach_outdated AFTER DELETE OR UPDATE OR TRUNCATE ON cell
    FOR EACH STATEMENT EXECUTE FUNCTION scope_reach_outdated();
CREATE TRIGGER straddle_reach_outdated AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON straddle
    FOR EACH STATEMENT EXECUTE FUNCTION scope_reach_outdated();

-- The scope of the transaction. The first five are plain settings, so the planner puts them in place of the call.
CREATE FUNCTION scope_unit() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT NULLIF(current_setting('minqing.unit_id', true), '')::integer $$;

CREATE FUNCTION scope_department() RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT NULLIF(current_setting('minqing.department_id', true), '')::integer $$;

CREATE FUNCTION scope_is_city() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT current_setting('minqing.unit_id', true) = '0' $$;

CREATE FUNCTION scope_is_all_departments() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT current_setting('minqing.department_id', true) = '0' $$;

CREATE FUNCTION scope_is_everything() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT current_setting('minqing.unit_id', true) = '0' AND current_setting('minqing.department_id', true) = '0'
$$;

CREATE FUNCTION scope_seen() RETURNS int4multirange
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN COALESCE(
        (SELECT seen FROM scope_reach WHERE unit_id = scope_unit()), (reach_of(scope_unit())).seen
    ) + '{}'::int4multirange; -- a copy in memory, else every row would unpack it anew
END $$;

CREATE FUNCTION scope_subjects() RETURNS int4multirange
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN COALESCE(
        (SELECT subjects FROM scope_reach WHERE unit_id = scope_unit()), (reach_of(scope_unit())).subjects
    ) + '{}'::int4multirange;
END $$;

CREATE FUNCTION scope_cells() RETURNS int4multirange
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN COALESCE(
        (SELECT cells FROM scope_reach WHERE unit_id = scope_unit()), (reach_of(scope_unit())).cells
    ) + '{}'::int4multirange;
END $$;

-- Row-level security keeps conditions that might tell about hidden rows away from indexes. These functions use the indexes
-- in its place and return ids only, those of the scope; whoever reads the rows meets the policies again. For a login that
-- no policy confines they confine nothing either.
CREATE FUNCTION units_in_box(box geometry, level text) RETURNS SETOF integer
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = public, pg_temp AS $$
DECLARE
    is_free boolean := session_user <> 'minqing_web' OR scope_is_city();
    seen int4multirange;
BEGIN
    IF is_free THEN
        RETURN QUERY SELECT unit.id FROM unit WHERE unit.geom_3857 && box AND unit.level_key = level;
    ELSE
        seen := scope_seen();
        RETURN QUERY
        SELECT unit.id FROM unit WHERE unit.geom_3857 && box AND unit.level_key = level AND unit.id <@ seen;
    END IF;
END $$;

CREATE FUNCTION places_in_box(box geometry) RETURNS SETOF integer
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = public, pg_temp AS $$
DECLARE
    is_free boolean := session_user <> 'minqing_web' OR scope_is_city();
    cells int4multirange;
BEGIN
    IF is_free THEN
        RETURN QUERY SELECT place.id FROM place WHERE place.geom_3857 && box;
    ELSE
        cells := scope_cells();
        RETURN QUERY SELECT place.id FROM place WHERE place.geom_3857 && box AND place.cell_id <@ cells;
    END IF;
END $$;

CREATE FUNCTION cells_of_unit(asked integer) RETURNS SETOF integer
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200 SET search_path = public, pg_temp AS $$
DECLARE
    is_free boolean := session_user <> 'minqing_web' OR scope_is_city();
    cells int4multirange;
BEGIN
    IF is_free THEN
        RETURN QUERY SELECT cell.id FROM cell WHERE cell.subjects @> ARRAY[asked];
    ELSE
        cells := scope_cells();
        RETURN QUERY SELECT cell.id FROM cell WHERE cell.subjects @> ARRAY[asked] AND cell.id <@ cells;
    END IF;
END $$;

-- What every reader may know of all figures, whatever the scope: the days that they span, and whether changes wait. Nobody
-- without a scope.
CREATE FUNCTION city_days(OUT pending boolean, OUT first_day date, OUT last_day date)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE city_time_zone())::date;
BEGIN
    IF session_user = 'minqing_web' AND scope_unit() IS NULL THEN
        pending := false;
        RETURN;
    END IF;
    pending := EXISTS (SELECT FROM rollup_delta);
    first_day := LEAST(
        (SELECT day FROM rollup_day WHERE class_id = 0 AND n > 0 ORDER BY day LIMIT 1),
        (SELECT min(day) FROM rollup_delta WHERE n > 0)
    );
    last_day := GREATEST(
        (SELECT day FROM rollup_day WHERE class_id = 0 AND n > 0 AND day <= today ORDER BY day DESC LIMIT 1),
        (SELECT max(day) FROM rollup_delta WHERE n > 0 AND day <= today)
    );
END $$;

-- Triggers write for whoever changes an incident, also for a role that may not touch the figures.
ALTER FUNCTION incident_changed() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION incident_places_changed() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION unit_shape_changed() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION ensure_incident_partition(timestamptz) SECURITY DEFINER SET search_path = public, pg_temp;

-- Views read with the rights of who asks. account_standing alone keeps those of its owner: it gives sign-in the id of a
-- unit, and no other row of any other table.
ALTER VIEW incident_measures SET (security_invoker = true);
ALTER VIEW rollup_pending SET (security_invoker = true);
ALTER VIEW rollup SET (security_invoker = true);

-- Nothing by default.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION
    reach_of(integer), fill_scope_reach(integer), scope_reach_outdated(), scope_reach_widened(),
    scope_seen(), scope_subjects(), scope_cells(),
    units_in_box(geometry, text), places_in_box(geometry), cells_of_unit(integer), city_days(),
    ensure_incident_partition(timestamptz), incident_changed(), incident_places_changed(), unit_shape_changed()
FROM PUBLIC;

GRANT USAGE ON SCHEMA public TO minqing_web, minqing_auth;
GRANT SELECT, INSERT, UPDATE, DELETE ON account, login_session, api_token TO minqing_auth;
GRANT SELECT ON account_standing, department TO minqing_auth;

GRANT EXECUTE ON FUNCTION
    scope_seen(), scope_subjects(), scope_cells(), units_in_box(geometry, text), places_in_box(geometry),
    cells_of_unit(integer), city_days(), ensure_incident_partition(timestamptz)
TO minqing_web;
GRANT SELECT ON
    setting, level, dataset, department, source, incident_class, scenario, scenario_class, rollup_state,
    unit, unit_plain_zooms, cell, straddle, place, incident, import_run, rollup_day, rollup_delta, rollup_pack,
    incident_chunk, incident_chunk_mark, incident_measures, rollup_pending, rollup
TO minqing_web;
GRANT SELECT (id, made_at, valid_from, source) ON boundary_revision TO minqing_web;
GRANT INSERT, UPDATE ON incident TO minqing_web;
GRANT USAGE ON SEQUENCE incident_id_seq TO minqing_web;

-- FORCE: an owner that is no superuser meets the policies too; its own one lets it work.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'unit', 'unit_plain_zooms', 'cell', 'straddle', 'place', 'incident', 'incident_key', 'import_run', 'planted_truth',
        'rollup_day', 'rollup_delta', 'rollup_pack', 'rollup_pack_due', 'incident_chunk', 'incident_chunk_mark'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
END $$;

-- Units and what hangs on them: the subtree, and the units above so that the way down can be shown.
CREATE POLICY scope ON unit TO minqing_web USING ((SELECT scope_is_city()) OR id <@ (SELECT scope_seen()));
CREATE POLICY scope ON unit_plain_zooms TO minqing_web
    USING ((SELECT scope_is_city()) OR unit_id <@ (SELECT scope_seen()));
CREATE POLICY scope ON cell TO minqing_web USING ((SELECT scope_is_city()) OR id <@ (SELECT scope_cells()));
CREATE POLICY scope ON straddle TO minqing_web USING ((SELECT scope_is_city()) OR id <@ (SELECT scope_subjects()));
CREATE POLICY scope ON place TO minqing_web USING ((SELECT scope_is_city()) OR cell_id <@ (SELECT scope_cells()));

-- Incidents: by place, and by department where the scope has one. What lies in no unit has cell 0 and is the city's.
CREATE POLICY scope ON incident TO minqing_web
    USING (
        ((SELECT scope_is_city()) OR cell_id <@ (SELECT scope_cells()))
        AND ((SELECT scope_is_all_departments()) OR department_id = (SELECT scope_department()))
    );

-- Figures of all departments together: for scopes without a department.
CREATE POLICY scope ON rollup_day TO minqing_web
    USING (
        (SELECT scope_is_all_departments())
        AND ((SELECT scope_is_city()) OR subject_id <@ (SELECT scope_subjects()))
    );
CREATE POLICY scope ON rollup_delta TO minqing_web
    USING (
        (SELECT scope_is_all_departments())
        AND ((SELECT scope_is_city()) OR cell_id <@ (SELECT scope_cells()))
    );

-- Packs and runs of imports mix all units: for the whole city alone.
CREATE POLICY scope ON rollup_pack TO minqing_web USING ((SELECT scope_is_everything()));
CREATE POLICY scope ON incident_chunk TO minqing_web USING ((SELECT scope_is_everything()));
CREATE POLICY scope ON incident_chunk_mark TO minqing_web USING ((SELECT scope_is_everything()));
CREATE POLICY scope ON import_run TO minqing_web USING ((SELECT scope_is_everything()));
