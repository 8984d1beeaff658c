"""Which choices do the filters offer?"""

from collections.abc import Sequence
from typing import Any

from dashboard.i18n.translate import pick, t
from dashboard.views.numbers import write_count
from data.reads.catalog import ClassEntry, GroupEntry, ScenarioEntry
from data.reads.levels import Level
from data.reads.zone_facts import ZONE

Choice = dict[str, Any]


def class_choices(
    groups: Sequence[GroupEntry], classes: Sequence[ClassEntry], scenarios: Sequence[ScenarioEntry], lang: str
) -> list[Choice]:
    """Families, then each group with its classes, then the scenarios; values are terms of the class filter."""
    names = {entry.code: pick(lang, entry.name_zh, entry.name_en) for entry in classes}
    families = [_choice(f"family:{key}", t(f"map.family.{key}", lang)) for key in sorted({g.family for g in groups})]
    choices: list[Choice] = [{"group": t("map.class.families", lang), "items": families}]
    for group in groups:
        name = pick(lang, group.name_zh, group.name_en)
        whole = _choice(f"group:{group.key}", t("map.class.whole_group", lang, name=name))
        members = [_choice(code, names[code]) for code in group.classes]
        choices.append({"group": name, "items": [whole, *members]})
    named = [_choice(f"scenario:{entry.key}", pick(lang, entry.name_zh, entry.name_en)) for entry in scenarios]
    choices.append({"group": t("map.scenarios", lang), "items": named})
    return choices


def _choice(value: str, label: str) -> Choice:
    return {"value": value, "label": label}


def level_choices(levels: Sequence[Level], lang: str) -> list[Choice]:
    """The automatic level, then every level below the city with the number of its units."""
    return [
        _choice("", t("map.level.auto", lang)),
        *(
            _choice(
                level.key,
                t("map.level.all", lang, n=write_count(level.current), name=pick(lang, level.name_zh, level.name_en)),
            )
            for level in levels
            if level.rank > 0 or level.key == ZONE
        ),
    ]


def metric_choices(lang: str) -> list[Choice]:
    """The figures that can colour the map."""
    return [
        _choice(key, t(f"map.metric.{key}", lang)) for key in ("reported", "open", "overdue", "closed", "on_time_share")
    ]


def measure_choices(lang: str) -> list[Choice]:
    """How the reported incidents are measured."""
    return [_choice(key, t(f"map.measure.{key}", lang)) for key in ("reported", "per_km2", "per_1000")]
