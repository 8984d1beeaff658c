-- Sensitive classes: who sees single incidents of them, what is counted without them, and which figures are released.
--
-- A transaction that may see them says so: minqing.sensitive = on. All others are protected readers: for them incidents of
-- sensitive classes do not exist, and figures are those of the other classes plus released groups (geo/release.py).

INSERT INTO setting (key, value) VALUES ('minimum_count', '5') ON CONFLICT DO NOTHING;

CREATE FUNCTION scope_sees_sensitive() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT session_user <> 'minqing_web' OR current_setting('minqing.sensitive', true) IS NOT DISTINCT FROM 'on'
$$;

-- One bit for each class id, set where the class is sensitive: the cheapest question to ask for every row.
CREATE FUNCTION scope_sensitive_bits() RETURNS bytea
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    bits bytea := decode(repeat('00', 4096), 'hex');
    class_id smallint;
BEGIN
    FOR class_id IN SELECT id FROM incident_class WHERE sensitive LOOP
        bits := set_bit(bits, class_id::bigint, 1);
    END LOOP;
    RETURN bits;
END $$;

-- Z-order code of a point, as geo/morton.py has it.
CREATE FUNCTION point_code(point geometry) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    side double precision := 16777216;
    sine double precision := sin(radians(LEAST(GREATEST(ST_Y(point), -89.9), 89.9)));
    across bigint := LEAST(GREATEST(floor((ST_X(point) / 360.0 + 0.5) * side), 0), side - 1)::bigint;
    down bigint := LEAST(GREATEST(floor((0.5 - atanh(sine) / (2.0 * pi())) * side), 0), side - 1)::bigint;
    code bigint := 0;
BEGIN
    FOR place IN 0..23 LOOP
        code := code | (((across >> place) & 1) << (2 * place)) | (((down >> place) & 1) << (2 * place + 1));
    END LOOP;
    RETURN code;
END $$;

