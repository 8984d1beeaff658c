"""Which classes does a class filter mean?"""

from dataclasses import dataclass

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.errors import ClassUnknown
from data.reads.rows import fetch_all

KINDS = ("class", "group", "family", "scenario")


@dataclass(frozen=True, slots=True)
class _Term:
    kind: str
    term: str
    class_ids: list[int]


async def read_class_filter(conn: AsyncRows, text: str | None) -> frozenset[int] | None:
    """Ids of the classes that the filter selects together; None where it is empty, which means all.

    Args:
        text: Comma-separated class codes, group keys, families and scenario keys. Where one word could be several of
            these, they are tried in that order; `scenario:fire` (or `class:`, `group:`, `family:`) says which is meant.

    Raises:
        ClassUnknown: A term stands for nothing.
    """
    terms = [term.strip() for term in (text or "").split(",") if term.strip()]
    if not terms:
        return None
    known = {(row.kind, row.term): row.class_ids for row in await fetch_all(conn, _Term, named("class_terms"))}
    return frozenset(class_id for term in terms for class_id in _meaning(term, known))


def _meaning(term: str, known: dict[tuple[str, str], list[int]]) -> list[int]:
    kind, _, rest = term.partition(":")
    tries = [(kind, rest)] if kind in KINDS and rest else [(kind, term) for kind in KINDS]
    for key in tries:
        if key in known:
            return known[key]
    raise ClassUnknown(
        "class",
        f"{term!r} is no class code, group, family or scenario.",
        "Take one from /api/v1/classes or /api/v1/scenarios; separate several by commas.",
    )
