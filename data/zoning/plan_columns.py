"""Which columns do the files of a plan have? The same in every format, so none is longer than ten letters."""

import json
import math
from collections.abc import Sequence

import numpy as np
import shapely

from data.zoning.plan_document import PlanDocument, PlanHead, PlanUnits, PlanZone, Shapes

Columns = dict[str, list[object]]

CODE_FIELD, KEY_FIELD, ZONE_FIELD, NAME_FIELD, FENCE_FIELD = "code", "zone_key", "zone", "zone_name", "fence"
_KM2, _KM = 1e-6, 1e-3


def unit_columns(document: PlanDocument) -> Columns:
    """One row per unit, by code; `code` and `zone_key` come first, since the hash is made of them."""
    units = document.units
    known = {zone.number: zone for zone in document.zones}
    mine = [known.get(number) for number in units.zone.tolist()]
    return {
        CODE_FIELD: list(units.codes),
        KEY_FIELD: list(document.zone_keys),
        ZONE_FIELD: [None if number < 0 else number + 1 for number in units.zone.tolist()],
        "zone_code": [zone.code if zone else "" for zone in mine],
        NAME_FIELD: [zone.name if zone else "" for zone in mine],
        "zone_en": [zone.name_en if zone else "" for zone in mine],
        "name": list(units.names),
        "name_en": list(units.names_en or [""] * len(units.codes)),
        "parent": list(units.parents),
        FENCE_FIELD: list(units.fences),
        "workload": [_rounded(value) for value in units.workload],
        "area_km2": [_rounded(value * _KM2) for value in units.area_m2],
        "revision": [document.head.boundary_revision] * len(units.codes),
    }


def zone_columns(document: PlanDocument) -> Columns:
    """One row per zone that has units, by number."""
    zones = [zone for zone in document.zones if zone.members]
    mean = mean_workload(zones)
    return {
        ZONE_FIELD: [zone.number + 1 for zone in zones],
        "zone_code": [zone.code for zone in zones],
        NAME_FIELD: [zone.name for zone in zones],
        "zone_en": [zone.name_en for zone in zones],
        "team": [zone.team for zone in zones],
        "members": [zone.members for zone in zones],
        "workload": [_rounded(zone.workload) for zone in zones],
        "work_share": [_rounded(zone.workload / mean) if mean else None for zone in zones],
        "area_km2": [_rounded(zone.area_m2 * _KM2) for zone in zones],
        "perim_km": [_rounded(zone.perimeter_m * _KM) for zone in zones],
        "roundness": [_rounded(zone.roundness) for zone in zones],
        "similarity": [None if zone.similarity is None else _rounded(zone.similarity) for zone in zones],
        "pieces": [zone.pieces for zone in zones],
        "revision": [document.head.boundary_revision] * len(zones),
    }


def mean_workload(zones: Sequence[PlanZone]) -> float:
    """Mean workload of zones; NaN where theirs is not known, 0 without zones."""
    return sum(zone.workload for zone in zones) / len(zones) if zones else 0.0


def zone_shapes(units: PlanUnits) -> dict[int, shapely.Geometry]:
    """The area of each zone that has units, by its number."""
    return {
        number: shapely.union_all(units.shapes[units.zone == number])
        for number in sorted(set(units.zone.tolist()) - {-1})
    }


def shapes_in_order(document: PlanDocument) -> Shapes:
    """Areas of the zones in the order of `zone_columns`."""
    found = zone_shapes(document.units)
    shapes = np.empty(len(found), dtype=object)
    shapes[:] = [found[zone.number] for zone in document.zones if zone.members]
    return shapes


def head_fields(document: PlanDocument) -> dict[str, object]:
    """Head of the plan, its figures and its hash as plain values, in the order in which a person reads them."""
    head, sums = document.head, document.sums
    return {
        "plan": head.id,
        "name": head.name,
        "state": head.state,
        "version": head.version,
        "within": head.within,
        "within_name": head.within_name,
        "within_name_en": head.within_name_en,
        "base": head.base,
        "boundary_revision": head.boundary_revision,
        "present_revision": head.present_revision,
        "older_boundaries": head.is_of_older_boundaries,
        "units": len(document.units.codes),
        "zones": sums.zones,
        "unassigned": sums.unassigned,
        "ratio": _rounded(sums.ratio),
        "compactness": _rounded(sums.compactness),
        "workload_max_over_mean": _rounded(sums.workload_max_over_mean),
        "contiguous": sums.contiguous,
        **_origin(head),
        "parameters": json.dumps(dict(head.parameters), ensure_ascii=False, sort_keys=True, default=str),
        "links": _pairs(document.links),
        "cuts": _pairs(document.cuts),
        "sha256": document.hash,
        "sha256_of": "lines code,zone_key in the order of code, UTF-8, each ended by a line feed",
    }


def _origin(head: PlanHead) -> dict[str, object]:
    days = {"since": head.since, "until": head.until}
    course = {"adopted_from": head.adopted_from, "superseded_from": head.superseded_from}
    return {
        "seed": head.seed,
        **{name: None if day is None else day.isoformat() for name, day in (days | course).items()},
        "made_by": head.made_by,
        "made_at": head.made_at.isoformat(),
    }


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return "; ".join(f"{a},{b}" for a, b in pairs)


def _rounded(value: float) -> float | None:
    """Six digits; None for what is not known."""
    return None if math.isnan(value) else round(float(value), 6)