-- The code at which an incident is on the map: its own, or of a sensitive class that of its small grid's label point, so
-- that neither a tile nor a pack nor a count in a box can tell more. NULL where it lies in no small grid.
CREATE FUNCTION shown_code(class smallint, grid integer, own bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN (SELECT sensitive FROM incident_class WHERE id = class)
            THEN (SELECT point_code(label_point) FROM unit WHERE unit.id = grid)
        ELSE own
    END
$$;

ALTER TABLE incident DROP CONSTRAINT incident_morton_check;
ALTER TABLE incident ADD CONSTRAINT incident_morton_check CHECK (morton IS NULL OR geom IS NOT NULL);
UPDATE incident SET morton = CASE WHEN geom IS NOT NULL THEN shown_code(class_id, grid_id, morton) END
WHERE class_id IN (SELECT id FROM incident_class WHERE sensitive);

-- Released figures: for each unit the groups at it and below it, on the last day of their week; class 0 is their sum, with
-- the group of no single class.
CREATE TABLE released_figure (
    class_id SMALLINT NOT NULL,
    day DATE NOT NULL,
    subject_id INTEGER NOT NULL,
    n INTEGER NOT NULL,
    n_open INTEGER NOT NULL,
    n_overdue INTEGER NOT NULL,
    n_closed INTEGER NOT NULL,
    n_on_time INTEGER NOT NULL,
    n_late INTEGER NOT NULL,
    CONSTRAINT released_figure_pkey PRIMARY KEY (class_id, day, subject_id)
);
CREATE INDEX released_figure_subject_idx ON released_figure (subject_id, day, class_id);

-- Weeks (their Mondays) that are decided, with what the decision depends on besides the incidents.
CREATE TABLE released_week (
    week DATE NOT NULL,
    revision_id INTEGER NOT NULL,
    minimum INTEGER NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT released_week_pkey PRIMARY KEY (week)
);

-- Weeks whose sensitive incidents changed since.
CREATE TABLE released_due (
    week DATE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT released_due_pkey PRIMARY KEY (week)
);

-- Packs of figures for protected readers beside those for others.
DELETE FROM rollup_pack;
ALTER TABLE rollup_pack ADD COLUMN plain BOOLEAN NOT NULL;
ALTER TABLE rollup_pack DROP CONSTRAINT rollup_pack_pkey;
ALTER TABLE rollup_pack ADD CONSTRAINT rollup_pack_pkey PRIMARY KEY (block, day, plain);

-- Packs of positions hold sensitive classes apart.
DELETE FROM incident_chunk;
ALTER TABLE incident_chunk ADD COLUMN sensitive BOOLEAN NOT NULL;
ALTER TABLE incident_chunk DROP CONSTRAINT incident_chunk_pkey;
ALTER TABLE incident_chunk ADD CONSTRAINT incident_chunk_pkey PRIMARY KEY (tile, day, sensitive);
INSERT INTO incident_chunk_mark (tile, day)
SELECT DISTINCT (morton >> 24)::int, (reported_at AT TIME ZONE city_time_zone())::date
FROM incident
WHERE morton IS NOT NULL;

-- Figures of the classes that are not sensitive have class -1 in rollup_day. This counts them anew, and everything that
-- follows from which classes are sensitive; for the migration, and for a class that becomes or ceases to be sensitive.
CREATE FUNCTION protect_anew() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('rollup_fold'));
    DELETE FROM rollup_day WHERE class_id = -1;
    INSERT INTO rollup_day (class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late)
    SELECT -1, day, subject.id, sum(n), sum(n_open), sum(n_overdue), sum(n_closed), sum(n_on_time), sum(n_late)
    FROM (
        SELECT cell_id, day, class_id, n, n_open, n_overdue, n_closed, n_on_time, n_late FROM incident_measures
        UNION ALL
        SELECT cell_id, day, class_id, -n, -n_open, -n_overdue, -n_closed, -n_on_time, -n_late FROM rollup_delta
    ) AS folded
    JOIN incident_class AS class ON class.id = folded.class_id AND NOT class.sensitive
    JOIN cell ON cell.id = folded.cell_id
    CROSS JOIN LATERAL unnest(cell.subjects) AS subject (id)
    GROUP BY day, subject.id;
    DELETE FROM released_figure;
    DELETE FROM released_week;
    INSERT INTO released_due (week)
    SELECT DISTINCT date_trunc('week', reported_at AT TIME ZONE city_time_zone())::date
    FROM incident
    WHERE class_id IN (SELECT id FROM incident_class WHERE sensitive)
    ON CONFLICT (week) DO UPDATE SET changed_at = now();
    DELETE FROM rollup_pack;
    INSERT INTO rollup_pack_due (day) SELECT DISTINCT day FROM rollup_day ON CONFLICT DO NOTHING;
    UPDATE rollup_state SET version = version + 1;
END $$;

CREATE FUNCTION incident_class_protected() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM class_before JOIN class_after USING (id) WHERE class_before.sensitive <> class_after.sensitive
    ) THEN
        UPDATE incident
        SET morton = CASE WHEN geom IS NOT NULL THEN shown_code(class_id, grid_id, point_code(geom)) END
        WHERE class_id IN (
            SELECT id FROM class_before JOIN class_after USING (id) WHERE class_before.sensitive <> class_after.sensitive
        );
        -- Whatever was packed before says nothing about which classes are sensitive now.
        INSERT INTO incident_chunk_mark (tile, day) SELECT DISTINCT tile, day FROM incident_chunk;
        DELETE FROM incident_chunk;
        PERFORM protect_anew();
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER incident_class_protected AFTER UPDATE ON incident_class
    REFERENCING OLD TABLE AS class_before NEW TABLE AS class_after
    FOR EACH STATEMENT EXECUTE FUNCTION incident_class_protected();

SELECT protect_anew();

-- What a reader sums: exact figures for who may see sensitive classes; for all others figures without them under class 0,
-- and what is released of them. Whoever asks the table in place of the view finds too little, never too much.
CREATE OR REPLACE VIEW rollup WITH (security_invoker = true) AS
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late
FROM rollup_day
WHERE class_id > 0
UNION ALL
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late
FROM rollup_day
WHERE class_id = 0 AND (SELECT scope_sees_sensitive())
UNION ALL
SELECT 0::smallint, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late
FROM rollup_day
WHERE class_id = -1 AND NOT (SELECT scope_sees_sensitive())
UNION ALL
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late
FROM released_figure
WHERE NOT (SELECT scope_sees_sensitive())
UNION ALL
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late
FROM rollup_pending;

