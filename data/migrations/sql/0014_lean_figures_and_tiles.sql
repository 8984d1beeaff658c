-- rollup_day keeps what is not sensitive (class -1) and, only where there is any, what is (class -2). All classes together
-- are the sum of both: few units have a sensitive incident on a day, so this takes little more than half of the rows that
-- -1 beside the sum of both took. The policies stay as they are: -2 is for those who may see sensitive classes.
INSERT INTO rollup_day (class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late)
SELECT
    -2, day, subject_id, total.n - COALESCE(plain.n, 0), total.n_open - COALESCE(plain.n_open, 0),
    total.n_overdue - COALESCE(plain.n_overdue, 0), total.n_closed - COALESCE(plain.n_closed, 0),
    total.n_on_time - COALESCE(plain.n_on_time, 0), total.n_late - COALESCE(plain.n_late, 0)
FROM rollup_day AS total
LEFT JOIN (SELECT * FROM rollup_day WHERE class_id = -1) AS plain USING (day, subject_id)
WHERE total.class_id = 0
    AND total.n <> COALESCE(plain.n, 0);
DELETE FROM rollup_day WHERE class_id = 0;

CREATE OR REPLACE FUNCTION protect_anew() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('rollup_fold'));
    DELETE FROM rollup_day WHERE class_id IN (-1, -2);
    INSERT INTO rollup_day (class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late)
    SELECT
        CASE WHEN class.sensitive THEN -2 ELSE -1 END, day, subject.id, sum(n), sum(n_open), sum(n_overdue),
        sum(n_closed), sum(n_on_time), sum(n_late)
    FROM (
        SELECT cell_id, day, class_id, n, n_open, n_overdue, n_closed, n_on_time, n_late FROM incident_measures
        UNION ALL
        SELECT cell_id, day, class_id, -n, -n_open, -n_overdue, -n_closed, -n_on_time, -n_late FROM rollup_delta
    ) AS folded
    JOIN incident_class AS class ON class.id = folded.class_id
    JOIN cell ON cell.id = folded.cell_id
    CROSS JOIN LATERAL unnest(cell.subjects) AS subject (id)
    GROUP BY 1, day, subject.id
    HAVING sum(n) <> 0;
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

-- Class 0 stands here for all that the reader may count: for everybody what is not sensitive, for some what is, for all
-- others what is released of it. Which rows of -2 are seen the policy decides. Both are one range, so that the index by
-- subject is entered once for a subject and day; who reads by day first says which stored classes he means, as the index
-- by class wants it.
CREATE OR REPLACE VIEW rollup WITH (security_invoker = true) AS
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late, class_id AS stored_class_id
FROM rollup_day
WHERE class_id > 0
UNION ALL
SELECT 0::smallint, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late, class_id
FROM rollup_day
WHERE class_id BETWEEN -2 AND -1
UNION ALL
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late, class_id
FROM released_figure
WHERE NOT (SELECT scope_sees_sensitive())
UNION ALL
SELECT class_id, day, subject_id, n, n_open, n_overdue, n_closed, n_on_time, n_late, class_id
FROM rollup_pending;

CREATE OR REPLACE FUNCTION city_days(OUT pending boolean, OUT first_day date, OUT last_day date)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today date := (now() AT TIME ZONE city_time_zone())::date;
    sees boolean := scope_sees_sensitive();
    bits bytea := scope_sensitive_bits();
BEGIN
    IF session_user = 'minqing_web' AND scope_unit() IS NULL THEN
        pending := false;
        RETURN;
    END IF;
    pending := EXISTS (SELECT FROM rollup_delta);
    first_day := LEAST(
        (SELECT day FROM rollup_day WHERE class_id = -1 AND n > 0 ORDER BY day LIMIT 1),
        (SELECT day FROM rollup_day WHERE sees AND class_id = -2 AND n > 0 ORDER BY day LIMIT 1),
        (SELECT min(day) FROM rollup_delta WHERE n > 0 AND (sees OR get_bit(bits, class_id::bigint) = 0))
    );
    last_day := GREATEST(
        (SELECT day FROM rollup_day WHERE class_id = -1 AND n > 0 AND day <= today ORDER BY day DESC LIMIT 1),
        (SELECT day FROM rollup_day WHERE sees AND class_id = -2 AND n > 0 AND day <= today ORDER BY day DESC LIMIT 1),
        (
            SELECT max(day) FROM rollup_delta
            WHERE n > 0 AND day <= today AND (sees OR get_bit(bits, class_id::bigint) = 0)
        )
    );
END $$;

-- Policies on incidents ask for the cell and the department of each row. With both in the index, bins of a tile are counted
-- from the index alone, as they are without policies.
DROP INDEX incident_morton_idx;
CREATE INDEX incident_morton_idx ON incident (morton, reported_at)
    INCLUDE (class_id, status, cell_id, department_id);
