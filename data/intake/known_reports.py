"""Which of the reports are known already, and is what they say the same?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from data.accounts.account import Account
from data.accounts.permissions import Permission
from data.intake.placing import Placed, digests_of
from data.intake.report import ReportRefused
from data.intake.submission import Outcome, Verdict

CLAIM = """
SELECT key, digest, incident_id, reported_at
FROM claim_incident_keys(%s::uuid[], %s::bigint[], %s::bigint[], %s::timestamptz[])
"""
VISIBLE = "SELECT id FROM incident WHERE id = ANY(%s::bigint[]) AND reported_at = ANY(%s::timestamptz[])"


@dataclass(frozen=True, slots=True)
class _Held:
    """What a key stands for already."""

    digest: int
    incident_id: int
    reported_at: datetime


async def judge_known(
    cursor: psycopg.AsyncCursor[tuple[Any, ...]], placed: Placed, verdicts: list[Verdict], account: Account
) -> None:
    """Claim the keys of accepted reports; what was known becomes a duplicate, or is rejected as another matter."""
    first = _first_rows(placed, verdicts)
    held = await _claim(cursor, placed, verdicts, first)
    hidden = await _hidden(cursor, held.values(), account)
    for key, known in held.items():
        verdicts[first[key]] = _judged(placed, first[key], known, hidden)
    for row, own in enumerate(placed.keys):
        if own is not None and verdicts[row].outcome == Outcome.ACCEPTED and first[own] != row:
            verdicts[row] = _against_first(placed, row, first[own], verdicts[first[own]])


def _first_rows(placed: Placed, verdicts: Sequence[Verdict]) -> dict[UUID, int]:
    first: dict[UUID, int] = {}
    for row, key in enumerate(placed.keys):
        if key is not None and verdicts[row].outcome == Outcome.ACCEPTED:
            first.setdefault(key, row)
    return first


async def _claim(
    cursor: psycopg.AsyncCursor[tuple[Any, ...]],
    placed: Placed,
    verdicts: Sequence[Verdict],
    first: Mapping[UUID, int],
) -> dict[UUID, _Held]:
    if not first:
        return {}
    rows = list(first.values())
    columns = (
        _array_text(key.hex for key in first),
        _array_text(map(str, placed.digests[rows].tolist())),
        _array_text(str(verdicts[row].incident_id) for row in rows),
        _array_text(placed.reported_at[row].isoformat() for row in rows),
    )
    found = await (await cursor.execute(CLAIM, columns)).fetchall()
    return {key: _Held(digest, incident_id, moment) for key, digest, incident_id, moment in found}


def _array_text(values: Iterable[str]) -> str:
    """Values without blanks and quotes as the server reads an array; much faster than one value after another."""
    return "{" + ",".join(values) + "}"


async def _hidden(cursor: psycopg.AsyncCursor[tuple[Any, ...]], held: Any, account: Account) -> frozenset[int]:
    """Ids of known incidents that are not the sender's to see."""
    known = list(held)
    if not known or (account.unit_id is None and account.department_id is None and account.may(Permission.SENSITIVE)):
        return frozenset()
    ids = [one.incident_id for one in known]
    rows = await (await cursor.execute(VISIBLE, [ids, [one.reported_at for one in known]])).fetchall()
    return frozenset(ids) - {row[0] for row in rows}


def _judged(placed: Placed, row: int, held: _Held, hidden: frozenset[int]) -> Verdict:
    digest = int(placed.digests[row])
    if placed.coded[row].report.reported_at is None:
        # The sender left the time to us, so a repeated report means the time of the first one.
        digest = _digest_at(placed, row, held.reported_at.astimezone(UTC))
    if digest != held.digest:
        return _conflict(placed, row)
    return Verdict(Outcome.DUPLICATE, None if held.incident_id in hidden else held.incident_id)


def _against_first(placed: Placed, row: int, first: int, verdict: Verdict) -> Verdict:
    digest = int(placed.digests[row])
    if placed.coded[row].report.reported_at is None:
        digest = _digest_at(placed, row, placed.reported_at[first])
    if digest != int(placed.digests[first]):
        return _conflict(placed, row)
    return verdict if verdict.outcome == Outcome.REJECTED else Verdict(Outcome.DUPLICATE, verdict.incident_id)


def _digest_at(placed: Placed, row: int, moment: datetime) -> int:
    return int(digests_of([placed.coded[row]], [moment], placed.lonlat[row : row + 1])[0])


def _conflict(placed: Placed, row: int) -> Verdict:
    field = "external_id" if placed.coded[row].report.external_id is not None else "key"
    refusal = ReportRefused(
        field, "It was used before for a report that says something else.", "Give each matter an id of its own."
    )
    return Verdict(Outcome.REJECTED, refusal=refusal)