-- The days that figures span, as far as the reader may know of the incidents.
CREATE OR REPLACE FUNCTION city_days(OUT pending boolean, OUT first_day date, OUT last_day date)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE city_time_zone())::date;
    sees boolean := scope_sees_sensitive();
    counted smallint := CASE WHEN sees THEN 0 ELSE -1 END;
    bits bytea := scope_sensitive_bits();
BEGIN
    IF session_user = 'minqing_web' AND scope_unit() IS NULL THEN
        pending := false;
        RETURN;
    END IF;
    pending := EXISTS (SELECT FROM rollup_delta);
    first_day := LEAST(
        (SELECT day FROM rollup_day WHERE class_id = counted AND n > 0 ORDER BY day LIMIT 1),
        (SELECT min(day) FROM rollup_delta WHERE n > 0 AND (sees OR get_bit(bits, class_id::bigint) = 0))
    );
    last_day := GREATEST(
        (SELECT day FROM rollup_day WHERE class_id = counted AND n > 0 AND day <= today ORDER BY day DESC LIMIT 1),
        (
            SELECT max(day) FROM rollup_delta
            WHERE n > 0 AND day <= today AND (sees OR get_bit(bits, class_id::bigint) = 0)
        )
    );
END $$;

REVOKE EXECUTE ON FUNCTION protect_anew(), incident_class_protected() FROM PUBLIC;
GRANT SELECT ON released_figure TO minqing_web;
ALTER TABLE released_figure ENABLE ROW LEVEL SECURITY;
ALTER TABLE released_figure FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON released_figure TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY scope ON released_figure TO minqing_web
    USING (
        (SELECT scope_is_all_departments())
        AND ((SELECT scope_is_city()) OR subject_id <@ (SELECT scope_subjects()))
    );

-- A report of a sensitive class may be handed in by whoever reports in the area; to see it again takes the permission.
DROP POLICY scope ON incident;
CREATE POLICY scope ON incident FOR SELECT TO minqing_web
    USING (
        ((SELECT scope_is_city()) OR cell_id <@ (SELECT scope_cells()))
        AND ((SELECT scope_is_all_departments()) OR department_id = (SELECT scope_department()))
        AND ((SELECT scope_sees_sensitive()) OR get_bit((SELECT scope_sensitive_bits()), class_id::bigint) = 0)
    );
CREATE POLICY scope_insert ON incident FOR INSERT TO minqing_web
    WITH CHECK (
        ((SELECT scope_is_city()) OR cell_id <@ (SELECT scope_cells()))
        AND ((SELECT scope_is_all_departments()) OR department_id = (SELECT scope_department()))
    );
CREATE POLICY scope_update ON incident FOR UPDATE TO minqing_web
    USING (
        ((SELECT scope_is_city()) OR cell_id <@ (SELECT scope_cells()))
        AND ((SELECT scope_is_all_departments()) OR department_id = (SELECT scope_department()))
        AND ((SELECT scope_sees_sensitive()) OR get_bit((SELECT scope_sensitive_bits()), class_id::bigint) = 0)
    );

ALTER POLICY scope ON rollup_day
    USING (
        (SELECT scope_is_all_departments())
        AND ((SELECT scope_is_city()) OR subject_id <@ (SELECT scope_subjects()))
        AND (
            (SELECT scope_sees_sensitive())
            OR class_id = -1
            OR class_id > 0 AND get_bit((SELECT scope_sensitive_bits()), GREATEST(class_id, 0)::bigint) = 0
        )
    );
ALTER POLICY scope ON rollup_delta
    USING (
        (SELECT scope_is_all_departments())
        AND ((SELECT scope_is_city()) OR cell_id <@ (SELECT scope_cells()))
        AND ((SELECT scope_sees_sensitive()) OR get_bit((SELECT scope_sensitive_bits()), class_id::bigint) = 0)
    );
ALTER POLICY scope ON rollup_pack
    USING ((SELECT scope_is_everything()) AND (plain OR (SELECT scope_sees_sensitive())));
ALTER POLICY scope ON incident_chunk
    USING ((SELECT scope_is_everything()) AND (NOT sensitive OR (SELECT scope_sees_sensitive())));
