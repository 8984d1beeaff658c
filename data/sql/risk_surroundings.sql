-- Reports at the places of cases: of the same class or group, reported at most so many days before the case, itself included.
-- Of a sensitive class those of the same small grid count, by the code at which they are on the map.
-- Parameters: a row for each range of codes around a case: ids, los, his, moments (of the report), classes, lons, lats,
-- sensitives; first and last moment of all cases; days, radius, same
-- Columns: id, reports, zones, counties
WITH place AS (
    SELECT asked.*, class.group_key
    FROM unnest(
        %(ids)s::bigint[], %(los)s::bigint[], %(his)s::bigint[], %(moments)s::timestamptz[], %(classes)s::smallint[],
        %(lons)s::float8[], %(lats)s::float8[], %(sensitives)s::boolean[]
    ) AS asked (id, lo, hi, reported_at, class_id, lon, lat, sensitive)
    JOIN incident_class AS class ON class.id = asked.class_id
),
report AS (
    SELECT DISTINCT place.id, other.id AS other_id, other.cell_id
    FROM place
    JOIN incident AS other ON other.morton >= place.lo
        AND other.morton < place.hi
        AND other.reported_at <= place.reported_at
        AND other.reported_at > place.reported_at - make_interval(days => %(days)s)
        -- The same for all cases together, so that months before and after are not looked into.
        AND other.reported_at <= %(last)s::timestamptz
        AND other.reported_at > %(first)s::timestamptz - make_interval(days => %(days)s)
    JOIN incident_class AS class ON class.id = other.class_id
        AND class.sensitive = place.sensitive
        AND (other.class_id = place.class_id OR %(same)s = 'group' AND class.group_key = place.group_key)
    WHERE other.status NOT IN (7, 8)
        AND (
            place.sensitive
            OR ST_DistanceSphere(other.geom, ST_SetSRID(ST_MakePoint(place.lon, place.lat), 4326)) <= %(radius)s
        )
),
zone_of AS MATERIALIZED (
    SELECT cell.id AS cell_id, zone_member.plan_id, zone_member.no
    FROM cell
    JOIN zone_member ON zone_member.unit_id = ANY(cell.unit_ids)
    JOIN zone_plan ON zone_plan.id = zone_member.plan_id
    WHERE cell.id IN (SELECT cell_id FROM report)
        AND zone_plan.adopted_from <= (now() AT TIME ZONE city_time_zone())::date
        AND (zone_plan.superseded_from IS NULL OR zone_plan.superseded_from > (now() AT TIME ZONE city_time_zone())::date)
)
SELECT
    report.id,
    count(DISTINCT report.other_id) AS reports,
    count(DISTINCT (zone_of.plan_id, zone_of.no)) FILTER (WHERE zone_of.no IS NOT NULL) AS zones,
    count(DISTINCT cell.unit_ids[2]) FILTER (WHERE cell.unit_ids[2] > 0) AS counties
FROM report
LEFT JOIN cell ON cell.id = report.cell_id
LEFT JOIN zone_of ON zone_of.cell_id = report.cell_id
GROUP BY report.id
