"""Which cases are judged anew, when? In the process that folds figures, after what happened is committed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from data.cases.state import Stage
from data.risk.gather import gather
from data.risk.judge import judge
from data.risk.rule_store import RuleSet, newest_rules
from data.risk.store import Judged, Stored, store_verdicts

AT_ONCE = 100
"""Cases that one turn judges of those that changed, and as many while all are gone through: writers need the rest."""

AT_ONCE_IN_A_RUSH = 5
"""As many while the feed brings more in a turn than one turn judges: writers need the processors more."""

MARKED_EVERY = timedelta(minutes=1)
"""How often is written down until when time limits were looked at, where none ran out."""

_MARK = "SELECT epoch, feed_id, timed_until, is_scanning, scan_at, scan_id, rule_set_id FROM risk_mark FOR UPDATE"
_FEED = "SELECT head, tail, epoch FROM feed_state WHERE id = 1"
_HEAD = "SELECT head FROM feed_state WHERE id = 1"
_ENTRIES = """
SELECT id, kind, incident_id FROM feed_entry
WHERE id > %(after)s AND kind IN ('cases', 'reset')
ORDER BY id
LIMIT %(most)s
"""
_TIMED = """
SELECT DISTINCT incident_id FROM case_timer
WHERE due_at > %(after)s AND due_at <= %(now)s AND done_at IS NULL AND stage = ANY(%(stages)s)
"""
_STAGES = [stage.value for stage in Stage]
_OPEN = """
SELECT id, reported_at FROM incident
WHERE status IN (1, 2, 3, 4, 5, 10, 11, 12) AND reported_at >= %(at)s AND (reported_at, id) > (%(at)s, %(id)s)
ORDER BY reported_at, id
LIMIT %(most)s
"""
_MOVE = """
UPDATE risk_mark SET epoch = %(epoch)s, feed_id = %(feed_id)s, timed_until = %(timed_until)s,
    is_scanning = %(is_scanning)s, scan_at = %(scan_at)s, scan_id = %(scan_id)s, rule_set_id = %(rule_set_id)s
WHERE id = 1
"""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far judging has come; `rule_set_id` names the rules by which all open cases were gone through last."""

    epoch: UUID | None
    feed_id: int
    timed_until: datetime
    is_scanning: bool
    scan_at: datetime
    scan_id: int
    rule_set_id: int | None


class RiskKeeper:
    """Judges turn by turn; belongs to the thread that is alone with it on a database."""

    def __init__(self) -> None:
        self._rules: RuleSet | None = None
        self._head: int | None = None

    def turn(self, connection: psycopg.Connection, now: datetime) -> Stored:
        """Judge some of what changed, fewer cases while very many are coming in; in the caller's transaction."""
        row = connection.execute(_HEAD).fetchone()
        head, before = (row[0] if row else 0), self._head
        self._head = head
        at_once = AT_ONCE if before is None or head - before <= AT_ONCE else AT_ONCE_IN_A_RUSH
        self._rules = newest_rules(connection, self._rules)
        return judge_changed(connection, now, at_once=at_once, rules=self._rules)


def judge_changed(
    connection: psycopg.Connection, now: datetime, *, at_once: int = AT_ONCE, rules: RuleSet | None = None
) -> Stored:
    """Judge some of the cases that changed since the last turn, in the caller's transaction.

    A case is changed by what the feed tells of it, and by a time limit that runs out. At the first turn, after new
    rules, and where more changed than the feed tells one by one, all open cases are gone through besides, some each
    turn.
    """
    rules = rules or newest_rules(connection)
    if rules is None:
        return Stored(0, 0)
    before = _read_mark(connection)
    mark, ids = _changed(connection, before, rules, now, at_once)
    if mark.is_scanning:
        mark, more = _scanned(connection, mark, at_once)
        ids |= more
    stored = judge_cases(connection, sorted(ids), rules, now)
    if ids or _is_worth_writing(before, mark):
        connection.execute(_MOVE, {name: getattr(mark, name) for name in Mark.__slots__})
    return stored


def judge_cases(connection: psycopg.Connection, ids: Sequence[int], rules: RuleSet, now: datetime) -> Stored:
    """Judge cases and store what differs from the last verdicts."""
    if not ids:
        return Stored(0, 0)
    judged = [Judged(case, judge(rules.rules, case.facts)) for case in gather(connection, ids, rules.rules, now)]
    return store_verdicts(connection, judged, rules.id, now)


def _read_mark(connection: psycopg.Connection) -> Mark:
    with connection.cursor(row_factory=class_row(Mark)) as cursor:
        mark = cursor.execute(_MARK).fetchone()
    assert mark is not None
    return mark


def _is_worth_writing(before: Mark, after: Mark) -> bool:
    """Whether more has moved than the clock, or that for long: where no limit ran out, looking again gives the same."""
    late = after.timed_until - before.timed_until >= MARKED_EVERY
    return late or replace(after, timed_until=before.timed_until) != before


def _changed(
    connection: psycopg.Connection, mark: Mark, rules: RuleSet, now: datetime, most: int
) -> tuple[Mark, set[int]]:
    """Cases that the feed tells of and whose limits ran out, and the mark after them."""
    state = connection.execute(_FEED).fetchone()
    head, tail, epoch = state if state else (0, 0, None)
    is_whole = mark.epoch == epoch and mark.feed_id >= tail and mark.rule_set_id == rules.id
    entries = connection.execute(_ENTRIES, {"after": mark.feed_id, "most": most}).fetchall() if is_whole else []
    if not is_whole or any(kind == "reset" for _, kind, _ in entries):
        return Mark(epoch, head, now, True, _BEGINNING, 0, rules.id), set()
    ids = {case for _, _, case in entries if case is not None}
    timed = connection.execute(_TIMED, {"after": mark.timed_until, "now": now, "stages": _STAGES}).fetchall()
    reached = entries[-1][0] if len(entries) == most else head
    moved = Mark(epoch, reached, max(now, mark.timed_until), mark.is_scanning, mark.scan_at, mark.scan_id, rules.id)
    return moved, ids | {row[0] for row in timed}


def _scanned(connection: psycopg.Connection, mark: Mark, most: int) -> tuple[Mark, set[int]]:
    """The next open cases in the order of their reports, and the mark after them."""
    rows = connection.execute(_OPEN, {"at": mark.scan_at, "id": mark.scan_id, "most": most}, prepare=False).fetchall()
    last_id, last_at = rows[-1] if rows else (mark.scan_id, mark.scan_at)
    moved = Mark(mark.epoch, mark.feed_id, mark.timed_until, len(rows) == most, last_at, last_id, mark.rule_set_id)
    return moved, {row[0] for row in rows}
