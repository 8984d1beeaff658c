"""Do the demo incidents lie, happen, read and end as they should?"""

import re
from datetime import UTC, datetime

import numpy as np
import pytest
import shapely

from data.demo.geography import DemoGeography
from data.demo.incidents import DemoIncidents, build_incidents
from data.demo.truth import PlantedTruth, build_truth

COUNT = 40_000
END = np.datetime64("2026-11-22T06:30:00", "us")
PERSONAL = (r"\d", r"@", r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z]", r"先生|女士|小姐|某")


def local(times: np.ndarray) -> np.ndarray:
    return times + np.timedelta64(8, "h")


def test_count_order_and_period(demo_incidents: DemoIncidents) -> None:
    assert len(demo_incidents) == COUNT
    assert len(set(demo_incidents.external_id.tolist())) == COUNT
    reported = demo_incidents.reported_at
    assert (np.diff(reported) >= np.timedelta64(0)).all()
    assert END - np.timedelta64(365, "D") <= reported[0]
    assert reported[-1] < END
    assert reported[-1] > END - np.timedelta64(1, "D")


@pytest.mark.parametrize(("count", "days"), [(1, 1), (2_000, 1), (2_000, 40)])
def test_small_orders_are_filled_exactly(demo_geography: DemoGeography, count: int, days: int) -> None:
    end = datetime(2026, 3, 1, 1, tzinfo=UTC)
    truth = build_truth(demo_geography, 3, days=days, count=count)
    incidents = build_incidents(demo_geography, truth, seed=3, days=days, count=count, end=end)
    assert len(incidents) == count
    age = np.datetime64(end.replace(tzinfo=None)) - incidents.reported_at
    assert age.min() >= np.timedelta64(0)
    assert age.max() <= np.timedelta64(days, "D")


def test_an_end_without_time_zone_is_refused(demo_geography: DemoGeography, demo_truth: PlantedTruth) -> None:
    with pytest.raises(ValueError, match="time zone"):
        build_incidents(demo_geography, demo_truth, seed=1, count=COUNT, end=datetime(2026, 1, 1))  # noqa: DTZ001


def test_every_located_incident_lies_inside_its_grid(
    demo_geography: DemoGeography, demo_incidents: DemoIncidents
) -> None:
    rows = np.flatnonzero(demo_incidents.small_code >= 0)
    shapes = np.array([unit.geometry for unit in demo_geography.level("small")], dtype=object)
    shapely.prepare(shapes)
    lonlat = demo_incidents.lonlat[rows]
    assert shapely.contains_xy(shapes[demo_incidents.small_code[rows]], lonlat[:, 0], lonlat[:, 1]).all()


def test_a_few_incidents_have_no_location(demo_incidents: DemoIncidents) -> None:
    lost = demo_incidents.small_code < 0
    assert 0.005 <= lost.mean() <= 0.01
    assert np.array_equal(lost, np.isnan(demo_incidents.lonlat).all(axis=1))
    assert set(demo_incidents.address[lost]) == {""}


def test_week_season_holidays_and_storms_show(demo_incidents: DemoIncidents) -> None:
    days = local(demo_incidents.reported_at).astype("datetime64[D]")
    codes = np.array(demo_incidents.class_codes)[demo_incidents.class_code]
    weekend = (days.astype(int) + 3) % 7 >= 5
    labour = np.char.startswith(codes, "S-D-5")
    parking = codes == "U-E-4-04"
    assert weekend[parking].mean() > 2 / 7 > 1.4 * weekend[labour].mean()
    month = days.astype("datetime64[M]").astype(int) % 12 + 1
    bathing = codes == "S-P-4-04"
    assert np.isin(month[bathing], (6, 7, 8)).mean() > 2 * np.isin(month[bathing], (12, 1, 2)).mean()
    festival = (days >= np.datetime64("2026-02-16")) & (days < np.datetime64("2026-02-24"))
    fire = np.char.startswith(codes, "S-P-1")
    assert fire[festival].mean() > 2 * fire[~festival].mean()
    weather = np.char.startswith(codes, "S-P-2") | np.char.startswith(codes, "U-E-5")
    per_day = np.unique_counts(days[weather]).counts
    assert per_day.max() > 4 * np.median(per_day)
    hour = local(demo_incidents.reported_at).astype("datetime64[h]").astype(int) % 24
    by_hour = np.bincount(hour, minlength=24)
    assert by_hour[9] > 10 * by_hour[3]


