"""Which status, source, department or unit does each value of a column stand for?"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import psycopg
from numpy.typing import NDArray

from data.importing.errors import MappingInvalid
from data.importing.incident_mapping import NameRules, StatedUnit, StatusRules
from geo.status import CaseStatus, Severity

_STATUS_WORDS = {
    "上报": CaseStatus.reported,
    "已上报": CaseStatus.reported,
    "待受理": CaseStatus.reported,
    "立案": CaseStatus.filed,
    "已立案": CaseStatus.filed,
    "已受理": CaseStatus.filed,
    "派遣": CaseStatus.dispatched,
    "已派遣": CaseStatus.dispatched,
    "处置": CaseStatus.handling,
    "处置中": CaseStatus.handling,
    "处理中": CaseStatus.handling,
    "反馈": CaseStatus.handled,
    "已反馈": CaseStatus.handled,
    "已处置": CaseStatus.handled,
    "结案": CaseStatus.closed,
    "已结案": CaseStatus.closed,
    "已办结": CaseStatus.closed,
    "不予受理": CaseStatus.rejected,
    "作废": CaseStatus.void,
    "退回": CaseStatus.returned,
    "回退": CaseStatus.returned,
    "返工": CaseStatus.rework,
    "挂账": CaseStatus.suspended,
}


def find_statuses(values: Sequence[str | None], rules: StatusRules) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Statuses of k distinct values (k,), and which of them are unknown (k,); an absent value is not unknown."""
    words = _STATUS_WORDS | {status.key: status for status in CaseStatus}
    words |= {value.casefold(): status for value, status in rules.statuses.items()}
    found = [words.get((value or "").casefold()) for value in values]
    status = np.array([rules.default if one is None else one for one in found], np.int16)
    unknown = [one is None and value is not None for one, value in zip(found, values, strict=True)]
    return status, np.array(unknown, bool)


class NameBook:
    """Sources or departments by key and name; makes entries for values that are in neither."""

    def __init__(
        self, connection: psycopg.Connection, table: Literal["source", "department"], rules: NameRules
    ) -> None:
        self._connection = connection
        self._table = table
        self._rules = rules
        rows = connection.execute(f"SELECT id, key, name_zh, name_en FROM {table} ORDER BY id").fetchall()
        self._by_key: dict[str, int] = {row[1]: row[0] for row in rows}
        self._by_name = {name.casefold(): row[0] for row in reversed(rows) for name in row[2:]}
        self.created: list[str] = []

    def find(self, values: Sequence[str | None]) -> NDArray[np.int16]:
        """Ids (k,) of k distinct values; 0 for an absent value without a default."""
        return np.array([self._find(value) for value in values], np.int16)

    def _find(self, value: str | None) -> int:
        if value is None:
            return self._of_key(self._rules.default, self._rules.default) if self._rules.default else 0
        if value in self._rules.keys:
            return self._of_key(self._rules.keys[value], value)
        found = self._by_key.get(value) or self._by_name.get(value.casefold())
        return found or self._of_key(key_from(value), value)

    def _of_key(self, key: str | None, name: str | None) -> int:
        assert key is not None
        if key not in self._by_key:
            row = self._connection.execute(
                f"INSERT INTO {self._table} (key, name_zh, name_en) VALUES (%s, %s, %s) RETURNING id", [key, name, name]
            ).fetchone()
            assert row is not None
            self._by_key[key] = row[0]
            self.created.append(key)
        return self._by_key[key]


def key_from(name: str) -> str:
    """A neutral key made of a name: ASCII words joined by `_`; other scripts get a short stable number.

    Example:
        >>> key_from("Parks & Recreation")
        'parks_recreation'
    """
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if words and name.isascii():
        return words
    return f"{words}_{hashlib.sha256(name.encode()).hexdigest()[:8]}".strip("_")


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A current unit as the import looks it up."""

    id: int
    rank: int
    level_key: str
    code: str
    name: str


class UnitBook:
    """Finds the unit that a value states, by code or by name."""

    def __init__(self, units: Sequence[UnitRow], stated: StatedUnit | None) -> None:
        """Take the current units.

        Raises:
            MappingInvalid: the mapping names a level that the city does not have.
        """
        self._stated = stated
        levels = {unit.level_key for unit in units}
        if stated and stated.level is not None and stated.level not in levels:
            raise MappingInvalid(
                "The mapping",
                None,
                "stated_unit.level",
                f"The city has no level {stated.level!r}.",
                f"Use one of: {', '.join(sorted(levels))}.",
            )
        of_level = [unit for unit in units if stated is None or stated.level in (None, unit.level_key)]
        ordered = sorted(of_level, key=lambda unit: unit.rank)
        self._by_text = {_plain(unit.code if self._by_code else unit.name): unit for unit in ordered}

    @property
    def _by_code(self) -> bool:
        return self._stated is None or self._stated.by == "code"

    def find(self, values: Sequence[str | None]) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.bool_]]:
        """Of k distinct values: unit ids (0 for none), ranks (-1 for none), and which state a unit that is unknown."""
        wanted = [None if value is None or self._stated is None else unit_text(value, self._stated) for value in values]
        found = [None if text is None else self._by_text.get(_plain(text)) for text in wanted]
        unknown = [unit is None and text is not None for unit, text in zip(found, wanted, strict=True)]
        ids = np.array([unit.id if unit else 0 for unit in found], np.int32)
        ranks = np.array([unit.rank if unit else -1 for unit in found], np.int16)
        return ids, ranks, np.array(unknown, bool)


def unit_text(value: str, stated: StatedUnit) -> str | None:
    """The code or name that a value states, or None where it states none.

    A value that `match` does not fit, or that a table lacks, is returned as it is: it states a unit that is unknown.
    """
    if value in stated.ignore:
        return None
    if value in stated.values:
        return stated.values[value]
    if stated.match is None:
        return value
    match = stated.match.fullmatch(value)
    if match is None:
        return value
    groups = match.groupdict()
    for group, table in stated.tables.items():
        if groups.get(group) not in table:
            return value
        groups[group] = table[groups[group]]
    return stated.write.format_map(_Filled(groups)) if stated.write else match[0]


class _Filled(dict[str, str | None]):
    """Groups of a match for writing a code."""


def _plain(text: str) -> str:
    """A code or name without regard to width, case and a `.0` that a spreadsheet added."""
    narrow = unicodedata.normalize("NFKC", text).strip().casefold()
    return re.sub(r"^(\d+)\.0+$", r"\1", narrow)


def find_severities(
    values: Sequence[str | None], table: Mapping[str, int]
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Severities of k distinct values (k,), 0 for an absent one; and which values are unknown (k,)."""
    found = [0 if value is None else table.get(value, _severity(value)) for value in values]
    return np.array([max(one, 0) for one in found], np.int16), np.array([one < 0 for one in found], bool)


def _severity(value: str) -> int:
    plain = _plain(value)
    return int(plain) if plain in [str(int(one)) for one in Severity] else -1
