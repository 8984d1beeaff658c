"""How much work does each unit bring?"""

from enum import StrEnum

import numpy as np

from data.zoning.caseload import Caseload
from geo.zoning.graph import Floats


class Workload(StrEnum):
    """What is counted as work."""

    CASES = "cases"
    HOURS = "hours"


def workload_of(kind: Workload, cases: Caseload, units: int) -> Floats:
    """(n,) work of each unit over the period: incidents, or estimated hours from dispatch to handling.

    The hours of an incident are estimated by the median of its class over all units, so that a unit does not seem
    busier because its cases wait longer; a class of which none is handled has the median of all.

    Args:
        kind: what is counted.
        cases: the incidents.
        units: number of units.
    """
    weight = None if kind is Workload.CASES else hours_by_class(cases)[cases.class_id]
    return np.bincount(cases.unit, weight, units).astype(np.float64)


def hours_by_class(cases: Caseload) -> Floats:
    """Median hours of handling by class id; 1 each where nothing at all was handled."""
    known = np.isfinite(cases.hours) & (cases.hours >= 0)
    usual = float(np.median(cases.hours[known])) if known.any() else 1.0
    hours = np.full(int(cases.class_id.max(initial=0)) + 1, usual)
    for class_id in np.unique(cases.class_id[known]):
        hours[class_id] = np.median(cases.hours[known & (cases.class_id == class_id)])
    return hours