def test_steps_come_in_order_and_never_after_the_end(demo_incidents: DemoIncidents) -> None:
    d = demo_incidents
    for before, after in (
        (d.reported_at, d.filed_at),
        (d.filed_at, d.dispatched_at),
        (d.dispatched_at, d.handled_at),
        (d.handled_at, d.closed_at),
        (d.dispatched_at, d.due_at),
    ):
        both = ~(np.isnat(before) | np.isnat(after))
        assert both.any()
        assert (before[both] <= after[both]).all()
    for times in (d.reported_at, d.filed_at, d.dispatched_at, d.handled_at, d.closed_at):
        assert times[~np.isnat(times)].max() <= END


def test_states_agree_with_the_steps(demo_incidents: DemoIncidents) -> None:
    d = demo_incidents
    status = np.array(d.status_keys)[d.status]
    over = np.isin(status, ("closed", "rejected", "void", "merged"))
    assert np.array_equal(over, ~np.isnat(d.closed_at))
    assert np.array_equal(over, d.close_reason >= 0)
    assert np.array_equal(status == "handled", ~np.isnat(d.handled_at) & ~over)
    working = np.isin(status, ("dispatched", "handling", "returned", "rework"))
    assert np.array_equal(working, ~np.isnat(d.dispatched_at) & np.isnat(d.handled_at) & ~over)
    assert np.isnat(d.filed_at[np.isin(status, ("rejected", "void", "merged"))]).all()
    assert np.array_equal(np.isnat(d.due_at), np.isnat(d.dispatched_at))


def test_most_is_on_time_some_overdue_and_recent_matters_open(demo_incidents: DemoIncidents) -> None:
    d = demo_incidents
    done = ~np.isnat(d.handled_at)
    on_time = (d.handled_at[done] <= d.due_at[done]).mean()
    assert 0.90 < on_time < 0.97
    open_now = np.isnat(d.closed_at)
    recent = d.reported_at > END - np.timedelta64(1, "D")
    assert open_now[recent].mean() > 0.2 > 0.02 > open_now.mean() > 0.002
    assert (open_now & np.isnat(d.handled_at) & (d.due_at < END)).sum() > 10


def test_work_time_limits_end_in_work_hours(demo_incidents: DemoIncidents) -> None:
    codes = np.array(demo_incidents.class_codes)[demo_incidents.class_code]
    due = local(demo_incidents.due_at[codes == "U-E-1-01"])
    due = due[~np.isnat(due)]
    hour = due.astype("datetime64[m]").astype(int) % 1_440 / 60
    assert len(due) > 500
    assert (((hour >= 8) & (hour <= 12)) | ((hour >= 14) & (hour <= 18))).all()
    assert ((due.astype("datetime64[D]").astype(int) + 3) % 7 < 5).all()


def test_texts_are_chinese_varied_and_free_of_personal_data(demo_incidents: DemoIncidents) -> None:
    texts = demo_incidents.text.tolist()
    assert min(map(len, texts)) > 8
    assert len(set(texts)) > 0.5 * COUNT
    for written in (set(texts), set(demo_incidents.address.tolist())):
        joined = "\n".join(written)
        for pattern in PERSONAL:
            assert not re.search(pattern, joined), pattern
    assert not any(re.search(r"\d{8,}", key) for key in demo_incidents.external_id.tolist())


def test_same_seed_gives_the_same_incidents(
    demo_geography: DemoGeography, demo_truth: PlantedTruth, demo_incidents: DemoIncidents
) -> None:
    end = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
    again = build_incidents(demo_geography, demo_truth, seed=7, count=COUNT, end=end)
    for name in ("external_id", "reported_at", "closed_at", "class_code", "status", "lonlat"):
        assert getattr(again, name).tobytes() == getattr(demo_incidents, name).tobytes(), name
    assert again.text.tolist() == demo_incidents.text.tolist()
    other = build_incidents(demo_geography, demo_truth, seed=8, count=COUNT, end=end)
    assert other.reported_at.tobytes() != demo_incidents.reported_at.tobytes()
