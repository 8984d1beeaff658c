"""Which mapping does a YAML block describe? The form is in docs/incident-mapping.md."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.importing.incident_mapping import (
    DATUMS,
    FAMILIES,
    JOINED_COLUMNS,
    SINGLE_COLUMNS,
    ClassRules,
    IncidentMapping,
    NameRules,
    ProjectedColumns,
    StatedUnit,
    StatusRules,
)
from data.importing.incident_times import TimeRules
from data.importing.marked_yaml import Entry, read_yaml
from data.importing.tabular_files import FileShape
from data.importing.time_patterns import EPOCHS, strptime_pattern
from data.privacy.column_names import names_a_person
from geo.status import CaseStatus, Severity

PRESETS = Path(__file__).parent / "presets"

T = TypeVar("T")

_KEYS = (
    "preset",
    "columns",
    "file",
    "time",
    "datum",
    "projected",
    "stated_unit",
    "classes",
    "statuses",
    "severities",
    "sources",
    "departments",
)


def load_mapping(path: Path) -> IncidentMapping:
    """Read a mapping file.

    Raises:
        MappingInvalid: names line, field, cause and remedy.
    """
    return mapping_from(read_yaml(path))


def preset_mapping(name: str) -> IncidentMapping:
    """A mapping that ships with the program: see `preset_names`."""
    return mapping_from(Entry({"preset": name}, "--preset"))


def preset_names() -> tuple[str, ...]:
    """Names of the mappings that ship with the program."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.yaml")))


def mapping_from(entry: Entry) -> IncidentMapping:
    """The mapping that a YAML block describes; it may begin from a preset and change some of it.

    Columns, classes, statuses, severities, sources and departments add to the preset's; other blocks replace it.

    Raises:
        MappingInvalid: names line, field, cause and remedy.
    """
    mapping = _any_mapping(entry)
    if not mapping.columns.get("reported_at"):
        entry.child("columns").fail(
            "No column is named for reported_at, the time of the report.", "Add `reported_at: COLUMN`."
        )
    if not mapping.times:
        entry.fail("Nothing says in which zone the times are.", "Add `time: {zone: Asia/Shanghai}`.")
    return mapping


def _any_mapping(entry: Entry) -> IncidentMapping:
    entry.allow(_KEYS)
    base, columns = _base(entry.child("preset")), entry.child("columns")
    columns.allow((*SINGLE_COLUMNS, *JOINED_COLUMNS))
    single, joined = _single_columns(columns), _joined_columns(columns)
    return replace(
        base,
        columns={**base.columns, **single},
        joined={**base.joined, **joined},
        required=frozenset(single.values()).union(*joined.values()),
        shape=_read(entry, "file", _shape, base.shape),
        times=_read(entry, "time", _times, base.times),
        datum=_read(entry, "datum", _datum, base.datum),
        projected=_read(entry, "projected", _projected, base.projected),
        stated_unit=_read(entry, "stated_unit", _stated_unit, base.stated_unit),
        classes=_read(entry, "classes", _classes, base.classes),
        statuses=_read(entry, "statuses", _statuses, base.statuses),
        severities=_read(entry, "severities", _severities, base.severities),
        sources=_read(entry, "sources", _names, base.sources),
        departments=_read(entry, "departments", _names, base.departments),
    )


def _read(entry: Entry, key: str, read: Callable[[Entry, T], T], base: T) -> T:
    """What the block below a key says, or what the preset said where there is no such block."""
    child = entry.child(key)
    return base if child.value is None else read(child, base)


def _base(entry: Entry) -> IncidentMapping:
    name = entry.text()
    if name is None:
        return IncidentMapping()
    if name not in preset_names():
        entry.fail(f"There is no preset {name!r}.", f"Use one of: {', '.join(preset_names())}.")
    return _any_mapping(read_yaml(PRESETS / f"{name}.yaml"))


def _single_columns(entry: Entry) -> dict[str, str]:
    present = [key for key in SINGLE_COLUMNS if entry.child(key).value is not None]
    return {key: _impersonal(entry.child(key), entry.child(key).needed_text()) for key in present}


def _impersonal(entry: Entry, column: str) -> str:
    """The column, where it is not about a person."""
    if names_a_person(column):
        entry.fail(
            f"The column {column!r} is about a person, and the program keeps nothing about persons.",
            "Take it out of the mapping; columns that the mapping does not name are not read.",
        )
    return column


def _joined_columns(entry: Entry) -> dict[str, tuple[str, ...]]:
    present = [key for key in JOINED_COLUMNS if entry.child(key).value is not None]
    return {key: tuple(_impersonal(entry.child(key), name) for name in entry.child(key).texts()) for key in present}


