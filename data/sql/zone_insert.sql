-- Stores the zones of a new plan.
-- Parameters: plan, and parallel arrays no, names, names_en, colours, locked, teams, posts. Columns: none
INSERT INTO zone (plan_id, no, name, name_en, colour, locked, team_id, post_place_id)
SELECT %(plan)s, given.*
FROM unnest(
    %(no)s::integer[], %(names)s::text[], %(names_en)s::text[], %(colours)s::smallint[], %(locked)s::boolean[],
    %(teams)s::integer[], %(posts)s::integer[]
) AS given (no, name, name_en, colour, locked, team_id, post_place_id)
