"""Is a plan that comes from outside a plan of these units? If so which, and if not, what is wrong in which row?"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from data.zoning.plan_rows import PlanRow, PlanRows
from geo.zoning.check import Fault, check_plan
from geo.zoning.graph import Ints
from geo.zoning.plan_hash import plan_hash
from geo.zoning.problem import ZoneRules, ZoningUnits
from geo.zoning.refusal import Rule, named

Shapes = NDArray[np.object_]

MOST_FAULTS = 200
MOST_NAME = 120
_COVERED = 0.5
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class KnownUnits:
    """The units that a plan of this kind has.

    Attributes:
        within: name of the unit that is divided.
        boundary_revision: revision of the boundaries.
        units: the units for the check, with borders, links, cuts and fence; their ids are the codes.
        shapes: (n,) polygons in degrees; None where codes alone are to count.
        elsewhere: codes that are known but none of these units, each with what it is.
    """

    within: str
    boundary_revision: int
    units: ZoningUnits
    shapes: Shapes | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the units."""
        return self.units.ids


class FileFault(StrEnum):
    """What can stand in the way of a plan in a file; pages have a sentence for each."""

    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"
    NUMBER_CUT = "number_cut"
    NO_CODE = "no_code"
    NO_PLACE = "no_place"
    NOTHING = "nothing"
    TWICE = "twice"
    MISSING = "missing"
    TORN = "torn"
    LONG_NAME = "long_name"
    FENCE = "fence"
    PIECES = "pieces"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class PlanFault:
    """Something in a file that stands in the way of a plan.

    Attributes:
        kind: what it is.
        row: number of the row or feature; None where it concerns the whole.
        field: column, `geometry` or `plan`.
        cause, remedy: sentences.
        units: codes concerned, a few of `count`.
    """

    kind: FileFault
    row: int | None
    field: str
    cause: str
    remedy: str
    units: tuple[str, ...] = ()
    count: int = 0

    def __str__(self) -> str:
        """Place, cause and remedy."""
        place = self.field if self.row is None else f"row {self.row}, {self.field}"
        return f"{place}: {self.cause} {self.remedy}"


