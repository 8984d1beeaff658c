"""What does a city file (CITY.yaml) say? The form is in docs/city-file.md."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.importing.incident_import import IncidentSource
from data.importing.mapping_file import checked_datum, load_mapping, mapping_from
from data.importing.marked_yaml import Entry, read_yaml
from data.importing.places_import import PlaceFields, PlaceSource
from data.importing.row_filter import FilterInvalid, RowFilter
from data.importing.unit_datum import named_system
from data.importing.unit_errors import CrsInvalid
from data.importing.unit_source import AttributeTable, LevelSpec, ParentRule, UnitFields, UnitSource

ENVIRONMENT_PREFIX = "MINQING_PARAM_"
FEWEST_LEVELS, MOST_LEVELS = 2, 8

_PARAMETER = re.compile(r"\$\{([^}]*)\}")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_TOP = ("parameters", "city", "levels", "places", "incidents")
_LEVEL = ("key", "zh", "en", "file", "layer", "crs", "where", "fields", "parent", "attributes", "valid_from")
_FIELDS = ("code", "name", "name_en", "parent", "population", "households")
_PLACE = ("file", "kind", "crs", "fields")
_PLACE_FIELDS = ("code", "name", "name_en", "kind", "lon", "lat", "service_radius_m")
_INCIDENTS = ("file", "files", "dataset", "name", "crs", "preset", "mapping", "map")


@dataclass(frozen=True, slots=True)
class CityFacts:
    """Name, code, time zone and language of the city."""

    code: str
    name: str
    name_en: str
    time_zone: str
    lang: str


@dataclass(frozen=True, slots=True)
class CityLevel:
    """A level with its file; the first level may have none."""

    spec: LevelSpec
    source: UnitSource | None
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class CityIncidents:
    """Incident files and the datum of their coordinates."""

    source: IncidentSource
    crs: str = "auto"


@dataclass(frozen=True, slots=True)
class City:
    """A whole city: facts, levels from the whole city down, places and incidents."""

    path: Path
    facts: CityFacts
    levels: tuple[CityLevel, ...]
    places: tuple[PlaceSource, ...] = ()
    incidents: tuple[CityIncidents, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameters:
    """Values for `${name}` in the paths of a city file.

    Attributes:
        defaults: what the file itself says; relative paths start at the file's folder.
        given: what the caller says instead; relative paths start at `given_folder`.
        must_exist: whether a path without a file is a mistake.
    """

    folder: Path
    defaults: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    given_folder: Path = Path()
    must_exist: bool = False

    def path(self, entry: Entry) -> Path:
        """The path that an entry names, with its parameters filled in.

        Raises:
            MappingInvalid: A parameter has no value, or there is no such file.
        """
        text = entry.needed_text()
        for name in _PARAMETER.findall(text):
            if name not in self.given and name not in self.defaults:
                known = ", ".join(sorted({*self.defaults, *self.given})) or "none"
                entry.fail(
                    f"The parameter {name!r} has no value (known: {known}).",
                    f"Add it under `parameters`, or give it with --set {name}=VALUE.",
                )
        path = (self.folder / _PARAMETER.sub(lambda match: self._value(match.group(1)), text)).resolve()
        if self.must_exist and not path.is_file():
            entry.fail(f"There is no file {path}.", "Correct the path, or give its parameter with --set NAME=VALUE.")
        return path

    def _value(self, name: str) -> str:
        if name not in self.given:
            return self.defaults[name]
        beside = self.given_folder / self.given[name]
        return str(beside.resolve()) if beside.exists() else self.given[name]


def environment_parameters(environ: Mapping[str, str]) -> dict[str, str]:
    """Parameters from the environment: `MINQING_PARAM_DATA=…` sets `data`."""
    size = len(ENVIRONMENT_PREFIX)
    return {key[size:].lower(): value for key, value in environ.items() if key.startswith(ENVIRONMENT_PREFIX)}


def read_city(path: Path, parameters: Mapping[str, str] | None = None, *, files_must_exist: bool = False) -> City:
    """Read and check a city file; nothing is imported and no other file is opened, apart from mapping files.

    Args:
        path: the YAML file; paths in it are relative to its folder.
        parameters: values for `${name}`, before those of the file; relative paths in them start at the current folder.
        files_must_exist: refuse the city file if a file that it names is not there.

    Raises:
        MappingInvalid: Names file, line, field, cause and remedy.
    """
    top = read_yaml(path)
    top.allow(_TOP)
    folder = path.resolve().parent
    values = Parameters(
        folder, top.child("parameters").table(), dict(parameters or {}), Path(os.curdir), files_must_exist
    )
    return City(
        path=path,
        facts=_facts(top.child("city")),
        levels=_levels(top.child("levels"), values),
        places=tuple(_places(entry, values) for entry in _items(top.child("places"))),
        incidents=tuple(_incidents(entry, values) for entry in _items(top.child("incidents"))),
    )


def _items(entry: Entry) -> tuple[Entry, ...]:
    if entry.value is None:
        return ()
    if not isinstance(entry.value, list):
        entry.fail("A list is needed here.", "Begin each item with `- `.")
    return tuple(entry.child(position) for position in range(len(entry.value)))


def _facts(entry: Entry) -> CityFacts:
    if entry.value is None:
        entry.fail("The city is not described.", "Add `city: {code: …, name: …, time_zone: …}`.")
    entry.allow(("code", "name", "name_en", "time_zone", "lang"))
    name = entry.child("name").needed_text()
    zone = entry.child("time_zone").text("Asia/Shanghai") or ""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        entry.child("time_zone").fail(
            f"{zone!r} is no time zone.", "Use an IANA name such as Asia/Shanghai or America/New_York."
        )
    return CityFacts(
        code=entry.child("code").needed_text(),
        name=name,
        name_en=entry.child("name_en").text(name) or name,
        time_zone=zone,
        lang=entry.child("lang").one_of(("zh", "en"), "zh"),
    )


def _levels(entry: Entry, values: Parameters) -> tuple[CityLevel, ...]:
    items = _items(entry)
    if not FEWEST_LEVELS <= len(items) <= MOST_LEVELS:
        entry.fail(
            f"{len(items)} levels are described; a city has {FEWEST_LEVELS} to {MOST_LEVELS}, usually 3 to 6.",
            "List the levels from the whole city down to the smallest grids.",
        )
    levels = tuple(_level(item, values, first=position == 0) for position, item in enumerate(items))
    keys = [level.spec.key for level in levels]
    for position, key in enumerate(keys):
        if key in keys[:position]:
            items[position].child("key").fail(f"The key {key!r} is used twice.", "Give each level its own key.")
    return levels


def _level(entry: Entry, values: Parameters, *, first: bool) -> CityLevel:
    entry.allow(_LEVEL)
    key = entry.child("key").needed_text()
    if not _KEY.fullmatch(key):
        entry.child("key").fail(f"{key!r} is no key.", "Use small letters, digits and _, beginning with a letter.")
    zh = entry.child("zh").needed_text()
    spec = LevelSpec(key, zh, entry.child("en").text(zh) or zh)
    if entry.child("file").value is None:
        if not first:
            entry.fail("The level has no file.", "Add `file: PATH`; only the first level can be made from the next.")
        return CityLevel(spec, None)
    return CityLevel(spec, _unit_source(entry, values), _day(entry.child("valid_from")))


def _unit_source(entry: Entry, values: Parameters) -> UnitSource:
    path, fields = values.path(entry.child("file")), _fields(entry.child("fields"))
    rule = ParentRule(entry.child("parent").one_of([rule.value for rule in ParentRule], _default_rule(fields).value))
    attributes = _attributes(entry.child("attributes"), values)
    if rule is ParentRule.FIELD and fields.parent is None:
        entry.child("parent").fail("by_field needs the field that holds the parent's code.", "Add fields.parent.")
    if rule is ParentRule.CODE and fields.code is None:
        entry.child("parent").fail("by_code needs the units' codes.", "Add fields.code.")
    if attributes is not None and fields.code is None:
        entry.child("attributes").fail("Attributes are joined by code, and the polygons have none.", "Add fields.code.")
    return UnitSource(
        path=path,
        layer=entry.child("layer").text(),
        where=_filter(entry.child("where")),
        crs=_crs(entry.child("crs")),
        fields=fields,
        parent=rule,
        attributes=attributes,
    )


def _crs(entry: Entry) -> str | None:
    """The name of a coordinate system that can be used, or None."""
    name = entry.text()
    if name is not None and name.lower() != "auto":
        try:
            named_system(name)
        except CrsInvalid:
            entry.fail(f"{name!r} is no coordinate system.", "Use auto, wgs84, gcj02, bd09 or EPSG:<number>.")
    return name


def _default_rule(fields: UnitFields) -> ParentRule:
    return ParentRule.LOCATION if fields.parent is None else ParentRule.FIELD


def _fields(entry: Entry) -> UnitFields:
    entry.allow(_FIELDS)
    return UnitFields(**{name: entry.child(name).text() for name in _FIELDS})


def _attributes(entry: Entry, values: Parameters) -> AttributeTable | None:
    if entry.value is None:
        return None
    entry.allow(("file", "fields", "where"))
    fields = _fields(entry.child("fields"))
    if fields.code is None:
        entry.child("fields").fail("The table needs a column with the codes.", "Add fields.code.")
    return AttributeTable(values.path(entry.child("file")), fields, _filter(entry.child("where")))


def _filter(entry: Entry) -> RowFilter | None:
    text = entry.text()
    if text is None:
        return None
    try:
        return RowFilter(text)
    except FilterInvalid as error:
        entry.fail(error.cause, "Compare fields with values, such as: level == 6 and name in ['A', 'B'].")


def _day(entry: Entry) -> date | None:
    text = entry.text()
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        entry.fail(f"{text!r} is no day.", "Write it as 2026-01-31.")


def _places(entry: Entry, values: Parameters) -> PlaceSource:
    entry.allow(_PLACE)
    fields = entry.child("fields")
    fields.allow(_PLACE_FIELDS)
    columns = {name: fields.child(name).text() for name in _PLACE_FIELDS if fields.child(name).value is not None}
    kind = entry.child("kind").text()
    if kind is None and "kind" not in columns:
        entry.fail("The kind of the places is not said.", "Add `kind: …`, or `fields.kind` with its column.")
    if "code" not in columns or "name" not in columns:
        fields.fail("Places need a code and a name.", "Add fields.code and fields.name.")
    known = {name: column for name, column in columns.items() if column is not None}
    crs = _crs(entry.child("crs")) or "wgs84"
    if crs.lower() == "auto":
        entry.child("crs").fail("The system of places cannot be found out.", "Use wgs84, gcj02, bd09 or EPSG:<number>.")
    return PlaceSource(values.path(entry.child("file")), kind, crs, PlaceFields(**known))


def _incidents(entry: Entry, values: Parameters) -> CityIncidents:
    entry.allow(_INCIDENTS)
    files = [entry.child("file")] if entry.child("file").value is not None else list(_items(entry.child("files")))
    if not files:
        entry.fail("No file is named.", "Add `file: PATH`, or `files:` with a list.")
    dataset = entry.child("dataset").needed_text()
    mapping = entry.child("mapping")
    if entry.child("map").value is not None:
        found = load_mapping(values.path(entry.child("map")))
    else:
        found = mapping_from(_with_preset(mapping, entry.child("preset")))
    paths = tuple(values.path(file) for file in files)
    source = IncidentSource(paths, found, dataset, entry.child("name").text(dataset) or dataset)
    return CityIncidents(source, "auto" if entry.child("crs").value is None else checked_datum(entry.child("crs")))


def _with_preset(mapping: Entry, preset: Entry) -> Entry:
    """The mapping block, begun from the preset that stands beside it."""
    if preset.value is None:
        return mapping
    lines = {**mapping.lines, (*mapping.path, "preset"): mapping.lines.get(preset.path, 1)}
    return Entry({**mapping.mapping(), "preset": preset.needed_text()}, mapping.file, mapping.path, lines)