def _shape(entry: Entry, _base: FileShape) -> FileShape:
    entry.allow(("delimiter", "sheet"))
    delimiter = entry.child("delimiter").text()
    if delimiter is not None and len(delimiter) != 1:
        entry.child("delimiter").fail("A delimiter is one character.", "Write one, such as `';'`.")
    return FileShape(delimiter, entry.child("sheet").text())


def _times(entry: Entry, _base: TimeRules | None) -> TimeRules:
    entry.allow(("zone", "formats", "day_first"))
    return TimeRules(
        _zone(entry.child("zone")), _formats(entry.child("formats")), entry.child("day_first").truth(False)
    )


def _zone(entry: Entry) -> ZoneInfo:
    name = entry.needed_text()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        entry.fail(f"{name!r} is no time zone.", "Use an IANA name such as Asia/Shanghai or America/New_York.")


def _formats(entry: Entry) -> tuple[str, ...]:
    if entry.value == "auto":
        return ()
    formats = entry.texts()
    for pattern in formats:
        try:
            strptime_pattern("" if pattern in EPOCHS else pattern)
        except ValueError as error:
            entry.fail(
                f"The format {pattern!r} cannot be used: {error}.", f"Use strptime patterns, or {', '.join(EPOCHS)}."
            )
    return formats


def _datum(entry: Entry, _base: str) -> str:
    return checked_datum(entry)


def checked_datum(entry: Entry) -> str:
    """The name of a datum: one of `DATUMS`, or EPSG:number."""
    name = entry.needed_text()
    if name.lower() in DATUMS:
        return name.lower()
    if not re.fullmatch(r"(?i)epsg:\d+", name):
        entry.fail(f"{name!r} is no datum.", f"Use one of: {', '.join(DATUMS)}, EPSG:number.")
    return name.upper()


def _projected(entry: Entry, _base: ProjectedColumns | None) -> ProjectedColumns:
    entry.allow(("x", "y", "crs"))
    x, y = entry.child("x").needed_text(), entry.child("y").needed_text()
    return ProjectedColumns(x, y, checked_datum(entry.child("crs")))


def _stated_unit(entry: Entry, _base: StatedUnit | None) -> StatedUnit:
    entry.allow(("column", "level", "by", "match", "tables", "write", "values", "ignore"))
    match = _pattern(entry.child("match"))
    write = entry.child("write").text()
    _check_groups(entry, match, write)
    tables = entry.child("tables")
    return StatedUnit(
        column=entry.child("column").needed_text(),
        level=entry.child("level").text(),
        by=entry.child("by").one_of(("code", "name"), "code"),
        match=match,
        tables={group: tables.child(group).table() for group in tables.mapping()},
        write=write,
        values=entry.child("values").table(),
        ignore=frozenset(entry.child("ignore").texts()),
    )


def _pattern(entry: Entry) -> re.Pattern[str] | None:
    text = entry.text()
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        entry.fail(f"It is no regular expression: {error}.", "Correct it.")


def _check_groups(entry: Entry, match: re.Pattern[str] | None, write: str | None) -> None:
    groups = set(match.groupindex) if match else set()
    used = set(re.findall(r"\{(\w+)", write or "")) | set(entry.child("tables").mapping())
    if used - groups:
        entry.child("match").fail(
            f"The groups {', '.join(sorted(used - groups))} are used and `match` does not have them.",
            "Name them in `match`: (?P<name>...).",
        )


def _classes(entry: Entry, base: ClassRules) -> ClassRules:
    entry.allow(("map", "default", "family", "families"))
    families = entry.child("families")
    stated = {value: families.child(value).one_of(FAMILIES, "urban") for value in families.mapping()}
    return ClassRules(
        codes={**base.codes, **entry.child("map").table()},
        default=entry.child("default").text(base.default),
        family=entry.child("family").one_of(FAMILIES, base.family),
        families={**base.families, **stated},
    )


def _statuses(entry: Entry, base: StatusRules) -> StatusRules:
    entry.allow(("map", "default"))
    table = entry.child("map")
    stated = {value: _status(table.child(value)) for value in table.mapping()}
    default = entry.child("default")
    return StatusRules({**base.statuses, **stated}, base.default if default.value is None else _status(default))


def _status(entry: Entry) -> CaseStatus:
    return CaseStatus[entry.one_of([status.key for status in CaseStatus], "")]


def _severities(entry: Entry, base: object) -> dict[str, int]:
    found = {
        value: int(entry.child(value).one_of([str(int(one)) for one in Severity], "")) for value in entry.mapping()
    }
    return {**(base if isinstance(base, dict) else {}), **found}


def _names(entry: Entry, base: NameRules) -> NameRules:
    entry.allow(("map", "default"))
    return NameRules({**base.keys, **entry.child("map").table()}, entry.child("default").text(base.default))
