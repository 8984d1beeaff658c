"""Where do the units of the database, or of a file, not tile their parents or not form a tree? (划分体检)"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psycopg
import shapely
from sqlalchemy import Engine

from data.engine import psycopg_connection
from data.importing.polygon_files import read_polygons
from data.importing.unit_candidates import EXTENT_MARGIN_DEG, box_of, find_candidates, selected_features
from data.importing.unit_datum import choose_system
from data.importing.unit_doubts import doubtful_datums
from data.importing.unit_levels import LevelRow, level_of, read_levels
from data.importing.unit_parents import Placed, place_in_tree
from data.importing.unit_report import RejectedUnit, RepairedUnit, UnitNote
from data.importing.unit_source import UnitSource
from data.importing.unit_store import StoredUnit, read_units
from geo.division import DivisionFinding, DivisionLimits, UnitLayer, check_division
from geo.hierarchy import HierarchyFinding, check_hierarchy


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One fault of a division or of the tree.

    Attributes:
        level: key of the level.
        kind: a `DivisionFault` or a `HierarchyFault`.
        codes: the units concerned.
        lon, lat: a place within the fault; None where it has no place.
        area_m2: size of the fault.
        share: that size as a share of the unit concerned.
        households: of an oversize unit.
        geometry: the area of the fault as GeoJSON; None where it has none.
    """

    level: str
    kind: str
    codes: tuple[str, ...]
    lon: float | None
    lat: float | None
    area_m2: float
    share: float
    households: int | None
    geometry: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class UnitCheck:
    """Result of a division check.

    `rejected`, `repaired` and `notes` say what reading a file already found; they are empty for a check of the
    database.
    """

    checked: dict[str, int]
    findings: tuple[CheckFinding, ...]
    rejected: tuple[RejectedUnit, ...] = ()
    repaired: tuple[RepairedUnit, ...] = ()
    notes: tuple[UnitNote, ...] = ()

    def counts(self) -> dict[str, dict[str, int]]:
        """Number of findings by level and kind."""
        totals = Counter((finding.level, finding.kind) for finding in self.findings)
        kinds = sorted({kind for _, kind in totals})
        return {level: {kind: totals[level, kind] for kind in kinds if totals[level, kind]} for level in self.checked}

    def as_json(self) -> dict[str, Any]:
        """The check as plain values, without the areas."""
        plain = [{k: v for k, v in asdict(finding).items() if k != "geometry"} for finding in self.findings]
        lists = {name: [asdict(item) for item in getattr(self, name)] for name in ("rejected", "repaired", "notes")}
        return {"checked": self.checked, "counts": self.counts(), "findings": plain, **lists}

    def as_geojson(self) -> dict[str, Any]:
        """The problem areas as a GeoJSON FeatureCollection."""
        features = [
            {
                "type": "Feature",
                "properties": {k: v for k, v in asdict(finding).items() if k != "geometry"},
                "geometry": finding.geometry,
            }
            for finding in self.findings
        ]
        return {"type": "FeatureCollection", "features": features}

    def lines(self) -> tuple[str, ...]:
        """The check as lines for a screen: totals, then each finding with place and size."""
        heads = [
            f"{level}: {count} units, "
            + (", ".join(f"{number} {kind}" for kind, number in self.counts()[level].items()) or "no faults")
            for level, count in self.checked.items()
        ]
        rows = [f"  rejected: feature {item.row.number} {item.row.code}: {item.reason}" for item in self.rejected]
        rows += [f"  repaired: feature {item.row.number} {item.row.code}: {item.repair}" for item in self.repaired]
        rows += [f"  note: feature {item.row.number} {item.row.code}: {item.kind}, {item.text}" for item in self.notes]
        return (*heads, *rows, *(f"  {_line(finding)}" for finding in self.findings))


def check_units(engine: Engine, levels: Sequence[str] | None = None, limits: DivisionLimits | None = None) -> UnitCheck:
    """Check the current units of the database: geometry, cover of the parents, the tree and the codes.

    Args:
        engine: on a migrated database.
        levels: keys of the levels to check; None checks all.
        limits: what counts as a fault.

    Raises:
        LevelUnknown: A key names no level.
    """
    with engine.connect() as connection:
        raw = psycopg_connection(connection)
        known = read_levels(raw)
        wanted = known if levels is None else tuple(level_of(known, key) for key in levels)
        units = {level.key: read_units(raw, level.key) for level in known}
    findings = [finding for level in wanted for finding in _level_findings(level, known, units, limits)]
    findings += _tree_findings(known, units, {level.key for level in wanted})
    return UnitCheck({level.key: len(units[level.key]) for level in wanted}, tuple(findings))


