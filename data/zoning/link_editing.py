"""Which links and cuts were made by hand, and how are they replaced?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.audit.entry import Action, Entry
from data.audit.record import record
from data.engine import AsyncRows
from data.reads.rows import fetch_all
from data.reads.units import read_units_by_code
from data.zoning.authors import current_author
from data.zoning.plan_errors import PlanValueInvalid

MOST_PAIRS = 5_000
_PAIRS = """
    SELECT a_code AS a, b_code AS b, kind, reason, made_at, account_name AS made_by
    FROM zone_link
    WHERE level_key = %(level)s
    ORDER BY a_code, b_code
"""
_REMOVE = """
    DELETE FROM zone_link
    USING unnest(%(a)s::text[], %(b)s::text[]) AS gone (a, b)
    WHERE level_key = %(level)s AND a_code = gone.a AND b_code = gone.b
"""
_PUT = """
    INSERT INTO zone_link (level_key, a_code, b_code, kind, reason, account_id, account_name)
    SELECT %(level)s, given.*, %(account)s, %(who)s
    FROM unnest(%(a)s::text[], %(b)s::text[], %(kind)s::text[], %(reason)s::text[]) AS given (a, b, kind, reason)
    ON CONFLICT (level_key, a_code, b_code) DO UPDATE
    SET kind = excluded.kind, reason = excluded.reason, made_at = now(), account_id = excluded.account_id,
        account_name = excluded.account_name
"""


class LinkKind(StrEnum):
    """Whether two units count as neighbours without a border, or do not count with one."""

    LINK = "link"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class GivenPair:
    """A pair of codes that is to be linked or cut, and why."""

    a: str
    b: str
    kind: LinkKind
    reason: str = ""

    @property
    def ordered(self) -> "GivenPair":
        """The same pair with the smaller code first."""
        return self if self.a < self.b else GivenPair(self.b, self.a, self.kind, self.reason)


@dataclass(frozen=True, slots=True)
class StoredPair:
    """A pair as it is stored, the smaller code first."""

    a: str
    b: str
    kind: str
    reason: str
    made_at: datetime
    made_by: str


async def list_pairs(conn: AsyncRows, level: str) -> tuple[StoredPair, ...]:
    """Links and cuts between units that the asker sees, by code."""
    return await fetch_all(conn, StoredPair, _PAIRS, {"level": level})


async def replace_pairs(conn: AsyncRows, level: str, pairs: Sequence[GivenPair]) -> tuple[StoredPair, ...]:
    """Put these pairs in place of all that the asker sees; those that stay as they are keep who made them.

    Args:
        conn: the caller's transaction.
        level: level of the units.
        pairs: reasons are masked already.

    Raises:
        PlanValueInvalid: A code is no unit of the level, a pair stands twice or names one unit.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('zone_link'))")
    wanted = {(one.a, one.b): one for one in (pair.ordered for pair in pairs)}
    await _check(conn, level, pairs, len(wanted))
    held = {(pair.a, pair.b): (pair.kind, pair.reason) for pair in await list_pairs(conn, level)}
    gone = sorted(held.keys() - wanted.keys())
    put = [one for key, one in sorted(wanted.items()) if held.get(key) != (one.kind.value, one.reason)]
    if gone:
        await conn.execute(_REMOVE, {"level": level, "a": [a for a, _ in gone], "b": [b for _, b in gone]})
    if put:
        await _put(conn, level, put)
    if gone or put:
        await _note(conn, level, gone, put, len(wanted))
    return await list_pairs(conn, level)


async def _check(conn: AsyncRows, level: str, pairs: Sequence[GivenPair], different: int) -> None:
    if len(pairs) > MOST_PAIRS:
        raise PlanValueInvalid("pairs", f"{len(pairs):,} pairs are too many.", f"Send at most {MOST_PAIRS:,}.")
    codes = sorted({code for pair in pairs for code in (pair.a, pair.b)})
    known = {unit.code for unit in await read_units_by_code(conn, codes, level)} if codes else set()
    for code in codes:
        if code not in known:
            raise PlanValueInvalid("pairs", f"There is no unit {code!r} of level {level!r}.", "Correct the code.")
    if any(pair.a == pair.b for pair in pairs):
        raise PlanValueInvalid("pairs", "A pair names one unit twice.", "Name two units in each pair.")
    if different != len(pairs):
        raise PlanValueInvalid("pairs", "A pair stands twice.", "Send each pair once, in either order.")


async def _put(conn: AsyncRows, level: str, pairs: Sequence[GivenPair]) -> None:
    author = current_author()
    values = {
        "level": level,
        "a": [pair.a for pair in pairs],
        "b": [pair.b for pair in pairs],
        "kind": [pair.kind.value for pair in pairs],
        "reason": [pair.reason for pair in pairs],
        "account": author.account_id,
        "who": author.name,
    }
    await conn.execute(_PUT, values)


async def _note(
    conn: AsyncRows, level: str, gone: Sequence[tuple[str, str]], put: Sequence[GivenPair], total: int
) -> None:
    detail = {"level": level, "pairs": total}
    before = {"removed": [f"{a} {b}" for a, b in gone]}
    after = {"put": [f"{pair.kind} {pair.a} {pair.b}" for pair in put]}
    await record(conn, Entry(Action.ZONE_LINKS_CHANGED, "zone_links", level, detail=detail, before=before, after=after))
