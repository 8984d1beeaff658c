"""Which rows does a plan hold that was edited in QGIS, Excel or a text editor: unit, zone, place?"""

import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from openpyxl import load_workbook
from pyogrio.errors import DataSourceError

from data.importing.archive_limits import require_safe_archive
from data.importing.errors import FileUnreadable
from data.importing.polygon_feature import PolygonFile
from data.importing.polygon_files import JSON_SUFFIXES, read_polygons
from data.importing.polygon_kinds import require_polygon_kind
from data.importing.report import FORMULA_STARTS
from data.importing.tabular_files import FileShape, plain_name, read_chunks
from data.importing.unit_datum import named_system
from data.zoning.errors import UnitFileInvalid
from data.zoning.plan_columns import CODE_FIELD, KEY_FIELD, ZONE_FIELD
from data.zoning.plan_workbook import UNIT_SHEET

Shapes = NDArray[np.object_]

TABLE_ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm")
POLYGON_ENDINGS = (*JSON_SUFFIXES, ".gpkg", ".shp", ".zip")
MOST_ROWS = 200_000

CODE_NAMES = (
    "code", "unit_code", "unitcode", "unit_id", "unit", "grid_code", "geoid", "编码", "代码", "单元编码", "单元代码",
    "网格编码", "网格代码", "区划代码", "村社区编码", "id",
)  # fmt: skip
ZONE_NAMES = (
    "zone", "zone_no", "zone_number", "zone_id", "片区", "联防片区", "片区号", "片区编号", "片区序号", "zone_code",
    "片区编码", "片区代码", "zone_name", "片区名", "片区名称", "联防片区名称",
)  # fmt: skip
TITLE_NAMES = ("zone_name", "片区名", "片区名称", "联防片区名称")
"""Names of columns, the likeliest first; case, blanks and punctuation do not count."""

_EMPTY = frozenset({"", "null", "none", "nan", "-", "—", "无", "未分配", "unassigned"})


