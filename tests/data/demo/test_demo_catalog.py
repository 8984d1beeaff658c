"""Do the catalog files that ship hold together, and do the generator's tables refer to them rightly?"""

from collections import Counter
from typing import Any

import yaml

from data.demo.class_list import (
    CATALOG,
    DEPARTMENT_OF_CLASS,
    DEPARTMENT_OF_GROUP,
    SITUATIONS,
    read_class_list,
)  # fmt: skip
from data.demo.matters import SOURCE_CHANCES
from data.demo.profiles import ARCHETYPES, COMMON, GROUP_WEIGHT, RARE, SHORE_ONLY
from data.demo.rhythm import DAY_OF_CLASS, DAY_OF_GROUP, DAY_PATTERNS, EVENING_CLASSES
from data.demo.truth import OUTBREAK_KINDS
from data.demo.wording import ENDINGS, OPENINGS

UNITS = {"urgent_hour", "work_hour", "work_day", "calendar_day"}
PLACES = {"sentry_post", "sentry_point", "police_room", "mediation_centre", "reservoir", "hydrant", "shelter", "camera"}


def read(name: str) -> Any:
    return yaml.safe_load((CATALOG / f"{name}.yaml").read_text(encoding="utf-8"))


def test_classes_are_complete_and_unique() -> None:
    rows = read("classes")["classes"]
    assert len(rows) == len({row["code"] for row in rows}) == len({(r["group"]["key"], r["name_zh"]) for r in rows})
    for row in rows:
        assert (row["family"], row["kind"]) in {
            ("urban", "component"), ("urban", "event"), ("safety", "dispute"), ("safety", "prevention"),
        }  # fmt: skip
        assert row["code"].startswith({"urban": "U-", "safety": "S-"}[row["family"]])
        assert set(row["group"]) == {"key", "zh", "en"}
        assert isinstance(row["sensitive"], bool)
        assert row["severity"] in (1, 2, 3)
        assert [limit["when"] for limit in row["limits"]] in (["default"], ["default", "major"])
        assert all(limit["unit"] in UNITS and limit["limit"] > 0 for limit in row["limits"])


def test_groups_leave_room_for_local_classes() -> None:
    rows = read("classes")["classes"]
    groups = Counter((row["kind"], row["group"]["key"]) for row in rows)
    per_kind = Counter(kind for kind, _ in groups)
    assert per_kind["component"] == 5
    assert per_kind["event"] == 6
    assert per_kind["prevention"] == 6
    assert per_kind["dispute"] >= 6
    assert max(groups.values()) < 50


def test_published_time_limits_are_the_defaults() -> None:
    limits = {row["code"]: row["limits"][0] for row in read("classes")["classes"]}
    assert limits["U-E-5-03"] == {"when": "default", "limit": 1, "unit": "urgent_hour"}
    assert limits["U-E-5-05"] == {"when": "default", "limit": 2, "unit": "urgent_hour"}
    assert limits["U-E-1-01"] == {"when": "default", "limit": 4, "unit": "work_hour"}
    assert limits["U-C-2-11"] == {"when": "default", "limit": 5, "unit": "work_day"}
    assert limits["U-E-1-14"] == {"when": "default", "limit": 15, "unit": "work_day"}


def test_sensitive_matters_are_marked() -> None:
    sensitive = {row["code"] for row in read("classes")["classes"] if row["sensitive"]}
    groups = {row["code"]: row["group"]["key"] for row in read("classes")["classes"]}
    for group in ("marriage_family", "hardship"):
        assert {code for code, key in groups.items() if key == group} <= sensitive
    assert "S-P-6-01" in sensitive
    assert "U-E-1-01" not in sensitive


def test_thirty_five_scenarios_in_thirteen_kinds_refer_to_classes_that_exist() -> None:
    document = read("scenarios")
    known = set(read_class_list().codes) | {row.group for row in read_class_list().classes}
    scenarios = document["scenarios"]
    assert len(scenarios) == len({row["key"] for row in scenarios}) == 35
    assert {row["kind"]["key"] for row in scenarios} == {kind["key"] for kind in document["kinds"]}
    assert len(document["kinds"]) == 13
    for row in scenarios:
        assert row["classes"]
        assert set(row["classes"]) <= known, row["key"]
        assert set(row["places"]) <= PLACES


def test_sources_and_departments_have_unique_keys_and_both_names() -> None:
    for name in ("sources", "departments"):
        rows = read(name)[name]
        assert len(rows) == len({row["key"] for row in rows}) >= 8
        assert all(set(row) == {"key", "zh", "en"} and all(row.values()) for row in rows)


def test_generator_tables_use_known_keys() -> None:
    classes = read_class_list()
    codes, groups = set(classes.codes), {row.group for row in classes.classes}
    for table in (DEPARTMENT_OF_CLASS, RARE, COMMON, SHORE_ONLY, DAY_OF_CLASS, EVENING_CLASSES):
        assert set(table) <= codes
    for grouped in (DEPARTMENT_OF_GROUP, DAY_OF_GROUP):
        assert set(grouped) <= groups
    assert set(GROUP_WEIGHT) == groups
    assert {row[0] for row in OUTBREAK_KINDS} <= codes
    assert all(set(archetype.boosts) <= codes | groups for archetype in ARCHETYPES)
    assert set(DAY_OF_CLASS.values()) | set(DAY_OF_GROUP.values()) <= set(DAY_PATTERNS)
    assert {row.department for row in classes.classes} <= set(classes.departments)
    assert set(OPENINGS) == set(classes.sources)
    assert set(ENDINGS) == set(SOURCE_CHANCES) == {row.kind for row in classes.classes}
    assert all(len(row) == len(classes.sources) for row in SOURCE_CHANCES.values())
    assert set(yaml.safe_load(SITUATIONS.read_text(encoding="utf-8"))) == codes
