"""What becomes of the facts that somebody gives with an act: masked texts, departments by id?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.cases.action import FIELDS, Act, FieldKind
from data.cases.flow import Refusal, Refused
from data.engine import AsyncRows
from data.privacy.masking import masked_text
from data.reads.rows import fetch_all

MOST_CHARACTERS = 2_000
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DEPARTMENTS = "SELECT id, key FROM department"


@dataclass(frozen=True, slots=True)
class _Department:
    id: int
    key: str


async def settled_facts(conn: AsyncRows, act: Act, given: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """The facts with texts masked and departments by id, or what is wrong with them.

    Args:
        act: What they belong to; fields that it does not know are left as they are.
        given: As the client sent them; a department by its key or its id.
    """
    settled: dict[str, Any] = {}
    for name, value in given.items():
        spec = FIELDS[act].get(name)
        kind = None if spec is None else spec.kind
        if kind is FieldKind.TEXT and isinstance(value, str):
            value = masked_text(_CONTROL.sub("", value)).strip()
            if len(value) > MOST_CHARACTERS:
                return Refusal(Refused.FIELD_INVALID, name)
        elif kind in (FieldKind.DEPARTMENT, FieldKind.DEPARTMENTS):
            value = _departments(value, await _known(conn))
            if value is None:
                return Refusal(Refused.FIELD_INVALID, name)
        settled[name] = value
    return settled


async def _known(conn: AsyncRows) -> dict[str | int, int]:
    rows = await fetch_all(conn, _Department, _DEPARTMENTS)
    return {row.key: row.id for row in rows} | {row.id: row.id for row in rows}


def _departments(value: Any, known: Mapping[str | int, int]) -> Any | None:
    """The id of a department, or the ids of a list; None where one of them is none, the value itself where empty."""
    if isinstance(value, list):
        ids = [_departments(one, known) for one in value]
        return None if None in ids else ids
    if value in (None, ""):
        return value if value is not None else ""
    return known.get(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
