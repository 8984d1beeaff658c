"""Do the views of the map page show what they are given?"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dash.development.base_component import Component

from dashboard.views.charts import Look, draw_days
from dashboard.views.figures import view_change, view_figures
from dashboard.views.incidents import meaning_of, view_incident, view_incidents, view_list
from dashboard.views.numbers import write_change, write_count, write_points, write_share
from dashboard.views.ranking import PartFigures, figure_of, view_ranking, view_totals
from dashboard.views.selection import view_selection
from dashboard.views.timeline import DayCount, brush_range, view_strip, view_ticks
from data.reads.before import Before, Change
from data.reads.breakdown import Item
from data.reads.catalog import NamedEntry
from data.reads.city import CityMoment
from data.reads.incidents import Incident, IncidentDetail
from data.reads.levels import Level
from data.reads.measures import Measures
from data.reads.period import Period
from data.reads.question import Question
from data.reads.selection import Chosen, Selection
from data.reads.summary import Figure, Summary, figures_of
from data.reads.units import Unit
from geo.status import CaseStatus

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))
MOMENT = CityMoment(NOW, "Asia/Shanghai", {}, 3, 9, False, date(2025, 1, 1), date(2026, 6, 30))
LEVEL = Level("county", 1, "县区", "County", 20_000_001, 7, 9, True, 2, 2)


def words(part: Any) -> str:
    """All text below a component, in order."""
    if part is None:
        return ""
    if isinstance(part, Component):
        return words(getattr(part, "children", None))
    if isinstance(part, list | tuple):
        return " ".join(filter(None, map(words, part)))
    return str(part)


def unit(code: str, **changes: Any) -> Unit:
    fields = {
        "id": 20_000_001, "code": code, "name": f"{code}县", "name_en": f"{code} County", "level": "county", "rank": 1,
        "parent": "C", "parent_id": 1, "path": [1, 20_000_001], "population": 2_000, "households": 700, "area_m2": 4e6,
        "west": 0, "south": 0, "east": 1, "north": 1, "label_lon": 0.5, "label_lat": 0.5, "children": 3,
    }  # fmt: skip
    return Unit(**(fields | changes))


def summary(items: tuple[Item, ...], unassigned: int = 0, figures: tuple[Figure, ...] = ()) -> Summary:
    total = sum(item.measures.n for item in items) + unassigned
    question = Question(MOMENT, unit("C", rank=0, id=1), JUNE)
    return Summary(question, "child", total, unassigned, 0, unassigned, Measures(n=total), figures, items)


def item(code: str, n: int, **changes: Any) -> Item:
    return Item(code, f"{code}县", f"{code} County", Measures(n=n, n_on_time=n // 2, n_late=n - n // 2), **changes)


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0.0%"), (0.945, "94.5%"), (0.99996, "99.9%"), (1, "100.0%"), (0.5, "50.0%")]
)
def test_a_share_is_never_rounded_up_to_all(share, text):
    assert write_share(share) == text


@pytest.mark.parametrize(
    ("change", "previous", "text"),
    [(0, 50, "持平"), (5, 50, "+10.0%"), (-5, 50, "−10.0%"), (7, 0, "前期为0"), (450, 50, "×10"), (1_000, 50, "×21")],
)
def test_a_change_is_written_against_what_was_before(change, previous, text):
    assert write_change(change, previous, "zh") == text


def test_points_and_counts():
    assert write_points(0.012, "zh") == "+1.2个百分点"
    assert write_points(-0.0001, "en") == "no change"
    assert write_count(1234567) == "1,234,567"


def test_figures_without_a_value_or_a_past_say_so():
    figures = (
        Figure("reported", "f", 1_200),
        Figure("overdue", "f", 12, 0.01),
        Figure("on_time_share", "f", None),
    )
    parts = view_figures(summary((), figures=figures), "2026-06-30 20:00", "zh")
    assert [words(part) for part in parts] == ["上报数 1,200 …", "▲ 超期 12 占上报1.0% …", "按期处置率 – 无应处置件"]
    assert all("数据截至 2026-06-30 20:00" in getattr(part, "aria-label") for part in parts)


def test_changes_tell_their_rule_and_whether_they_are_good():
    figures = (
        Change("reported", 1_200, 1_000, 200),
        Change("overdue", 12, 10, 2),
        Change("closed", 12, 10, 2),
        Change("on_time_share", 0.9, 0.95, -0.05),
        Change("open", 0, None, None),
    )
    question = Question(MOMENT, unit("C", rank=0, id=1), JUNE)
    before = Before(question, JUNE.before, NOW - timedelta(days=30), True, figures)
    shown = {figure.key: view_change(before, figure.key, "zh") for figure in figures}
    assert words(shown["reported"]) == "较前30天 +20.0%"
    assert [words(shown[key]) for key in ("overdue", "closed", "on_time_share")] == ["+20.0%", "+20.0%", "−5.0个百分点"]
    assert [shown[key][0].className for key in ("overdue", "closed", "on_time_share")] == ["worse", "", "worse"]
    assert "2026-05-02至2026-05-31" in shown["overdue"][0].title
    assert "2026-05-31 20:00" in shown["overdue"][0].title
    assert words(shown["open"]) == "无前期数据"


def picked(count: int = 2) -> Selection:
    units = tuple(unit(f"U{k}", id=20_000_001 + k, population=None if k else 900) for k in range(count))
    items = tuple(Measures(n=10 * (k + 1), n_open=k) for k in range(count))
    question = Question(MOMENT, unit("C", rank=0, id=1), JUNE)
    total = sum(items, Measures())
    return Selection(question, Chosen(LEVEL, units), total, figures_of(total), items, 900, count - 1, 4e6 * count)


def test_a_selection_shows_sums_units_and_ways_on():
    shown = view_selection(picked(), "flood", "zh", may_export=True)
    assert "30" in words(shown[0])
    assert "900 （1个单元人口未知）" in words(shown[1])
    assert "8.00 平方公里" in words(shown[1])
    links = [part.href for part in shown[3].children if hasattr(part, "href")]
    assert [link.split("?")[0] for link in links] == [
        "/api/v1/export/selection.csv",
        "/api/v1/export/selection.geojson",
    ]
    assert all("units=U0%2CU1&level=county&from=2026-06-01" in link and "class=flood" in link for link in links)
    first = shown[4].children[0].children
    assert words(first[0]) == "U1县"
    assert '"select": "county:U0"' in getattr(first[2], "data-patch")
    assert not [
        part for part in view_selection(picked(), "", "zh", may_export=False)[3].children if hasattr(part, "href")
    ]


def test_parts_and_unassigned_add_up_on_screen():
    shown = summary((item("A", 30), item("B", 12)), unassigned=3)
    assert words(view_totals(shown, "now", "zh")) == "42 + 未归属 3 = 45 截至 now"


def test_the_ranking_is_by_the_chosen_figure_and_no_data_comes_last():
    parts = PartFigures(
        summary((item("A", 30), item("B", 90), item("D", 5))), LEVEL, {"A": unit("A"), "B": unit("B", area_m2=9e7)}
    )
    order = [row.title for row in view_ranking(parts, "reported", "zh")[1].children]
    dense = view_ranking(parts, "per_km2", "zh")[1].children
    assert order == ["B县", "A县", "D县"]
    assert [row.title for row in dense] == ["A县", "B县", "D县"]
    assert [words(row.children[1]) for row in dense] == ["7.50", "1.00", "–"]


def test_withheld_zero_and_no_data_look_different_in_lists_and_cards():
    hidden = replace(MOMENT, withheld_ids=(4,), minimum_count=5)
    asked = Question(hidden, unit("C", rank=0, id=1), JUNE, frozenset({4}))
    some = replace(summary((item("A", 7), item("B", 0), item("D", 0))), question=asked)
    rows = view_ranking(PartFigures(some, LEVEL, {}), "reported", "zh")[1].children
    assert [(row.title, words(row.children[1])) for row in rows] == [("A县", "7"), ("B县", "未公布"), ("D县", "未公布")]
    assert "每组至少5件" in rows[1].children[1].title
    mixed = summary((item("A", 7), item("B", 0)))
    told = [words(row.children[1]) for row in view_ranking(PartFigures(mixed, LEVEL, {}), "reported", "zh")[1].children]
    assert told == ["7", "0"]
    shares = view_ranking(PartFigures(mixed, LEVEL, {}), "on_time_share", "zh")[1].children
    assert [words(row.children[1]) for row in shares] == ["42.9%", "–"]
    none = replace(summary((item("B", 0),), figures=figures_of(Measures())), question=asked)
    assert {words(card).split()[1] for card in view_figures(none, "now", "zh")} == {"未公布"}
    assert "每组至少5件" in words(view_totals(none, "now", "zh"))
    exact = summary((item("B", 0),), figures=figures_of(Measures()))
    assert [words(card).split()[-2] for card in view_figures(exact, "now", "zh")][:1] == ["0"]
    chosen = replace(picked(), question=asked, items=(Measures(n=9), Measures()), measures=Measures(n=9))
    shown = view_selection(chosen, "", "zh", may_export=False)
    assert [words(row.children[1]) for row in shown[4].children] == ["9", "未公布"]
    assert "未公布" not in words(shown[0])


def test_days_that_may_hold_a_few_are_no_zeros():
    days = [DayCount(date(2026, 6, day), 6 if day == 7 else 0) for day in range(1, 9)]
    look = Look("dark", "zh", 16.0)
    assert draw_days(days, look)["data"][0]["y"] == [0, 0, 0, 0, 0, 0, 6, 0]
    told = draw_days(days, look, withheld=True)["data"]
    assert told[0]["y"] == [None] * 6 + [6, None]
    assert told[0]["mode"] == "markers"
    bars = view_strip(days, Period(date(2026, 6, 1), date(2026, 6, 8)), withheld=True).children
    assert ["withheld" in bar.className for bar in bars] == [True] * 6 + [False, True]


def test_lists_of_what_is_not_told_one_by_one_say_so():
    hidden = replace(MOMENT, withheld_ids=(4,), minimum_count=5)
    asked = Question(hidden, unit("C", rank=0, id=1), JUNE, frozenset({4}))
    assert "不逐件列出" in words(view_list((), asked, "zh"))
    assert "没有事件" in words(view_list((), Question(MOMENT, unit("C", rank=0, id=1), JUNE), "zh"))


def test_a_shared_part_is_marked_and_the_smallest_unit_has_no_parts():
    shared = PartFigures(summary((item("A", 3, shared=True),)), LEVEL, {})
    leaf = PartFigures(summary(()), None, {})
    assert "跨界" in words(view_ranking(shared, "reported", "zh"))
    assert "最小的单元" in words(view_ranking(leaf, "reported", "zh"))


def test_figures_of_a_part():
    part, place = item("A", 30), unit("A")
    assert figure_of(part, "per_km2", place) == 7.5
    assert figure_of(part, "per_1000", place) == 15
    assert figure_of(part, "per_1000", unit("A", population=None)) is None
    assert figure_of(part, "on_time_share", place) == 0.5


def test_the_strip_lights_the_days_of_the_window():
    counts = [DayCount(day, k) for k, day in enumerate(JUNE.days)]
    strip = view_strip(counts, Period(date(2026, 6, 3), date(2026, 6, 4)))
    assert [k for k, bar in enumerate(strip.children) if bar.className == "on"] == [2, 3]
    assert strip.children[-1].style == {"--h": "1.0000"}
    assert brush_range(JUNE, Period(date(2026, 6, 3), date(2026, 6, 4))) == (2, 3)


def test_a_long_period_has_no_more_bars_than_fit():
    days = Period(date(2023, 1, 1), date(2026, 6, 30)).days
    strip = view_strip([DayCount(day, 1) for day in days], Period(days[0], days[-1]))
    assert len(strip.children) <= 366
    assert len(view_ticks(Period(days[0], days[0]))) == 1


def incident(status: CaseStatus, **changes: Any) -> Incident:
    nothing = dict.fromkeys(
        (
            "source", "department", "filed_at", "dispatched_at", "handled_at", "closed_at", "close_reason",
            "external_id", "address", "lon", "lat", "unit_code", "unit_name", "unit_level", "stated_unit_id",
        )
    )  # fmt: skip
    fields = nothing | {
        "id": 7, "reported_at": NOW - timedelta(hours=3), "status": int(status), "severity": 1, "overdue": False,
        "class_code": "U", "class_zh": "路面破损", "class_en": "Road damage", "sensitive": False,
        "due_at": NOW + timedelta(hours=1), "text": "坑洞", "cell_id": 0,
    }  # fmt: skip
    return Incident(**(fields | changes))


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        (incident(CaseStatus.handling), "approaching"),
        (incident(CaseStatus.handling, due_at=NOW + timedelta(hours=9)), "within"),
        (incident(CaseStatus.handling, due_at=None), "within"),
        (incident(CaseStatus.handling, overdue=True), "breached"),
        (incident(CaseStatus.closed), "closed"),
        (incident(CaseStatus.suspended), "within"),
    ],
)
def test_each_state_of_a_time_limit_has_its_meaning(given, meaning):
    assert meaning_of(given, NOW) == meaning


def test_an_incident_in_no_unit_is_unassigned_and_an_empty_list_says_what_to_do():
    assert "未归属" in words(view_incidents([incident(CaseStatus.filed)], NOW, ZONE, "zh"))
    assert "放宽" in words(view_incidents([], NOW, ZONE, "zh"))


def test_the_drawer_names_source_and_department_in_the_readers_language():
    names = {"hotline": NamedEntry(1, "hotline", "12345热线", "Hotline 12345")}
    detail = IncidentDetail(incident(CaseStatus.filed, source="hotline", department="unheard_of"), (), None)
    assert "12345热线" in words(view_incident(detail, names, NOW, ZONE, "zh"))
    assert "Hotline 12345 Department unheard_of" in words(view_incident(detail, names, NOW, ZONE, "en"))