def check_unit_file(
    source: UnitSource,
    *,
    level: str,
    connection: psycopg.Connection | None = None,
    limits: DivisionLimits | None = None,
) -> UnitCheck:
    """Check a polygon file without importing it; nothing is written.

    Args:
        source: the file and what it says where.
        level: key of the level, for the report; with a connection also to find the units above.
        connection: on a database whose units of the level above the file should tile; None checks the file alone.
        limits: what counts as a fault.
    """
    above = _above(connection, level) if connection is not None else ()
    frame = np.array([unit.geometry for unit in above], dtype=object) if above else None
    file = selected_features(source, read_polygons(source.path, source.layer))
    system, _ = choose_system(file, source.crs, frame)
    found = find_candidates(source, file, system, None if frame is None else box_of(frame, EXTENT_MARGIN_DEG))
    placed = place_in_tree(found, above, source.parent, "above") if above else Placed(found, (None,) * len(found.units))
    units = placed.candidates.units
    codes = {unit.id: unit.code for unit in above}
    layer = UnitLayer(
        codes=tuple(unit.code or f"#{unit.row.number}" for unit in units),
        geometries=placed.candidates.shapes(),
        parents=tuple(codes.get(parent or 0) for parent in placed.parent_ids) if above else (),
        households=_households([unit.households for unit in units]),
    )
    faults = check_division(layer, _layer(above, {}) if above else None, limits) if units else ()
    doubts = doubtful_datums(units, np.empty(0, dtype=object))
    sorted_out = placed.candidates
    return UnitCheck(
        {level: len(units)},
        tuple(_from_division(level, fault) for fault in faults),
        sorted_out.rejected,
        sorted_out.repaired,
        (*sorted_out.notes, *doubts),
    )


def _above(connection: psycopg.Connection, key: str) -> tuple[StoredUnit, ...]:
    levels = read_levels(connection)
    own = level_of(levels, key)
    return read_units(connection, levels[own.rank - 1].key) if own.rank else ()


def _level_findings(
    level: LevelRow,
    known: Sequence[LevelRow],
    units: dict[str, tuple[StoredUnit, ...]],
    limits: DivisionLimits | None,
) -> list[CheckFinding]:
    own = units[level.key]
    if not own:
        return []
    above = units[known[level.rank - 1].key] if level.rank else ()
    frame = _layer(above, {}) if above else None
    layer = _layer(own, {unit.id: unit.code for unit in above})
    return [_from_division(level.key, fault) for fault in check_division(layer, frame, limits)]


def _layer(units: Sequence[StoredUnit], parent_codes: dict[int, str]) -> UnitLayer:
    return UnitLayer(
        codes=tuple(unit.code for unit in units),
        geometries=np.array([unit.geometry for unit in units], dtype=object),
        parents=tuple(parent_codes.get(unit.parent_id or 0) for unit in units) if parent_codes else (),
        households=_households([unit.households for unit in units]),
    )


def _households(numbers: Sequence[int | None]) -> Any:
    if all(number is None for number in numbers):
        return None
    return np.array([-1 if number is None else number for number in numbers], np.int64)


def _from_division(level: str, fault: DivisionFinding) -> CheckFinding:
    lon, lat = fault.lonlat or (None, None)
    shape = None if fault.geometry is None else shapely.geometry.mapping(fault.geometry)
    return CheckFinding(
        level, fault.fault.value, fault.codes, lon, lat, fault.area_m2, fault.share, fault.households, shape
    )


def _tree_findings(
    known: Sequence[LevelRow], units: dict[str, tuple[StoredUnit, ...]], wanted: set[str]
) -> list[CheckFinding]:
    """Faults of the tree over all levels; units are told apart by id because codes repeat between levels."""
    rows = [(level, unit) for level in known for unit in units[level.key]]
    faults = check_hierarchy(
        [str(unit.id) for _, unit in rows],
        [None if unit.parent_id is None else str(unit.parent_id) for _, unit in rows],
        [level.rank + 1 for level, _ in rows],
        area_codes=[unit.code for _, unit in rows],
    )
    named = [_from_tree(fault, rows[fault.row][0].key, [rows[row][1] for row in fault.rows]) for fault in faults]
    return [finding for finding in named if finding.level in wanted]


def _from_tree(fault: HierarchyFinding, level: str, members: Sequence[StoredUnit]) -> CheckFinding:
    place = shapely.point_on_surface(members[0].geometry)
    codes = tuple(unit.code for unit in members)
    return CheckFinding(level, fault.fault.value, codes, place.x, place.y, 0.0, 1.0, None, None)


def _line(finding: CheckFinding) -> str:
    place = "" if finding.lon is None else f" at {finding.lon:.6f}, {finding.lat:.6f}"
    size = f" {finding.area_m2:,.0f} m2 ({finding.share:.1%})" if finding.area_m2 else ""
    people = f" {finding.households} households" if finding.households is not None else ""
    return f"{finding.level} {finding.kind}: {', '.join(finding.codes)}{size}{people}{place}"
