-- Ids of current units that match a typed text, best first.
-- Parameters: q (lower case), pattern (q escaped for LIKE), packed (pattern without spaces), limit
-- Columns: id, step: exact code, exact name, code prefix, name prefix, within the name, English or pinyin, similar name
WITH candidate AS (
    SELECT
        unit.id, unit.code, level.rank,
        lower(unit.code) AS code_key,
        lower(unit.name) AS name_key,
        lower(unit.name_en) AS english,
        lower(unit.pinyin) AS pinyin,
        lower(replace(unit.pinyin, ' ', '')) AS pinyin_packed,
        regexp_replace(lower(unit.pinyin), '(\S)\S*\s*', '\1', 'g') AS initials
    FROM unit
    JOIN level ON level.key = unit.level_key
    WHERE unit.ended_revision_id IS NULL
),
scored AS (
    SELECT
        id, code, rank,
        CASE
            WHEN code_key = %(q)s THEN 0
            WHEN name_key = %(q)s THEN 1
            WHEN code_key LIKE %(pattern)s || '%%' THEN 2
            WHEN name_key LIKE %(pattern)s || '%%' THEN 3
            WHEN name_key LIKE '%%' || %(pattern)s || '%%' THEN 4
            WHEN english LIKE %(pattern)s || '%%' OR pinyin_packed LIKE %(packed)s || '%%' THEN 5
            WHEN pinyin LIKE '%% ' || %(pattern)s || '%%' OR initials LIKE %(packed)s || '%%' THEN 5
            WHEN english LIKE '%%' || %(pattern)s || '%%' OR pinyin_packed LIKE '%%' || %(packed)s || '%%' THEN 6
            WHEN greatest(similarity(name_key, %(q)s), similarity(english, %(q)s)) >= 0.3 THEN 7
        END AS step,
        greatest(similarity(name_key, %(q)s), similarity(english, %(q)s)) AS likeness
    FROM candidate
)
SELECT id, step
FROM scored
WHERE step IS NOT NULL
ORDER BY step, rank, likeness DESC, code, id
LIMIT %(limit)s
