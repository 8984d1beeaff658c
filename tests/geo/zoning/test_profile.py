"""Are small units drawn towards the area, large ones left alone, and parts weighted as asked?"""

import numpy as np
import pytest

from geo.errors import ParameterError, ShapeError
from geo.zoning.problem import standardised
from geo.zoning.profile import (
    LEAST_RELIABILITY,
    ProfilePart,
    problem_profile,
    rate_reliability,
    share_reliability,
    smoothed_rates,
    smoothed_shares,
)


def test_shares_of_a_large_unit_stay_and_of_a_small_one_move():
    counts = np.array([[900.0, 100.0], [100.0, 900.0], [2.0, 0.0]])
    shares = smoothed_shares(counts)
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert shares[0] == pytest.approx([0.9, 0.1], abs=0.01)
    # The area's mix is about even; two incidents of one kind are no proof of 100 %.
    assert 0.5 < shares[2, 0] < 0.95


def test_a_unit_without_incidents_has_the_mix_of_the_area():
    shares = smoothed_shares(np.array([[30.0, 10.0], [10.0, 30.0], [0.0, 0.0]]))
    assert shares[2] == pytest.approx([0.5, 0.5])


def test_units_that_differ_by_chance_only_are_alike():
    counts = np.random.default_rng(2).multinomial(40, [0.5, 0.3, 0.2], size=300).astype(float)
    assert smoothed_shares(counts).std(axis=0).max() < 0.3 * (counts / 40).std(axis=0).max()


def test_the_concentration_of_the_area_is_found():
    rng = np.random.default_rng(3)
    true = rng.dirichlet(20 * np.array([0.5, 0.3, 0.2]), size=2_000)
    counts = np.array([rng.multinomial(30, mix) for mix in true]).astype(float)
    # 20 pseudo-incidents against 30 counted: the smoothed shares vary 30 / 50 as much as the raw ones.
    assert smoothed_shares(counts).std(axis=0) == pytest.approx(0.6 * (counts / 30).std(axis=0), rel=0.1)


def test_smoothed_shares_are_nearer_to_the_truth():
    rng = np.random.default_rng(4)
    true = rng.dirichlet(10 * np.ones(6), size=400)
    counts = np.array([rng.multinomial(int(n), mix) for n, mix in zip(rng.integers(1, 30, 400), true, strict=True)])
    raw = counts / counts.sum(axis=1, keepdims=True)
    assert ((smoothed_shares(counts.astype(float)) - true) ** 2).sum() < 0.6 * ((raw - true) ** 2).sum()


def test_rates_per_thousand():
    rates = smoothed_rates(np.array([100.0, 300.0, 1.0, 0.0]), np.array([10_000.0, 10_000.0, 10.0, 0.0]))
    # 10 and 30 per thousand hardly move; 1 of 10 people is no rate of 100; nobody there: 401 / 20.01.
    assert rates[:2] == pytest.approx([10, 30], rel=0.02)
    assert rates[2] < 40
    assert rates[3] == pytest.approx(401 / 20.01)


def test_equal_rates_stay_equal():
    assert smoothed_rates(np.array([2.0, 4.0]), np.array([1_000.0, 2_000.0])) == pytest.approx([2, 2])


def test_the_reliability_of_shares_is_that_of_their_making():
    rng = np.random.default_rng(6)
    true = rng.dirichlet(20 * np.array([0.5, 0.3, 0.2]), size=4_000)
    counts = np.array([rng.multinomial(30, mix) for mix in true]).astype(float)
    # True shares vary as m (1 − m) / 21; 30 incidents add chance: 30 / (30 + 20) of the variance is there.
    assert share_reliability(counts) == pytest.approx([0.6, 0.6, 0.6], abs=0.04)
    sizes = np.where(np.arange(4_000) % 8, 4, 400)
    counts = np.array([rng.multinomial(n, mix) for n, mix in zip(sizes, true, strict=True)]).astype(float)
    # 7 of 8 units move by w = 4 / 24 where 4 / 24 of the variance is there, 1 by 400 / 420 where 400 / 420 of it is.
    signal = 7 * (4 / 24) ** 2 + (400 / 420) ** 2
    noise = 7 * (4 / 24) ** 2 * 20 / 4 + (400 / 420) ** 2 * 20 / 400
    assert share_reliability(counts) == pytest.approx([signal / (signal + noise)] * 3, abs=0.04)


