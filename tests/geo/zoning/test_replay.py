"""Are the figures of a replay those of a recount, and does the comparison of two plans tell luck from merit?"""

import numpy as np
import pandas as pd
import pytest

from geo.errors import ParameterError, ShapeError
from geo.zoning.plan_duel import Verdict, duel, paired
from geo.zoning.replay import PastCases, Replay, Shifts, replay

DAY = 1_440
THREE = Shifts((0, 480, 960))


def cases_of(unit: list[int], minute: list[int], days: int, work: list[float] | None = None) -> PastCases:
    ones = [1.0] * len(unit)
    return PastCases(np.array(unit, np.int64), np.array(minute, np.int64), np.array(work or ones), days)


def test_load_peak_and_balance_by_hand() -> None:
    # Zone 0 has units 0 and 1, zone 1 has unit 2, unit 3 is in none. Two days, shifts from 0, 8 and 16 o'clock.
    cases = cases_of([0, 1, 1, 2, 2, 3], [10, 479, 480, DAY + 5, DAY + 6, 7], 2)
    found = replay(cases, np.array([0, 0, 1, -1]), 2, THREE, np.array([100.0, 300.0, np.nan, 50.0, 70.0, 1.0]))
    assert found.work.tolist() == [3, 2]
    assert found.load.tolist() == [[2 / 2, 1 / 2, 0], [2 / 2, 0, 0]]
    assert found.peak.tolist() == [[2, 1, 0], [2, 0, 0]]
    assert found.peak_day[0].tolist()[:2] == [0, 0]
    assert found.peak_day[1].tolist()[0] == 1
    assert found.outside == 1
    assert found.distance_m.tolist() == [(100 + 300) / 2, (50 + 70) / 2]
    assert found.far_m[0] == pytest.approx(100 + 0.9 * 200)
    assert found.without_distance == 1
    assert found.weekly.shape == (0, 2), "two days are no week"


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    night = Shifts((6 * 60, 22 * 60))
    shift, day = night.of(np.array([0, 5 * 60, 6 * 60, 22 * 60, DAY + 60]))
    assert shift.tolist() == [1, 1, 0, 1, 1]
    assert day.tolist() == [-1, -1, 0, 0, 0]
    found = replay(cases_of([0, 0, 0], [60, 23 * 60, DAY + 60], 2), np.array([0]), 1, night, np.full(3, np.nan))
    assert found.peak.tolist() == [[0, 2]], "23 o'clock and one o'clock after it are one night"
    assert found.peak_day[0, 1] == 0
    assert np.isnan(found.distance_m).all()


def test_weeks_are_whole_and_balance_is_the_highest_over_the_mean() -> None:
    week = 7 * DAY
    minute = [0, 1, 2, week, week + 1, 2 * week]
    found = replay(cases_of([0, 0, 1, 1, 1, 0], minute, 20), np.array([0, 1]), 2, THREE, np.zeros(6))
    assert found.weekly.tolist() == [[2, 1], [0, 2]], "the six days after the second week are left out"
    assert found.balance.tolist() == [2 / 1.5, 2 / 1]
    assert found.weekly_peak.tolist() == [2, 2]


