"""What may each kind of panel say?"""

from collections.abc import Callable, Mapping
from typing import Any

from data.figures.definition import definitions
from data.wall.fields import Entry
from data.wall.scene import Ages, Light, Panel, PanelKind, Place, Text

COUNTED = ("reported", "open", "overdue", "closed", "on_time_share")
"""What a summary tells."""

COLOURED = ("reported", "open", "overdue", "closed", "on_time_share", "per_km2", "per_1000")
RANKED = ("score", "reported", "open", "overdue", "closed")
TREND = ("reported", "closed")
SUBJECTS = ("unit", "department", "class")
ACTS = ("report", "file", "breach", "close")
STATUSES = ("open", "overdue", "reported", "filed", "handling")
ACTIONS = ("cases", "map", "alerts", "none")
_COMMON = frozenset({"kind", "place", "share", "zh", "en", "source_zh", "source_en", "action", "late_s", "lost_s"})
_MOST_DAYS, _MOST_ROWS = 366, 20


def read_panel(entry: Entry, classes: tuple[str, ...], ages: Ages) -> Panel:
    """A panel of a scene.

    Args:
        classes: Of the scene, for panels that name none.
        ages: Of the file, for panels that name none.

    Raises:
        ScenesInvalid: A field is missing, unknown, or cannot be used.
    """
    kind = PanelKind(entry.choice("kind", tuple(PanelKind)))
    known, default_action, read = _KINDS[kind]
    entry.allow(_COMMON | known)
    asked = entry.words("class") or classes if "class" in known else ()
    common: dict[str, Any] = {
        "kind": kind,
        "place": Place(entry.choice("place", tuple(Place))),
        "title": entry.text(),
        "share": entry.number("share", 0.2, 12, 1.0),
        "source": _source(entry),
        "action": entry.choice("action", ACTIONS, default_action),
        "ages": _ages(entry, ages),
        "classes": asked,
    }
    return Panel(**common, **read(entry))


def _source(entry: Entry) -> Text | None:
    if not entry.has("source_zh") and not entry.has("source_en"):
        return None
    return entry.text("source_zh", "source_en")


def _ages(entry: Entry, ages: Ages) -> Ages:
    late_s, lost_s = entry.whole("late_s", 2, 3_600, ages.late_s), entry.whole("lost_s", 3, 86_400, ages.lost_s)
    if lost_s <= late_s:
        name = "lost_s" if entry.has("lost_s") else "late_s"
        raise entry.refuse(name, f"{lost_s} (lost) is not more than {late_s} (late).", "Data are late before lost.")
    return Ages(late_s, lost_s)


def _days(entry: Entry, default: int) -> int:
    return entry.whole("days", 1, _MOST_DAYS, default)


def _figure(entry: Entry) -> Mapping[str, Any]:
    metric = entry.choice("metric", (*COUNTED, *(figure.key for figure in definitions())))
    return {
        "metric": metric,
        "days": _days(entry, 1),
        "spark_days": entry.whole("spark_days", 2, 90, 14),
        "light": _light(entry.entry("light")) if entry.has("light") else None,
    }


def _light(entry: Entry) -> Light:
    entry.allow(frozenset({"yellow", "red"}))
    light = Light(entry.number("yellow", 0, 1e9), entry.number("red", 0, 1e9))
    if light.yellow == light.red:
        raise entry.refuse("red", "Yellow and red begin at the same value.", "Set them apart; red is the worse one.")
    return light


def _map(entry: Entry) -> Mapping[str, Any]:
    if entry.choice("place", tuple(Place)) != Place.CENTRE:
        raise entry.refuse("place", "A map stands in the middle.", "Use place: centre.")
    return {
        "level": entry.level("level"),
        "metric": entry.choice("metric", COLOURED),
        "days": _days(entry, 30),
        "has_heat": entry.flag("heat"),
        "has_pulses": entry.flag("pulses"),
    }


def _ticker(entry: Entry) -> Mapping[str, Any]:
    fly_s = entry.whole("fly_s", 5, 3_600) if entry.has("fly_s") else None
    return {"acts": entry.words("acts", ACTS) or ACTS, "rows": _rows(entry, 4), "fly_s": fly_s}


def _trend(entry: Entry) -> Mapping[str, Any]:
    return {"metric": entry.choice("metric", TREND, "reported"), "days": entry.whole("days", 2, 31, 7)}


def _ranking(entry: Entry) -> Mapping[str, Any]:
    metric, by = entry.choice("metric", RANKED), entry.choice("by", SUBJECTS)
    if metric == "score" and by == "class":
        raise entry.refuse("by", "Classes have no score.", "Use unit or department, or another metric.")
    return {"metric": metric, "by": by, "days": _days(entry, 30), "rows": _rows(entry, 8)}


def _load(entry: Entry) -> Mapping[str, Any]:
    return {"days": _days(entry, 30), "rows": _rows(entry, 8)}


def _alerts(entry: Entry) -> Mapping[str, Any]:
    return {"rows": _rows(entry, 6)}


def _cases(entry: Entry) -> Mapping[str, Any]:
    return {"status": entry.choice("status", STATUSES), "days": _days(entry, 30), "rows": _rows(entry, 8)}


def _clock(_entry: Entry) -> Mapping[str, Any]:
    return {}


def _rows(entry: Entry, default: int) -> int:
    return entry.whole("rows", 1, _MOST_ROWS, default)


_KINDS: Mapping[PanelKind, tuple[frozenset[str], str, Callable[[Entry], Mapping[str, Any]]]] = {
    PanelKind.FIGURE: (frozenset({"class", "metric", "days", "spark_days", "light"}), "cases", _figure),
    PanelKind.MAP: (frozenset({"class", "level", "metric", "days", "heat", "pulses"}), "map", _map),
    PanelKind.TICKER: (frozenset({"acts", "rows", "fly_s"}), "cases", _ticker),
    PanelKind.TREND: (frozenset({"class", "metric", "days"}), "map", _trend),
    PanelKind.RANKING: (frozenset({"class", "metric", "by", "days", "rows"}), "map", _ranking),
    PanelKind.LOAD: (frozenset({"class", "days", "rows"}), "cases", _load),
    PanelKind.ALERTS: (frozenset({"class", "rows"}), "alerts", _alerts),
    PanelKind.CASES: (frozenset({"class", "status", "days", "rows"}), "cases", _cases),
    PanelKind.CLOCK: (frozenset(), "none", _clock),
}
"""Per kind: its own fields, the page that it opens, how its fields are read."""