def test_a_column_of_chance_is_told_from_one_that_differs_beside_it():
    rng = np.random.default_rng(7)
    share = np.where(np.arange(600) % 2, 0.45, 0.05)
    true = np.column_stack((share, 0.5 - share, np.full(600, 0.48), np.full(600, 0.02)))
    counts = np.array([rng.multinomial(40, mix) for mix in true]).astype(float)
    first, second, common, rare = share_reliability(counts)
    assert min(first, second) > 0.7
    assert max(common, rare) < 0.1
    assert share_reliability(rng.multinomial(40, [0.5, 0.3, 0.2], size=600).astype(float)).max() < 0.1
    assert share_reliability(np.array([[3.0, 0.0], [5.0, 0.0]])).tolist() == [0, 0], "the same everywhere"
    assert share_reliability(np.eye(3)).tolist() == [0, 0, 0], "one incident each proves nothing"


def test_the_reliability_of_rates_is_that_of_their_making():
    rng = np.random.default_rng(8)
    people = np.full(4_000, 500.0)
    true = rng.gamma(4.0, 0.01, 4_000)
    # Rates of 0.04 vary by 0.0004, chance adds 0.04 / 500 = 0.00008: 5 of 6 parts are there.
    assert rate_reliability(rng.poisson(true * people).astype(float), people) == pytest.approx(5 / 6, abs=0.03)
    assert rate_reliability(rng.poisson(0.04 * people).astype(float), people) < 0.1
    assert rate_reliability(np.array([2.0, 4.0]), np.array([1_000.0, 2_000.0])) == 0


def test_what_is_chance_hardly_counts():
    values = np.random.default_rng(9).random((50, 3))
    part = ProfilePart("classes", ("a", "b", "c"), values, 3.0, np.array([0.8, 0.0, 1.0]))
    scores = problem_profile((part,)).scores()
    # Each of three columns has 1 of the weight 3, times its reliability.
    assert scores.var(axis=0) == pytest.approx([0.8, LEAST_RELIABILITY, 1.0])
    with pytest.raises(ShapeError):
        problem_profile((ProfilePart("classes", ("a", "b", "c"), values, 3.0, np.ones(2)),))


def test_parts_weigh_alike_however_many_columns_they_have():
    rng = np.random.default_rng(5)
    parts = (
        ProfilePart("classes", ("a", "b", "c", "same"), np.column_stack((rng.random((50, 3)), np.ones(50)))),
        ProfilePart("load", ("open",), rng.random((50, 1)), weight=2.0),
    )
    scores = problem_profile(parts).scores()
    # Each standardised column varies by 1: three share the weight 1, one has the weight 2.
    assert scores[:, :4].var(axis=0).sum() == pytest.approx(1.0)
    assert scores[:, 4].var() == pytest.approx(2.0)
    assert problem_profile(parts).columns[-1] == "load: open"


def test_constant_attributes_say_nothing():
    assert standardised(np.array([[3.0, 1.0], [3.0, 2.0]]))[:, 0].tolist() == [0, 0]


def test_bad_figures_are_refused():
    with pytest.raises(ParameterError):
        smoothed_shares(np.array([[-1.0, 2.0]]))
    with pytest.raises(ParameterError):
        smoothed_shares(np.zeros((2, 2)))
    with pytest.raises(ShapeError):
        smoothed_rates(np.ones(2), np.ones(3))
    with pytest.raises(ShapeError):
        problem_profile((ProfilePart("a", ("x",), np.ones((3, 2))),))
