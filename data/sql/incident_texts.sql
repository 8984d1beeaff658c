-- Texts of incidents after a place in the order of report, to look for personal data.
-- Parameters: reported_at, id (of the last row seen), count.
-- Columns: reported_at, id, close_reason, text, address, external_id, dataset_id.
SELECT reported_at, id, close_reason, text, address, external_id, dataset_id
FROM incident
WHERE (reported_at, id) > (%(reported_at)s, %(id)s)
ORDER BY reported_at, id
LIMIT %(count)s
