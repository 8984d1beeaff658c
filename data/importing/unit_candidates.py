"""Which features of a file can become units, and what was mended or refused on the way?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.importing.errors import ColumnMissing
from data.importing.polygon_feature import FeatureFault, PolygonFeature, PolygonFile
from data.importing.unit_datum import CoordinateSystem
from data.importing.unit_report import RejectedUnit, RepairedUnit, UnitNote, UnitRow
from data.importing.unit_source import UnitFields, UnitSource
from data.importing.unit_table import TableRow, read_unit_table
from data.importing.unit_values import code_text, count_value, spec_fields, spec_text
from data.privacy.masking import mask_identifier, masked_text
from geo.box import Box
from geo.repair import Repaired, RepairProblem, repair_polygon

EXTENT_MARGIN_DEG = 0.3
"""So far outside the units above a polygon may lie before its axes are tried the other way round."""

_SMALL_CHANGE = 1e-6
_PERSONAL_CODE = FeatureFault("code", "the code is the number or address of a person", "Give the unit another code.")
_PROBLEMS: dict[RepairProblem, tuple[str, str]] = {
    RepairProblem.NULL: ("the geometry is null", "Draw the unit, or delete the feature."),
    RepairProblem.EMPTY: ("the geometry is empty", "Draw the unit, or delete the feature."),
    RepairProblem.NOT_POLYGON: ("the geometry is no polygon", "Give the unit's area."),
    RepairProblem.NOT_A_NUMBER: ("a coordinate is NaN or infinite", "Give the missing coordinate."),
    RepairProblem.TOO_FEW_POINTS: ("a ring has fewer than three corners", "Draw the unit again."),
    RepairProblem.OUT_OF_RANGE: (
        "the coordinates are no longitude and latitude, in either order",
        "Say in which system they are (crs).",
    ),
    RepairProblem.SLIVER: ("sliver: the area is below 1 square metre", "Delete the feature, or draw the unit again."),
}


@dataclass(frozen=True, slots=True)
class UnitCandidate:
    """A feature that can become a unit; a code or parent may still have to be found.

    `name` and the rest are None where the file does not say them.
    """

    row: UnitRow
    code: str | None
    name: str | None
    name_en: str | None
    parent_code: str | None
    population: int | None
    households: int | None
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Candidates:
    """Sorted features of a file."""

    units: tuple[UnitCandidate, ...]
    rejected: tuple[RejectedUnit, ...]
    repaired: tuple[RepairedUnit, ...]
    notes: tuple[UnitNote, ...]

    def shapes(self) -> NDArray[np.object_]:
        """Geometries (n,) in the order of the units."""
        return np.array([unit.geometry for unit in self.units], dtype=object)


def selected_features(source: UnitSource, file: PolygonFile) -> PolygonFile:
    """The file with the features of the level only.

    Raises:
        ColumnMissing: A field that the source names is not in the file.
    """
    _require_fields(source, file)
    if source.where is None:
        return file
    kept = tuple(feature for feature in file.features if source.where.keeps(feature.attributes))
    return PolygonFile(file.path, kept, file.crs, file.fields, file.encoding)


def find_candidates(source: UnitSource, file: PolygonFile, system: CoordinateSystem, extent: Box | None) -> Candidates:
    """Convert, repair and read the features of one level.

    Args:
        source: which attribute holds what.
        file: the features of the level.
        system: in which their coordinates are.
        extent: box of the city with a margin, if it is known: tells exchanged axes.
    """
    extra, table_rejected = _attribute_rows(source)
    sorter = _Sorter(source, extra, extent)
    for feature, geometry in zip(file.features, _converted(file, system), strict=True):
        sorter.take(feature, geometry)
    found = sorter.result()
    return Candidates(found.units, (*table_rejected, *found.rejected), found.repaired, found.notes)


def _require_fields(source: UnitSource, file: PolygonFile) -> None:
    own = source.fields if source.attributes is None else UnitFields(source.fields.code, parent=source.fields.parent)
    for meaning, spec in own.named().items():
        for field in spec_fields(spec):
            if field not in file.fields:
                raise ColumnMissing(file.path.name, meaning, field, file.fields)
    for field in source.where.fields() if source.where else ():
        if field not in file.fields:
            raise ColumnMissing(file.path.name, "where", field, file.fields)


def _attribute_rows(source: UnitSource) -> tuple[Mapping[str, TableRow], tuple[RejectedUnit, ...]]:
    """Rows of the attribute table by code; empty without a table."""
    table = source.attributes
    if table is None or table.fields.code is None:
        return {}, ()
    columns = tuple(field for spec in table.fields.named().values() for field in spec_fields(spec))
    read = read_unit_table(table.path, columns, table.where)
    return read.by_code(table.fields.code), read.ragged


def _converted(file: PolygonFile, system: CoordinateSystem) -> NDArray[np.object_]:
    shapes = np.array([feature.geometry for feature in file.features] or [None], dtype=object)[: len(file.features)]
    return system.to_wgs84(shapes)


class _Sorter:
    """Puts each feature among the units or the rejected ones, and keeps the lists of what happened."""

    def __init__(self, source: UnitSource, extra: Mapping[str, TableRow], extent: Box | None) -> None:
        self._source = source
        self._extra = extra
        self._extent = extent
        self._units: list[UnitCandidate] = []
        self._rejected: list[RejectedUnit] = []
        self._repaired: list[RepairedUnit] = []
        self._notes: list[UnitNote] = []
        self._first_of: dict[str, UnitRow] = {}

    def take(self, feature: PolygonFeature, geometry: BaseGeometry | None) -> None:
        """Sort one feature, with its geometry in WGS 84."""
        code = spec_text(self._source.fields.code, feature.attributes)
        shown = mask_identifier(code or "")
        row = UnitRow(masked_text(self._source.path.name), feature.number, feature.line, shown.text)
        fault = feature.fault or (_PERSONAL_CODE if shown.counts else self._code_fault(row, code))
        if fault is not None:
            self._reject(row, fault)
            return
        mended = repair_polygon(geometry, extent=self._extent)
        if mended.problem is not None:
            reason, remedy = _PROBLEMS[RepairProblem(mended.problem)]
            self._reject(row, FeatureFault("geometry", reason, remedy))
            return
        self._note_repairs(row, feature, mended)
        self._units.append(self._candidate(row, code, feature, mended.geometry))
        if code is not None:
            self._first_of[code] = row

    def result(self) -> Candidates:
        """Everything sorted so far."""
        return Candidates(tuple(self._units), tuple(self._rejected), tuple(self._repaired), tuple(self._notes))

    def _reject(self, row: UnitRow, fault: FeatureFault) -> None:
        self._rejected.append(RejectedUnit(row, fault.field, masked_text(fault.reason), fault.remedy))

    def _code_fault(self, row: UnitRow, code: str | None) -> FeatureFault | None:
        field = self._source.fields.code
        if field is None:
            return None
        if code is None:
            return FeatureFault(field, "the code is empty", "Give the unit its code.")
        first = self._first_of.get(code)
        if first is None:
            return None
        text = f"feature {row.number} has the same code and was rejected"
        self._notes.append(UnitNote(first, "duplicate_code", text))
        return FeatureFault(
            field, f"duplicate code: feature {first.number} has {code!r} already", "Give each unit its own code."
        )

    def _note_repairs(self, row: UnitRow, feature: PolygonFeature, mended: Repaired) -> None:
        change = ""
        if mended.area_change_share > _SMALL_CHANGE:
            change = f"area {mended.area_before_m2:,.1f} m2 as given, {mended.area_after_m2:,.1f} m2 after"
        for action in dict.fromkeys((*feature.repairs, *mended.actions)):
            self._repaired.append(RepairedUnit(row, action.value, change))

    def _candidate(
        self, row: UnitRow, code: str | None, feature: PolygonFeature, geometry: BaseGeometry
    ) -> UnitCandidate:
        fields, values = self._source.fields, dict(feature.attributes)
        table = self._source.attributes
        joined = self._extra.get(code or "")
        if table is not None:
            parent, fields, values = fields.parent, table.fields, dict(joined.values if joined else {})
            fields = UnitFields(fields.code, fields.name, fields.name_en, parent or fields.parent, *_counts(fields))
            values.update({key: value for key, value in feature.attributes.items() if key == parent})
            if joined is None:
                text = f"{masked_text(table.path.name)} has no row for this code"
                self._notes.append(UnitNote(row, "no_attributes", text))
        return UnitCandidate(
            row,
            code,
            _masked(spec_text(fields.name, values)),
            _masked(spec_text(fields.name_en, values)),
            spec_text(fields.parent, values),
            self._count(row, fields.population, values),
            self._count(row, fields.households, values),
            geometry,
        )

    def _count(self, row: UnitRow, field: str | None, values: Mapping[str, object]) -> int | None:
        if field is None:
            return None
        try:
            return count_value(values.get(field))
        except ValueError:
            text = masked_text(code_text(values.get(field)) or "")
            self._notes.append(UnitNote(row, "count_unreadable", f"{field} = {text!r} is no whole number; left empty"))
            return None


def _masked(name: str | None) -> str | None:
    return None if name is None else masked_text(name)


def _counts(fields: UnitFields) -> tuple[str | None, str | None]:
    return fields.population, fields.households


def box_of(shapes: NDArray[np.object_] | Sequence[BaseGeometry], margin_deg: float) -> Box | None:
    """Box around polygons in degrees with a margin; None for none."""
    if not len(shapes):
        return None
    west, south, east, north = shapely.total_bounds(np.asarray(shapes, dtype=object))
    return Box(float(west), float(south), float(east), float(north)).expanded(margin_deg)