@dataclass(frozen=True, slots=True)
class ImportedPlan:
    """A plan that was read and found sound.

    Attributes:
        codes: (n,) codes of the units.
        zone: (n,) zone of each, −1 for none; numbered in the order of the smallest code.
        names: name of each zone by its number; empty where the file gives none.
        notes: what was understood rather than read.
    """

    codes: tuple[str, ...]
    zone: Ints
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of who is together with whom."""
        return plan_hash(self.codes, self.zone)


@dataclass(frozen=True, slots=True)
class RefusedPlan:
    """A file that holds no plan of these units.

    Attributes:
        faults: at most `MOST_FAULTS` of them.
        count: how many there are.
    """

    faults: tuple[PlanFault, ...]
    count: int


def match_plan(file: PlanRows, known: KnownUnits) -> ImportedPlan | RefusedPlan:
    """Put the rows of a file on the units, and check the plan that they make.

    A row names its unit by code. A polygon without a code stands for all units that it covers by more than half: a unit
    that lost its code as well as the outline of a whole zone. A row without a zone leaves its unit in none.

    Args:
        file: the rows.
        known: the units.

    Returns:
        The plan, or everything that is wrong with it.
    """
    homes, faults, notes = _homes(file, known)
    faults += _twice(homes, file, known) + _missing(homes, known)
    if faults:
        return _refused(faults)
    zone, names, more = _numbered(file.rows, [rows[0] for rows in homes.values()], known.codes)
    unsure = _torn(file, [rows[0] for rows in homes.values()], zone, names) + _long_names(file)
    if unsure:
        return _refused(unsure)
    rules = ZoneRules(zones=max(int(zone.max(initial=-1)) + 1, 1))
    unsound = [fault for fault in check_plan(known.units, rules, zone) if not _is_unassigned(fault)]
    if unsound:
        rows = {code: file.rows[homes[k][0]].number for k, code in enumerate(known.codes)}
        spelt = {int(zone[k]): file.rows[homes[k][0]].zone or "" for k in range(len(zone))}
        return _refused([_of_check(fault, file, names, spelt, rows) for fault in unsound])
    return ImportedPlan(known.codes, zone, names, (*notes, *more))


def _refused(faults: Sequence[PlanFault]) -> RefusedPlan:
    ordered = sorted(faults, key=lambda fault: (fault.row is None, fault.row or 0))
    return RefusedPlan(tuple(ordered[:MOST_FAULTS]), len(faults))


def _homes(file: PlanRows, known: KnownUnits) -> tuple[dict[int, list[int]], list[PlanFault], list[str]]:
    """Rows of each unit by its index; faults of rows that are on no unit; notes."""
    place = {code: k for k, code in enumerate(known.codes)}
    padded = _padded(known.codes)
    homes: dict[int, list[int]] = {k: [] for k in range(len(known.codes))}
    faults: list[PlanFault] = []
    unplaced, filled = [], 0
    for index, row in enumerate(file.rows):
        unit = place.get(row.unit or "")
        if unit is None and row.unit is not None and row.unit in padded:
            unit, filled = padded[row.unit], filled + 1
        if unit is not None:
            homes[unit].append(index)
        elif row.unit is None:
            unplaced.append(index)
        else:
            faults.append(_unknown(row, file, known))
    notes = [f"{filled:,} codes had lost leading zeros, which were put back."] if filled else []
    if unplaced:
        found, problems = _by_place(unplaced, file, known)
        faults += problems
        for unit, index in found:
            homes[unit].append(index)
        if found:
            notes.append(f"{len({unit for unit, _ in found}):,} units without a code were told by their place.")
    return homes, faults, notes


def _padded(codes: tuple[str, ...]) -> dict[str, int]:
    """Index by the code without its leading zeros, where no two codes become one; spreadsheets cut them off."""
    bare = Counter(code.lstrip("0") for code in codes)
    return {
        code.lstrip("0"): k
        for k, code in enumerate(codes)
        if code.startswith("0") and code.isdigit() and bare[code.lstrip("0")] == 1
    }


def _unknown(row: PlanRow, file: PlanRows, known: KnownUnits) -> PlanFault:
    unit, field_name = row.unit or "", file.fields.unit or "code"
    if unit in known.elsewhere:
        remedy = "Export the plan again and edit that, or leave the row out."
        return PlanFault(
            FileFault.ELSEWHERE, row.number, field_name, f"{unit} {known.elsewhere[unit]}.", remedy, (unit,)
        )
    if _is_number_cut(unit):
        cause = f"{unit!r} is a code that a spreadsheet turned into a number and cut."
        return PlanFault(
            FileFault.NUMBER_CUT,
            row.number,
            field_name,
            cause,
            "Edit the Excel file (.xlsx) instead of the CSV.",
            (unit,),
        )
    cause = f"there is no unit {unit!r} in {known.within}."
    return PlanFault(
        FileFault.UNKNOWN, row.number, field_name, cause, "Correct the code, or leave the row out.", (unit,)
    )


def _is_number_cut(text: str) -> bool:
    head, mark, power = text.upper().partition("E+")
    return bool(mark) and power.isdigit() and head.replace(".", "", 1).isdigit()


def _by_place(
    unplaced: Sequence[int], file: PlanRows, known: KnownUnits
) -> tuple[list[tuple[int, int]], list[PlanFault]]:
    """Pairs of unit and row for polygons without a code, and faults of those that cover no unit."""
    field_name = file.fields.unit or "code"
    if file.shapes is None or known.shapes is None:
        remedy = "Write the code of the unit, or delete the row."
        no_code, words = FileFault.NO_CODE, "the row has no code."
        return [], [PlanFault(no_code, file.rows[k].number, field_name, words, remedy) for k in unplaced]
    tree = shapely.STRtree(known.shapes)
    areas = shapely.area(known.shapes)
    found, faults = [], []
    for index in unplaced:
        row, shape = file.rows[index], file.shapes[index]
        near = tree.query(shape, predicate="intersects") if shape is not None else np.empty(0, np.int64)
        shares = shapely.area(shapely.intersection(known.shapes[near], shape)) / areas[near]
        covered = np.sort(near[shares > _COVERED]).tolist()
        found += [(unit, index) for unit in covered]
        if not covered:
            faults.append(_nowhere(row, shape is None, known))
    return found, faults


def _nowhere(row: PlanRow, no_shape: bool, known: KnownUnits) -> PlanFault:
    if no_shape:
        return PlanFault(
            FileFault.NOTHING, row.number, "geometry", "the feature has neither a code nor a polygon.", "Delete it."
        )
    cause = f"the polygon has no code and covers no unit of {known.within} by more than half."
    remedy = "Write the code, or check the coordinate system of the layer."
    return PlanFault(FileFault.NO_PLACE, row.number, "geometry", cause, remedy)


def _twice(homes: Mapping[int, Sequence[int]], file: PlanRows, known: KnownUnits) -> list[PlanFault]:
    faults = []
    for unit, rows in homes.items():
        if len(rows) > 1:
            numbers = ", ".join(str(file.rows[k].number) for k in rows)
            code = known.codes[unit]
            cause = f"the unit {code} stands in the rows {numbers}."
            row, field_name = file.rows[rows[1]].number, file.fields.unit or "geometry"
            faults.append(PlanFault(FileFault.TWICE, row, field_name, cause, "Keep one of them.", (code,)))
    return faults


def _missing(homes: Mapping[int, Sequence[int]], known: KnownUnits) -> list[PlanFault]:
    missing = tuple(known.codes[unit] for unit, rows in homes.items() if not rows)
    if not missing:
        return []
    cause = f"{len(missing):,} of {len(known.codes):,} units of {known.within} are not in the file: {named(missing)}."
    remedy = "Add a row for each; leave its zone empty where it is to be in none."
    return [PlanFault(FileFault.MISSING, None, "plan", cause, remedy, missing[:_SHOWN], len(missing))]


def _numbered(
    rows: Sequence[PlanRow], homes: Sequence[int], codes: tuple[str, ...]
) -> tuple[Ints, tuple[str, ...], list[str]]:
    """Zone of each unit, numbered in the order of the smallest code, names of the zones, and notes."""
    order = sorted(range(len(codes)), key=codes.__getitem__)
    number: dict[str, int] = {}
    titles: dict[int, Counter[str]] = defaultdict(Counter)
    zone = np.full(len(codes), -1, np.int64)
    for k in order:
        row = rows[homes[k]]
        if row.zone is not None:
            zone[k] = number.setdefault(row.zone, len(number))
            titles[int(zone[k])][row.title or ""] += 1
    spelt = {n: text for text, n in number.items()}
    names = tuple(_title(titles[n], spelt[n]) for n in range(len(number)))
    unsure = [spelt[n] for n in range(len(number)) if len(titles[n]) > 1]
    notes = [f"Zones with several names took the most frequent one: {named(tuple(unsure))}."] if unsure else []
    return zone, names, notes


def _title(titles: Counter[str], spelt: str) -> str:
    """The most frequent name, of several the first by code; what was written as zone where that is a name itself."""
    title = titles.most_common(1)[0][0]
    return title or ("" if spelt.isdigit() else spelt)


def _torn(file: PlanRows, homes: Sequence[int], zone: Ints, names: tuple[str, ...]) -> list[PlanFault]:
    """Rows whose number says one zone and whose name another: only one of the two columns was edited."""
    by_name = {name: number for number, name in enumerate(names) if name and names.count(name) == 1}
    faults = []
    for index, number in zip(homes, zone.tolist(), strict=True):
        row = file.rows[index]
        if row.title is not None and by_name.get(row.title, number) != number:
            cause = f"{file.fields.zone} says {row.zone or 'no zone'}, but {row.title!r} is the name of another zone."
            remedy = f"Change both, or empty the column {file.fields.title}; {file.fields.zone} is what counts."
            faults.append(PlanFault(FileFault.TORN, row.number, file.fields.zone, cause, remedy, (row.unit or "",)))
    return faults


def _long_names(file: PlanRows) -> list[PlanFault]:
    """Names of zones that are too long to be stored."""
    field_name = file.fields.title or file.fields.zone
    texts = [(row, row.title if file.fields.title else row.zone) for row in file.rows]
    return [
        PlanFault(
            FileFault.LONG_NAME,
            row.number,
            field_name,
            f"the name has {len(text)} characters.",
            f"Give at most {MOST_NAME}.",
        )
        for row, text in texts
        if text is not None and len(text) > MOST_NAME
    ]


def _is_unassigned(fault: Fault) -> bool:
    return fault.rule is Rule.ZONES and bool(fault.units) and not fault.zones


def _of_check(
    fault: Fault, file: PlanRows, names: tuple[str, ...], spelt: Mapping[int, str], rows: Mapping[str, int]
) -> PlanFault:
    called = " and ".join(_called(spelt[k], names[k]) for k in fault.zones)
    row = rows.get(fault.units[0]) if fault.units else None
    if fault.rule is not Rule.CONNECTED:
        units, count = fault.units[:_SHOWN], len(fault.units)
        return PlanFault(FileFault.RULE, row, file.fields.zone, fault.text, "Correct the zones.", units, count)
    is_crossing = "crosses" in fault.text
    why = "crosses the fence" if is_crossing else "is not in one piece"
    cause = f"{called} {why}: {named(fault.units)} {'lies' if len(fault.units) == 1 else 'lie'} apart."
    remedy = "Give the units that lie apart to a zone beside them, or make a zone of their own."
    kind = FileFault.FENCE if is_crossing else FileFault.PIECES
    return PlanFault(kind, row, file.fields.zone, cause, remedy, fault.units[:_SHOWN], len(fault.units))


def _called(spelt: str, name: str) -> str:
    return f"zone {spelt!r} ({name})" if name and name != spelt else f"zone {spelt!r}"
