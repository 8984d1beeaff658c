"""What would the rules say of past cases, and what do they say anew?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg

from data.risk.gather import gather
from data.risk.judge import Level, judge
from data.risk.rule_file import RiskRules
from data.risk.rule_store import RuleSet
from data.risk.store import Judged, is_other, read_last, store_verdicts

_CHUNK = 1_000
_ZONE = "SELECT city_time_zone()"
_CASES = """
SELECT id, reported_at FROM incident
WHERE reported_at >= %(start)s AND reported_at < %(end)s
ORDER BY reported_at, id
"""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What judging cases of some days came to.

    Attributes:
        major: Major now, of all.
        was_major: Major by the last verdict that is stored.
        changed: Whose verdict differs from the stored one, in level or in rules.
        raised: Alerts that were raised; 0 in a dry run.
        by_rule: How often each rule fired.
    """

    cases: int
    major: int
    was_major: int
    changed: int
    raised: int
    by_rule: dict[str, int]


def recompute(
    connection: psycopg.Connection,
    first: date,
    last: date,
    rules: RiskRules,
    now: datetime,
    *,
    rule_set: RuleSet | None,
) -> Recomputed:
    """Judge the cases that were reported on some city-local days, in the caller's transaction.

    Args:
        rules: By which to judge; those of `rule_set` where it is given.
        rule_set: Rules in force: what differs is stored. None stores nothing, so other rules can be tried.
    """
    cases = major = was_major = changed = raised = 0
    by_rule = dict.fromkeys((rule.key for rule in rules.rules), 0)
    for ids in _chunks(connection, first, last):
        judged = [Judged(case, judge(rules, case.facts)) for case in gather(connection, ids, rules, now)]
        before = read_last(connection, ids)
        cases += len(judged)
        major += sum(one.verdict.level is Level.MAJOR for one in judged)
        was_major += sum(one.level == Level.MAJOR.value for one in before.values())
        changed += sum(is_other(before.get(one.case.id), one.verdict) for one in judged)
        for one in judged:
            for fired in one.verdict.fired:
                by_rule[fired.rule] += 1
        if rule_set is not None:
            raised += store_verdicts(connection, judged, rule_set.id, now).raised
    return Recomputed(cases, major, was_major, changed, raised, by_rule)


def _chunks(connection: psycopg.Connection, first: date, last: date) -> Iterator[list[int]]:
    row = connection.execute(_ZONE).fetchone()
    assert row is not None
    zone = ZoneInfo(row[0])
    start = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    ids = [row[0] for row in connection.execute(_CASES, {"start": start, "end": end}).fetchall()]
    for begin in range(0, len(ids), _CHUNK):
        yield ids[begin : begin + _CHUNK]
