"""Which million cases do queues look through: how many are open, logged, late, asked about?"""

import psycopg

from data.engine import libpq_url
from tests.benchmarks.context import Bench

CASES = 1_000_000
DEPARTMENT = 4
_NAME = "bench_queue"

_STATEMENTS = (
    # Only the queues are measured here: figures and feed need not follow.
    "SET session_replication_role = replica",
    # Cases of the last 60 days have departments; one in a hundred was a duplicate.
    """
    UPDATE incident
    SET department_id = 1 + id % 12, dispatched_at = reported_at + interval '20 minutes',
        status = CASE WHEN id % 100 = 0 THEN 9 ELSE status END
    WHERE reported_at > now() - interval '60 days' AND status NOT IN (1, 2)
    """,
    # Of the last 12 days about half are still open, in all states; some are late, some have no limit running.
    """
    UPDATE incident
    SET status = (ARRAY[1, 1, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5, 5, 10, 11, 12])[1 + id % 17],
        handled_at = CASE WHEN id % 17 IN (12, 13) THEN now() END, closed_at = NULL, close_reason = NULL,
        department_id = CASE WHEN id % 17 > 2 THEN 1 + id / 17 % 12 END,
        due_at = CASE WHEN id % 17 BETWEEN 3 AND 13 THEN now() + (id % 200 - 60) * interval '1 hour' END
    WHERE reported_at > now() - interval '12 days' AND id / 17 % 2 = 0
    """,
    """
    INSERT INTO case_event (incident_id, seq, reported_at, at, act, facts)
    SELECT id, seq, reported_at, reported_at + seq * interval '1 minute',
        (ARRAY['report', 'file', 'dispatch'])[seq], '{}'
    FROM incident CROSS JOIN generate_series(1, 3) AS seq
    WHERE reported_at > now() - interval '60 days'
    """,
    # Cases that have a log say so.
    "UPDATE incident SET marks = 64 WHERE reported_at > now() - interval '60 days'",
    """
    INSERT INTO case_timer (incident_id, no, reported_at, stage, started_at, amount, clock, warn_at, due_at, paused)
    SELECT id, 0, reported_at, 'handling', reported_at, 4, 'work_hour', due_at - interval '1 hour', due_at, false
    FROM incident WHERE status IN (3, 4, 11)
    """,
    # A check is to be answered within half an hour: few are open at a time. Many were.
    """
    INSERT INTO case_timer (incident_id, no, reported_at, stage, started_at, amount, clock, due_at, done_at, paused)
    SELECT id, 1, reported_at, 'pre_filing_check', reported_at, 0.5, 'work_hour', now(),
        CASE WHEN status <> 1 OR id % 20 > 0 THEN now() END, false
    FROM incident
    WHERE reported_at > now() - interval '60 days' AND (id % 10 = 0 OR status = 1)
    """,
    f"""
    INSERT INTO case_call (incident_id, department_id, reported_at, called_at, came)
    SELECT id, {DEPARTMENT}, reported_at, now(), id % 80 > 0
    FROM incident WHERE reported_at > now() - interval '12 days' AND id % 4 = 0
    """,
    # Requests of before were decided on, so only those that wait are in the table.
    """
    INSERT INTO case_question (incident_id, kind, reported_at, asked_at)
    SELECT id, CASE status WHEN 6 THEN 'appeal' ELSE 'extension' END, reported_at, now()
    FROM incident WHERE reported_at > now() - interval '12 days' AND id % 50 = 0 AND status IN (3, 4, 6, 11)
    """,
    "RESET session_replication_role",
    "VACUUM (ANALYZE)",
)


def prepare(bench: Bench) -> str:
    """Address of a city with a million cases, of which some twenty thousand are open."""
    path = bench.parquet(CASES)
    url = bench.empty_city(_NAME)
    bench.import_file(url, path, CASES)
    bench.vacuum(url)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        for statement in _STATEMENTS:
            connection.execute(statement.encode())
    return url
