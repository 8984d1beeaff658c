"""Which classes, groups, scenarios, sources and departments does the city use?"""

from dataclasses import dataclass

from data.engine import AsyncRows
from data.named_sql import named
from data.reads.rows import fetch_all


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """A class of incidents."""

    id: int
    code: str
    family: str
    kind: str
    group_key: str
    group_zh: str
    group_en: str
    name_zh: str
    name_en: str
    severity: int
    sensitive: bool


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A group of classes within a family; `classes` are class codes."""

    key: str
    family: str
    kind: str
    name_zh: str
    name_en: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioEntry:
    """A scenario 应用场景; `classes` are class codes, `place_kinds` the places drawn with it."""

    key: str
    position: int
    kind_key: str
    kind_zh: str
    kind_en: str
    name_zh: str
    name_en: str
    place_kinds: list[str]
    classes: list[str]


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """A source or a department."""

    id: int
    key: str
    name_zh: str
    name_en: str


async def read_classes(conn: AsyncRows) -> tuple[ClassEntry, ...]:
    """All classes, by id."""
    return await fetch_all(conn, ClassEntry, named("classes"))


async def read_scenarios(conn: AsyncRows) -> tuple[ScenarioEntry, ...]:
    """All scenarios in their order."""
    return await fetch_all(conn, ScenarioEntry, named("scenarios"))


async def read_sources(conn: AsyncRows) -> tuple[NamedEntry, ...]:
    """All sources 渠道, by id."""
    return await fetch_all(conn, NamedEntry, "SELECT id, key, name_zh, name_en FROM source ORDER BY id")


async def read_departments(conn: AsyncRows) -> tuple[NamedEntry, ...]:
    """All departments, by id."""
    return await fetch_all(conn, NamedEntry, "SELECT id, key, name_zh, name_en FROM department ORDER BY id")


def groups_of(classes: tuple[ClassEntry, ...]) -> tuple[GroupEntry, ...]:
    """The groups that the classes form, in the order of their first class."""
    members: dict[str, list[ClassEntry]] = {}
    for entry in classes:
        members.setdefault(entry.group_key, []).append(entry)
    return tuple(_group(entries) for entries in members.values())


def _group(entries: list[ClassEntry]) -> GroupEntry:
    first = entries[0]
    codes = tuple(entry.code for entry in entries)
    return GroupEntry(first.group_key, first.family, first.kind, first.group_zh, first.group_en, codes)
