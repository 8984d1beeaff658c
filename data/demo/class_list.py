"""Which classes, sources and departments can a demo incident have?"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CATALOG = Path(__file__).resolve().parent.parent / "catalog"
SITUATIONS = Path(__file__).resolve().parent / "situations.yaml"

DEPARTMENT_OF_GROUP = {
    "public_utility": "utilities",
    "road_traffic": "transport",
    "construction": "housing_construction",
    "emergencies": "emergency_management",
    "marriage_family": "civil_affairs",
    "neighbour": "justice",
    "debt": "justice",
    "property_management": "housing_construction",
    "labour": "human_resources",
    "land": "natural_resources",
    "consumer": "market_regulation",
    "compensation": "justice",
    "relocation": "natural_resources",
    "sea_fishery": "marine_fishery",
    "fire": "fire_rescue",
    "disaster": "emergency_management",
    "disorder": "public_security",
    "accident": "emergency_management",
    "hardship": "civil_affairs",
    "fraud": "public_security",
}
DEPARTMENT_OF_CLASS = {
    "U-C-1-09": "fire_rescue",
    "U-C-2-06": "traffic_police",
    "U-C-2-07": "traffic_police",
    "U-C-3-08": "ecology",
    "U-C-5-04": "water",
    "U-C-5-05": "marine_fishery",
    "U-E-1-04": "water",
    "U-E-1-09": "water",
    "U-E-1-10": "ecology",
    "U-E-3-01": "ecology",
    "U-E-4-04": "traffic_police",
    "U-E-5-05": "water",
    "U-E-5-09": "public_security",
    "U-E-6-04": "agriculture",
    "S-D-6-04": "water",
    "S-D-8-01": "traffic_police",
    "S-D-8-02": "health",
    "S-P-2-01": "water",
    "S-P-2-03": "water",
    "S-P-2-07": "marine_fishery",
    "S-P-4-01": "traffic_police",
    "S-P-4-05": "market_regulation",
    "S-P-4-06": "marine_fishery",
    "S-P-4-08": "market_regulation",
    "S-P-6-04": "market_regulation",
}


@dataclass(frozen=True)
class TimeLimit:
    """How long handling may take: a number of `unit`s (urgent_hour, work_hour, work_day or calendar_day)."""

    limit: int
    unit: str


@dataclass(frozen=True)
class DemoClass:
    """One class of the catalog with what the generator needs of it."""

    code: str
    kind: str
    group: str
    severity: int
    limit: TimeLimit
    major_limit: TimeLimit
    department: str
    wordings: tuple[str, ...]


@dataclass(frozen=True)
class ClassList:
    """The catalog in file order; positions in these tuples are the indices used in incident columns."""

    classes: tuple[DemoClass, ...]
    sources: tuple[str, ...]
    departments: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Class codes in file order."""
        return tuple(row.code for row in self.classes)


@cache
def read_class_list() -> ClassList:
    """Read the catalog files that ship with the product."""
    wordings = _read(SITUATIONS)
    rows = _read(CATALOG / "classes.yaml")["classes"]
    return ClassList(
        classes=tuple(_demo_class(row, tuple(wordings[row["code"]])) for row in rows),
        sources=_keys("sources"),
        departments=_keys("departments"),
    )


def _read(path: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - both loaders are the safe ones


def _keys(name: str) -> tuple[str, ...]:
    return tuple(row["key"] for row in _read(CATALOG / f"{name}.yaml")[name])


def _demo_class(row: dict[str, Any], wordings: tuple[str, ...]) -> DemoClass:
    limits = {entry["when"]: TimeLimit(entry["limit"], entry["unit"]) for entry in row["limits"]}
    group = row["group"]["key"]
    fallback = DEPARTMENT_OF_GROUP.get(group, "urban_management")
    return DemoClass(
        code=row["code"],
        kind=row["kind"],
        group=group,
        severity=row["severity"],
        limit=limits["default"],
        major_limit=limits.get("major", limits["default"]),
        department=DEPARTMENT_OF_CLASS.get(row["code"], fallback),
        wordings=wordings,
    )