@pytest.mark.parametrize("seed", range(5))
def test_figures_equal_a_recount_with_pandas(seed: int) -> None:
    rng = np.random.default_rng(seed)
    units, zones, days, count = 30, 6, 45, 3_000
    zone = rng.integers(-1, zones, units)
    unit, minute = rng.integers(0, units, count), rng.integers(0, days * DAY, count)
    work, distance = rng.uniform(0.5, 3, count), np.where(rng.random(count) < 0.1, np.nan, rng.gamma(2, 400, count))
    shifts = Shifts((7 * 60 + 30, 15 * 60, 23 * 60))
    found = replay(PastCases(unit, minute, work, days), zone, zones, shifts, distance)

    table = pd.DataFrame({"zone": zone[unit], "minute": minute, "work": work, "distance": distance})
    inside = table[table.zone >= 0].copy()
    since_first = inside.minute - (7 * 60 + 30)
    inside["began"], of_day = since_first // DAY, since_first % DAY
    inside["shift"] = pd.cut(of_day, [-1, 449, 929, 1_439], labels=False)
    by_shift = inside.groupby(["zone", "shift", "began"]).work.sum()
    np.testing.assert_allclose(found.work, inside.groupby("zone").work.sum())
    np.testing.assert_allclose(found.load.ravel(), by_shift.groupby(["zone", "shift"]).sum() / days)
    np.testing.assert_allclose(found.peak.ravel(), by_shift.groupby(["zone", "shift"]).max())
    weeks = inside[inside.minute < 42 * DAY].groupby([inside.minute // (7 * DAY), "zone"]).work.sum().unstack()
    np.testing.assert_allclose(found.weekly, weeks)
    np.testing.assert_allclose(found.balance, weeks.max(axis=1) / weeks.mean(axis=1))
    began = by_shift.reset_index()
    began = began[(began.began >= 0) & (began.began < 42)]
    np.testing.assert_allclose(found.weekly_peak, began.groupby(began.began // 7).work.max())
    np.testing.assert_allclose(found.distance_m, inside.groupby("zone").distance.mean())
    np.testing.assert_allclose(found.far_m, inside.groupby("zone").distance.quantile(0.9))
    assert found.all_far_m == pytest.approx(inside.distance.quantile(0.9))
    assert found.without_distance == int(inside.distance.isna().sum())
    assert found.outside == count - len(inside)


def test_an_even_plan_beats_a_lopsided_one_and_itself_never() -> None:
    rng = np.random.default_rng(1)
    unit, minute = rng.integers(0, 4, 4_000), rng.integers(0, 84 * DAY, 4_000)
    cases, far = PastCases(unit, minute, np.ones(4_000), 84), np.full(4_000, np.nan)
    lopsided = replay(cases, np.array([0, 0, 0, 1]), 2, THREE, far)
    even = replay(cases, np.array([0, 0, 1, 1]), 2, THREE, far)
    balance, peak, distance = duel(lopsided, even)
    assert balance.verdict is Verdict.BETTER
    assert 0 < balance.low < balance.difference < balance.high
    assert balance.difference == pytest.approx(lopsided.balance.mean() - even.balance.mean())
    assert balance.b_better == 1.0
    assert duel(even, lopsided)[0].verdict is Verdict.WORSE
    same = duel(even, even)[0]
    assert same.verdict is Verdict.UNDECIDED
    assert same.b_better == 0.5
    assert peak.weeks == 12
    assert distance.verdict is Verdict.TOO_SHORT, "no distance is known"
    assert duel(lopsided, even)[:2] == (balance, peak), "same seed, same answer"


def test_chance_alone_is_seldom_called_better() -> None:
    rng = np.random.default_rng(3)
    called = [
        paired("balance", rng.normal(2, 1, 26), rng.normal(2, 1, 26), seed=k, times=400).verdict for k in range(200)
    ]
    wrong = sum(verdict is not Verdict.UNDECIDED for verdict in called)
    assert 2 <= wrong <= 24, "5 of 100 by the interval, some more with 26 weeks"


def test_pairing_the_weeks_sees_what_their_noise_would_hide() -> None:
    rng = np.random.default_rng(5)
    hard = rng.normal(0, 10, 20)
    a, b = hard + rng.normal(0.5, 0.2, 20), hard + rng.normal(0, 0.2, 20)
    assert paired("peak", a, b, seed=7).verdict is Verdict.BETTER
    assert paired("peak", a, rng.permutation(b), seed=7).verdict is Verdict.UNDECIDED


def test_too_few_weeks_decide_nothing() -> None:
    found = paired("balance", np.full(5, 9.0), np.ones(5), seed=7)
    assert found.verdict is Verdict.TOO_SHORT
    assert np.isnan(found.low)
    assert found.difference == 8


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ParameterError):
        Shifts((480, 0))
    with pytest.raises(ParameterError):
        cases_of([0], [3 * DAY], 3)
    with pytest.raises(ShapeError):
        replay(cases_of([0], [0], 1), np.array([0]), 1, THREE, np.zeros(2))
    with pytest.raises(ParameterError):
        replay(cases_of([0], [0], 1), np.array([0]), 0, THREE, np.zeros(1))


def test_no_cases_are_no_load() -> None:
    found: Replay = replay(cases_of([], [], 14), np.array([0, 1]), 2, THREE, np.zeros(0))
    assert found.balance.tolist() == [1.0, 1.0]
    assert found.load.sum() == 0
    assert np.isnan(found.all_distance_m)