@dataclass(frozen=True, slots=True)
class PlanFields:
    """Which column holds what.

    Attributes:
        unit: code of the unit; None where units are told by their place.
        zone: by which units are put together.
        title: name of the zone, where that is another column.
    """

    unit: str | None
    zone: str
    title: str | None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row or feature.

    Attributes:
        number: line, row of the sheet or number of the feature, as the program that edits the file counts.
        unit: code as it is written; None where there is none.
        zone: what is written as zone; None for no zone.
        title: name of the zone; None where there is none.
    """

    number: int
    unit: str | None
    zone: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class PlanRows:
    """A plan as a file holds it.

    Attributes:
        file: name of the file.
        fields: which column was taken for what.
        rows: in the order of the file.
        shapes: (n,) polygons in degrees, None where a feature has none; None for a table.
    """

    file: str
    fields: PlanFields
    rows: tuple[PlanRow, ...]
    shapes: Shapes | None = None


def read_plan_rows(
    path: Path, *, unit: str | None = None, zone: str | None = None, layer: str | None = None
) -> PlanRows:
    """Read a plan: GeoJSON, GeoPackage, Shapefile (also zipped), Excel or CSV, told apart by the ending of the name.

    Args:
        path: the file.
        unit: column of the unit's code; None looks for a usual name.
        zone: column of the zone; None looks for a usual name.
        layer: layer of a GeoPackage, or sheet of a workbook; None takes the one with the units.

    Raises:
        FileUnreadable: No such file, an unknown kind, or wrong content.
        UnitFileInvalid: A column is missing, or the coordinates are in an unknown system.
    """
    ending = path.suffix.lower()
    if ending in TABLE_ENDINGS:
        return _table(path, unit, zone, layer)
    if ending not in POLYGON_ENDINGS:
        raise FileUnreadable(
            path.name,
            f"{ending or 'A name without an ending'} is no kind of plan that is read.",
            "Give GeoJSON, GeoPackage, Shapefile (zipped), Excel (.xlsx) or CSV.",
        )
    with _opened(path) as polygons:
        file = read_polygons(polygons, layer or unit_layer(polygons))
    return _features(file, path.name, unit, zone)


def unit_layer(path: Path) -> str | None:
    """The layer `units` of a GeoPackage with several; None leaves the choice to the reader of polygons.

    Raises:
        FileUnreadable: The file is no GeoPackage.
    """
    if path.suffix.lower() != ".gpkg" or not path.is_file():
        return None
    require_polygon_kind(path)
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
    except DataSourceError as error:
        raise FileUnreadable(path.name, f"It is no GeoPackage ({error}).", "Export the file again.") from error
    return UNIT_SHEET if len(names) > 1 and UNIT_SHEET in names else None


def own_fields(path: Path, layer: str | None = None) -> frozenset[str]:
    """Fields of a polygon file where it is a plan that this program exported; none where it is not.

    Raises:
        FileUnreadable: The content is not what the name says.
    """
    if path.suffix.lower() not in POLYGON_ENDINGS or not path.is_file():
        return frozenset()
    require_polygon_kind(path)
    try:
        fields = frozenset(map(str, pyogrio.read_info(path, layer=layer)["fields"]))
    except (DataSourceError, ValueError):
        return frozenset()
    return fields if {CODE_FIELD, KEY_FIELD, ZONE_FIELD} <= fields else frozenset()


def _table(path: Path, unit: str | None, zone: str | None, sheet: str | None) -> PlanRows:
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        sheet = sheet or _unit_sheet(path)
    columns: dict[str, list[object]] = {}
    lines: list[int] = []
    for chunk in read_chunks(path, shape=FileShape(sheet=sheet)):
        if chunk.ragged:
            row = chunk.ragged[0]
            cause = f"It has {row.found} fields where the heading has {row.expected}."
            raise FileUnreadable(path.name, cause, "Put texts with commas in quotes, or save as .xlsx.", row.line)
        for name, values in chunk.columns.items():
            columns.setdefault(name, []).extend(values.tolist() if hasattr(values, "tolist") else values.to_pylist())
        lines.extend(chunk.lines.tolist())
        if len(lines) > MOST_ROWS:
            raise FileUnreadable(path.name, f"It has more than {MOST_ROWS:,} rows.", "A plan has a row per unit.")
    fields = _fields(path.name, tuple(columns), unit, zone, placed=False)
    return PlanRows(path.name, fields, tuple(_rows(lines, columns, fields)))


def _unit_sheet(path: Path) -> str | None:
    if not path.is_file():
        return None
    require_safe_archive(path)
    try:
        book = load_workbook(path, read_only=True)
    except Exception as error:  # the library says in many ways that a file is no workbook
        raise FileUnreadable(path.name, "It is no Excel workbook.", "Save it as .xlsx.") from error
    names = list(book.sheetnames)
    book.close()
    return UNIT_SHEET if UNIT_SHEET in names else None


def _features(file: PolygonFile, name: str, unit: str | None, zone: str | None) -> PlanRows:
    fields = _fields(name, file.fields or _present(file), unit, zone, placed=True)
    columns = {
        field: [feature.attributes.get(field) for feature in file.features]
        for field in (fields.unit, fields.zone, fields.title)
        if field is not None
    }
    numbers = [feature.number for feature in file.features]
    return PlanRows(name, fields, tuple(_rows(numbers, columns, fields)), _degrees(file, name))


def _present(file: PolygonFile) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for feature in file.features for name in feature.attributes))


def _rows(numbers: Sequence[int], columns: Mapping[str, Sequence[object]], fields: PlanFields) -> Iterator[PlanRow]:
    empty: Sequence[object] = [None] * len(numbers)
    units = columns[fields.unit] if fields.unit else empty
    titles = columns[fields.title] if fields.title else empty
    for number, unit, zone, title in zip(numbers, units, columns[fields.zone], titles, strict=True):
        code, home, name = _text(unit), _text(zone), _text(title)
        if code or home or name:
            yield PlanRow(number, code, None if home is None or home.lower() in _EMPTY else home, name)


def _text(value: object) -> str | None:
    """A cell as text: whole numbers without a point, and without the apostrophe that keeps formulas from running."""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else None if value != value else value
    text = "" if value is None else " ".join(str(value).split())
    if text.startswith("'") and text[1:].startswith(FORMULA_STARTS):
        text = text[1:]
    if text.endswith(".0") and text[:-2].isdigit():
        text = text[:-2]
    return text or None


def _fields(file: str, present: tuple[str, ...], unit: str | None, zone: str | None, *, placed: bool) -> PlanFields:
    unit_field = _named(file, present, unit) or _usual(present, CODE_NAMES)
    zone_field = _named(file, present, zone) or _usual(present, ZONE_NAMES)
    if zone_field is None:
        raise _missing(file, "zone", present, "zone or 片区")
    if unit_field is None and not placed:
        raise _missing(file, "code", present, "code or 编码")
    title = _usual(present, TITLE_NAMES)
    return PlanFields(unit_field, zone_field, None if title == zone_field else title)


def _named(file: str, present: tuple[str, ...], wanted: str | None) -> str | None:
    if wanted is None:
        return None
    found = _usual(present, (wanted,))
    if found is None:
        raise UnitFileInvalid(
            file, wanted, "the file has no such column.", f"Its columns are: {', '.join(present) or 'none'}."
        )
    return found


def _usual(present: tuple[str, ...], names: tuple[str, ...]) -> str | None:
    loose = {plain_name(name): name for name in reversed(present)}
    return next((loose[plain_name(name)] for name in names if plain_name(name) in loose), None)


def _missing(file: str, field: str, present: tuple[str, ...], usual: str) -> UnitFileInvalid:
    return UnitFileInvalid(
        file,
        field,
        f"no column of the file is called {usual}; its columns are: {', '.join(present) or 'none'}.",
        "Say which column it is (--id-field and --zone-field, or the fields of the form).",
    )


def _degrees(file: PolygonFile, name: str) -> Shapes:
    """(n,) polygons in degrees; None where a feature has none, or none that its system has a place for.

    Raises:
        UnitFileInvalid: The coordinates are no degrees, and their system is not known.
    """
    shapes = np.array([feature.geometry for feature in file.features] or [None], dtype=object)[: len(file.features)]
    if file.crs is not None:
        shapes = named_system(file.crs).to_wgs84(shapes)
    bounds = shapely.total_bounds(shapes)
    if np.isfinite(bounds).all() and (np.abs(bounds) > [180, 90, 180, 90]).any():
        raise UnitFileInvalid(
            name,
            "geometry",
            "the coordinates are no degrees, and the file does not say in which system they are.",
            "Save the layer again with its coordinate system (in QGIS: Export, CRS EPSG:4326).",
        )
    nowhere = ~np.isfinite(shapely.bounds(shapes).reshape(-1, 4)).all(axis=1)
    shapes[nowhere] = None
    wrong = ~(shapely.is_valid(shapes) | shapely.is_missing(shapes))
    shapes[wrong] = shapely.make_valid(shapes[wrong], method="structure", keep_collapsed=False)
    return shapes


@contextmanager
def _opened(path: Path) -> Iterator[Path]:
    """The file itself, or the Shapefile inside a zip, unpacked so that its encoding can be found out."""
    if path.suffix.lower() != ".zip" or not path.is_file():
        yield path
        return
    require_polygon_kind(path)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        inside = [name for name in archive.namelist() if not name.endswith("/")]
        for name in inside:
            (Path(folder) / f"plan{Path(name).suffix.lower()}").write_bytes(archive.read(name))
        yield Path(folder) / "plan.shp"
