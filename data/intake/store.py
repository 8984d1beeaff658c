"""How do submissions of one scope become incidents, all in one transaction?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from psycopg.rows import tuple_row

from data.accounts.account import Account
from data.engine import AsyncRows
from data.intake.answers import keep_answers, read_answers
from data.intake.city import City
from data.intake.errors import BoundariesMoved
from data.intake.known_reports import judge_known
from data.intake.placing import Coded, Placed, code, place
from data.intake.report import ReportRefused
from data.intake.submission import Answer, KeyReused, Outcome, Submission, Verdict
from data.named_sql import named

Cursor = psycopg.AsyncCursor[tuple[Any, ...]]

# Whoever moves boundaries locks the incidents first; so the revision that is read after the lock stays. Both statements
# go to the server in one way.
BEGIN = """
LOCK TABLE ONLY incident IN ROW EXCLUSIVE MODE;
SELECT
    (SELECT coalesce(max(id), 0) FROM boundary_revision),
    ARRAY(SELECT nextval('incident_id_seq') FROM generate_series(1, {:d}))
"""
PARTITIONS = "SELECT ensure_incident_partition(month) FROM unnest(%s::timestamptz[]) AS month"
VISIBLE_CELLS = "SELECT id FROM cell WHERE id = ANY(%s::integer[])"
NEW_CELL = "SELECT ensure_cell(%s::integer[])"
OUTSIDE = ReportRefused(
    "lon", "The position is not in the area of this account.", "Report it with an account whose area it lies in."
)


@dataclass(frozen=True, slots=True)
class Stored:
    """Answers of a transaction, valid once it has committed.

    Attributes:
        answers: One per submission.
        cells: New cells by their combination of units, to be remembered after the commit.
    """

    answers: tuple[Answer, ...]
    cells: Mapping[tuple[int, ...], int]


async def store(
    conn: AsyncRows,
    submissions: Sequence[Submission],
    account: Account,
    senders: Sequence[int],
    city: City,
    now: datetime,
) -> Stored:
    """Store what is new, in the caller's transaction and scope.

    Args:
        account: Whose submissions these are, as far as they have keys; all others come from accounts of the same scope.
        senders: Id of the account of each submission.

    Raises:
        BoundariesMoved: The city is not the one of `city` any more; nothing was stored.
        AnswerTaken: Another transaction answered one of the requests meanwhile; the caller has to roll back.
    """
    async with conn.cursor(row_factory=tuple_row) as cursor:
        ids = await _begin(cursor, sum(map(len, submissions)), city)
        answers = await read_answers(cursor, account.id, submissions)
        work = _Work()
        for position, submission in enumerate(submissions):
            if position not in answers:
                work.read(position, submission, account, city)
                work.senders += [senders[position]] * (len(work.coded) - len(work.senders))
        cells: Mapping[tuple[int, ...], int] = {}
        if work.coded:
            placed = place(work.coded, city, work.senders, now)
            cells = await _settle_cells(cursor, placed)
            verdicts = await _verdicts(cursor, placed, ids, account)
            await _insert(cursor, placed, ids, [verdict.outcome == Outcome.ACCEPTED for verdict in verdicts])
            work.settle(verdicts)
        fresh = {position: tuple(verdicts) for position, verdicts in work.answers.items()}
        await keep_answers(cursor, account.id, {p: (submissions[p], answer) for p, answer in fresh.items()})
    everything = answers | fresh | work.repeated(submissions, fresh)
    return Stored(tuple(everything[position] for position in range(len(submissions))), cells)


@dataclass(slots=True)
class _Work:
    """Rows of the submissions that have no answer yet.

    Attributes:
        coded: Rows that can be stored, of all submissions.
        senders: Id of the account of each of them.
        answers: Verdicts by place of the submission.
    """

    coded: list[Coded] = field(default_factory=list)
    senders: list[int] = field(default_factory=list)
    answers: dict[int, list[Verdict]] = field(default_factory=dict)
    _spots: list[tuple[int, int]] = field(default_factory=list)
    _first: dict[str, int] = field(default_factory=dict)
    _again: dict[int, int] = field(default_factory=dict)

    def read(self, position: int, submission: Submission, account: Account, city: City) -> None:
        """Look at each row of a submission; one whose key another of this transaction has waits for that one."""
        if submission.key is not None and self._first.setdefault(submission.key, position) != position:
            self._again[position] = self._first[submission.key]
            return
        verdicts = self.answers[position] = []
        for place_in, row in enumerate(submission.rows):
            try:
                if isinstance(row, ReportRefused):
                    raise row
                self.coded.append(code(row, city.catalog, account.department_id))
                self._spots.append((position, place_in))
                verdicts.append(Verdict(Outcome.ACCEPTED))
            except ReportRefused as refusal:
                verdicts.append(Verdict(Outcome.REJECTED, refusal=refusal))

    def settle(self, verdicts: Sequence[Verdict]) -> None:
        """Put the verdicts of the coded rows where they belong."""
        for (position, place_in), verdict in zip(self._spots, verdicts, strict=True):
            self.answers[position][place_in] = verdict

    def repeated(self, submissions: Sequence[Submission], fresh: Mapping[int, Answer]) -> dict[int, Answer]:
        """Answers of submissions whose key another one of the same transaction has."""
        return {
            position: fresh[first] if submissions[first].digest == submissions[position].digest else KeyReused()
            for position, first in self._again.items()
        }


async def _begin(cursor: Cursor, count: int, city: City) -> list[int]:
    """Ids for so many incidents, in a transaction in which the boundaries stay."""
    await cursor.execute(BEGIN.format(count).encode(), prepare=False)
    cursor.nextset()
    row = await cursor.fetchone()
    assert row is not None
    if row[0] != city.revision:
        raise BoundariesMoved
    ids: list[int] = row[1]
    return ids


async def _settle_cells(cursor: Cursor, placed: Placed) -> dict[tuple[int, ...], int]:
    made: dict[tuple[int, ...], int] = {}
    for combo, rows in placed.found.unknown.items():
        row = await (await cursor.execute(NEW_CELL, [list(combo)])).fetchone()
        assert row is not None
        made[combo] = int(row[0])
        placed.found.placed.cell_id[rows] = made[combo]
    return made


async def _verdicts(cursor: Cursor, placed: Placed, ids: Sequence[int], account: Account) -> list[Verdict]:
    verdicts = [Verdict(Outcome.ACCEPTED, ids[position]) for position in range(len(placed))]
    if account.unit_id is not None:
        cells = placed.found.placed.cell_id.tolist()
        visible = {row[0] for row in await (await cursor.execute(VISIBLE_CELLS, [sorted(set(cells))])).fetchall()}
        for position, cell in enumerate(cells):
            if cell not in visible:
                verdicts[position] = Verdict(Outcome.REJECTED, refusal=OUTSIDE)
    await judge_known(cursor, placed, verdicts, account)
    return verdicts


async def _insert(cursor: Cursor, placed: Placed, ids: Sequence[int], accepted: Sequence[bool]) -> None:
    rows = [row for row, stored in enumerate(accepted) if stored]
    if not rows:
        return
    reported = [placed.reported_at[row] for row in rows]
    months = sorted({(moment.year, moment.month) for moment in reported})
    await cursor.execute(PARTITIONS, [[datetime(year, month, 1, tzinfo=UTC) for year, month in months]])
    reports = [_columns(placed, row, ids[row]) for row in rows]
    await cursor.execute(named("intake_store"), {"reports": orjson.dumps(reports).decode()})


def _columns(placed: Placed, row: int, incident_id: int) -> dict[str, object]:
    coded, where = placed.coded[row], placed.found.placed
    lon, lat = placed.lonlat[row].tolist()
    return {
        "id": incident_id,
        "reported_at": placed.reported_at[row],
        "cell_id": int(where.cell_id[row]),
        "grid_id": int(where.grid_id[row]),
        "class_id": coded.class_id,
        "severity": coded.severity,
        "source_id": coded.source_id,
        "department_id": coded.department_id,
        "dataset_id": coded.dataset_id,
        "morton": int(placed.morton[row]),
        # JSON has no NaN: orjson writes null, which is what a report without position has.
        "lon": lon,
        "lat": lat,
        "external_id": coded.report.external_id,
        "text": coded.report.text,
        "address": coded.report.address,
    }
