"""How do verdicts get into the database, and when do they raise an alert?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from data.risk.gather import Gathered
from data.risk.judge import Level, Verdict

_LAST = """
SELECT DISTINCT ON (verdict.incident_id) verdict.incident_id AS id, verdict.no, verdict.level, verdict.fired,
    alert.state, alert.seq, raised.fired AS raised_by
FROM risk_verdict AS verdict
LEFT JOIN risk_alert AS alert ON alert.incident_id = verdict.incident_id
LEFT JOIN risk_verdict AS raised ON raised.incident_id = alert.incident_id AND raised.no = alert.verdict_no
WHERE verdict.incident_id = ANY(%(ids)s)
ORDER BY verdict.incident_id, verdict.no DESC
"""
_VERDICT = """
INSERT INTO risk_verdict (incident_id, no, reported_at, judged_at, rule_set_id, level, fired)
VALUES (%(id)s, %(no)s, %(reported_at)s, %(now)s, %(rules)s, %(level)s, %(fired)s)
"""
_ALERT = """
INSERT INTO risk_alert (incident_id, reported_at, raised_at, verdict_no, state, seq)
VALUES (%(id)s, %(reported_at)s, %(now)s, %(no)s, 'open', %(seq)s)
ON CONFLICT (incident_id) DO UPDATE SET
    raised_at = excluded.raised_at, verdict_no = excluded.verdict_no, state = 'open', seq = excluded.seq,
    acknowledged_at = NULL, closed_at = NULL, close_reason = NULL
"""
_STEP = """
INSERT INTO risk_step (incident_id, seq, reported_at, at, act, facts)
VALUES (%(id)s, %(seq)s, %(reported_at)s, %(now)s, 'raise', %(facts)s)
"""
_LOCK = "SELECT incident_id FROM risk_alert WHERE incident_id = ANY(%(ids)s) ORDER BY incident_id FOR UPDATE"


@dataclass(frozen=True, slots=True)
class LastVerdict:
    """The last verdict on a case, and how its alert stands.

    Attributes:
        raised_by: Rules that raised the alert, as stored; None without one.
    """

    id: int
    no: int
    level: str
    fired: list[Any]
    state: str | None
    seq: int | None
    raised_by: list[Any] | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with the verdict on it."""

    case: Gathered
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Stored:
    """What came of storing verdicts: how many differ from the one before, and how many alerts were raised."""

    changed: int
    raised: int


def read_last(connection: psycopg.Connection, ids: Sequence[int]) -> Mapping[int, LastVerdict]:
    """The last verdict on each case that has one."""
    with connection.cursor(row_factory=class_row(LastVerdict)) as cursor:
        cursor.execute(_LAST, {"ids": list(ids)})
        return {row.id: row for row in cursor.fetchall()}


def is_other(last: LastVerdict | None, verdict: Verdict) -> bool:
    """Whether a verdict says other than the last one; a case begins as general, by no rule."""
    if last is None:
        return verdict.level is Level.MAJOR
    return (last.level, last.fired) != (verdict.level.value, verdict.plain())


def store_verdicts(connection: psycopg.Connection, judged: Sequence[Judged], rule_set_id: int, now: datetime) -> Stored:
    """Store verdicts that differ from the last ones, and put major risks on the list; in the caller's transaction.

    An alert that was closed is raised again where a rule fires that had no part in raising it before.
    """
    ids = [one.case.id for one in judged]
    connection.execute(_LOCK, {"ids": ids})
    last = read_last(connection, ids)
    changed = [one for one in judged if is_other(last.get(one.case.id), one.verdict)]
    raised = [one for one in changed if _raises(last.get(one.case.id), one.verdict)]
    with connection.cursor() as cursor:
        cursor.executemany(_VERDICT, [_verdict_row(one, last, rule_set_id, now) for one in changed])
        alerts = [_alert_row(one, last, now) for one in raised]
        cursor.executemany(_ALERT, alerts)
        cursor.executemany(_STEP, alerts)
    return Stored(len(changed), len(raised))


def _raises(last: LastVerdict | None, verdict: Verdict) -> bool:
    if verdict.level is not Level.MAJOR:
        return False
    if last is None or last.state is None:
        return True
    before = {one["rule"] for one in last.raised_by or ()}
    return last.state == "closed" and not {one.rule for one in verdict.fired} <= before


def _verdict_row(one: Judged, last: Mapping[int, LastVerdict], rule_set_id: int, now: datetime) -> Mapping[str, object]:
    return {
        "id": one.case.id,
        "no": _next_no(one, last),
        "reported_at": one.case.reported_at,
        "now": now,
        "rules": rule_set_id,
        "level": one.verdict.level.value,
        "fired": Jsonb(one.verdict.plain()),
    }


def _alert_row(one: Judged, last: Mapping[int, LastVerdict], now: datetime) -> Mapping[str, object]:
    before = last.get(one.case.id)
    seq = 1 if before is None or before.seq is None else before.seq + 1
    no = _next_no(one, last)
    facts = Jsonb({"verdict": no, "rules": [fired.rule for fired in one.verdict.fired]})
    return {"id": one.case.id, "reported_at": one.case.reported_at, "now": now, "no": no, "seq": seq, "facts": facts}


def _next_no(one: Judged, last: Mapping[int, LastVerdict]) -> int:
    return last[one.case.id].no + 1 if one.case.id in last else 1
