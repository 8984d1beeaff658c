"""Which class of the catalog does each value of a class column stand for?

A value is looked up in the mapping, then among codes and names of the catalog. What is found nowhere becomes a local
class, counting down from 99 in the local group of its family: `U-E-L-99`, `U-E-L-98` … `U-E-L-01`, then `U-E-L2-99`.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import count

import numpy as np
import psycopg
from numpy.typing import NDArray

from data.importing.errors import MappingInvalid, TooManyClasses
from data.importing.incident_mapping import ClassRules

MOST_LOCAL = 1_000
"""So many distinct values without a class are taken as free text."""

UNCLASSIFIED = ("未分类", "Unclassified")
_PREFIX = {"urban": "U-E-L", "safety": "S-D-L"}
_KIND = {"urban": "event", "safety": "dispute"}
_IN_GROUP = 99


@dataclass(frozen=True, slots=True)
class ClassFound:
    """A class as the import needs it."""

    id: int
    severity: int


class ClassBook:
    """Finds classes and makes local ones, inside the transaction of an import."""

    def __init__(self, connection: psycopg.Connection, rules: ClassRules) -> None:
        """Read the catalog.

        Raises:
            MappingInvalid: the mapping names a code that the catalog does not have.
        """
        self._connection = connection
        self._rules = rules
        rows = connection.execute(
            "SELECT id, code, family, group_key, name_zh, name_en, severity FROM incident_class ORDER BY id"
        ).fetchall()
        self._by_code = {row[1]: ClassFound(row[0], row[6]) for row in rows}
        self._by_name: dict[str, ClassFound] = {}
        self._local: dict[tuple[str, str], ClassFound] = {}
        for row in rows:
            self._learn(row[2], row[3], row[4], row[5], ClassFound(row[0], row[6]))
        self._known: dict[str | None, ClassFound] = {}
        self._created: dict[str, ClassFound] = {}
        _check_codes(rules, self._by_code)

    def find(self, values: Sequence[str | None]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
        """Class ids and their severities, each (k,), of k distinct values in their order of appearance."""
        found = [self._find(value) for value in values]
        return np.array([one.id for one in found], np.int16), np.array([one.severity for one in found], np.int16)

    @property
    def created(self) -> tuple[str, ...]:
        """Codes of the local classes made by this import."""
        return tuple(self._created)

    def forget(self, used: Set[int]) -> None:
        """Take back the classes made by this import whose ids are not in use."""
        unused = {code: found.id for code, found in self._created.items() if found.id not in used}
        self._connection.execute("DELETE FROM incident_class WHERE id = ANY(%s)", [list(unused.values())])
        self._created = {code: found for code, found in self._created.items() if code not in unused}

    def _find(self, value: str | None) -> ClassFound:
        if value not in self._known:
            self._known[value] = self._look_up(value) or self._local_class(value)
        return self._known[value]

    def _look_up(self, value: str | None) -> ClassFound | None:
        if value is None:
            return self._by_code[self._rules.default] if self._rules.default else None
        code = self._rules.codes.get(value, value)
        return self._by_code.get(code) or self._by_name.get(value.casefold())

    def _local_class(self, value: str | None) -> ClassFound:
        family = self._rules.families.get(value or "", self._rules.family)
        name_zh, name_en = (value, value) if value else UNCLASSIFIED
        known = self._local.get((family, name_zh))
        return known or self._create(family, name_zh, name_en)

    def _create(self, family: str, name_zh: str, name_en: str) -> ClassFound:
        if len(self._created) >= MOST_LOCAL:
            raise TooManyClasses(len(self._created) + 1, MOST_LOCAL)
        code = next(code for code in self._local_codes(family) if code not in self._by_code)
        row = self._connection.execute(
            """
            INSERT INTO incident_class (code, family, kind, group_key, group_zh, group_en, name_zh, name_en)
            VALUES (%s, %s, %s, 'local', '本地类别', 'Local classes', %s, %s)
            RETURNING id, severity
            """,
            [code, family, _KIND[family], name_zh, name_en],
        ).fetchone()
        assert row is not None
        found = ClassFound(row[0], row[1])
        self._by_code[code] = found
        self._learn(family, "local", name_zh, name_en, found)
        self._created[code] = found
        return found

    def _local_codes(self, family: str) -> Iterator[str]:
        return (local_code(family, place) for place in count())

    def _learn(self, family: str, group_key: str, name_zh: str, name_en: str, found: ClassFound) -> None:
        if group_key == "local":
            self._local[family, name_zh] = found
            return
        for name in (name_zh, name_en):
            self._by_name.setdefault(name.casefold(), found)


def local_code(family: str, place: int) -> str:
    """Code of the local class that is made as number `place`, from 0, in a family.

    Example:
        >>> local_code("urban", 0), local_code("urban", 99)
        ('U-E-L-99', 'U-E-L2-99')
    """
    group, down = divmod(place, _IN_GROUP)
    return f"{_PREFIX[family]}{group + 1 if group else ''}-{_IN_GROUP - down:02d}"


def _check_codes(rules: ClassRules, known: Mapping[str, ClassFound]) -> None:
    for value, code in {**rules.codes, "(default)": rules.default or ""}.items():
        if code and code not in known:
            raise MappingInvalid(
                "The mapping",
                None,
                f"classes.map.{value}",
                f"The catalog has no class {code}.",
                "Use a code of the catalog.",
            )
