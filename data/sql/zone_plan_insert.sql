-- Stores a plan of zones without its zones and units.
-- Parameters: name, within, base, revision, units, zones, parameters, seed, figures, account, who, key. Columns: id
INSERT INTO zone_plan (
    name, within_id, base_level, base_rank, boundary_revision, unit_ids, zones, parameters, seed, figures, start_figures,
    account_id, account_name, request_key
)
SELECT
    %(name)s, %(within)s, level.key, level.rank, %(revision)s, %(units)s::integer[], %(zones)s, %(parameters)s, %(seed)s,
    %(figures)s, %(figures)s, %(account)s, %(who)s, %(key)s
FROM level
WHERE level.key = %(base)s
RETURNING id
