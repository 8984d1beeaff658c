"""Are reasons and stability those that a reader finds by hand?"""

import numpy as np
import pytest

from geo.errors import ParameterError
from geo.zoning.problem import Wishes, ZoneRules
from geo.zoning.profile import smoothed_shares
from geo.zoning.reasons import Similarity
from geo.zoning.stability import resampled, stability
from tests.support.zoning_cases import row

SCORES = np.array([[2.0, 0.0, 1.0], [1.6, 0.1, -1.0], [-1.0, 0.0, 0.0], [-2.6, -0.1, 0.0]])


def test_what_a_zone_shares_and_differs_in():
    reason = Similarity(SCORES).of_zone(np.array([0, 1]))
    # Column 0: mean 1.8, ± 0.2. Column 2: mean 0, ± 1. Column 1 marks nobody.
    assert [(t.column, round(t.level, 6), round(t.gap, 6)) for t in reason.shared] == [(0, 1.8, 0.2)]
    assert [t.column for t in reason.differing] == [2]


def test_what_a_pair_shares_and_how_close_it_is():
    reason = Similarity(SCORES).of_pair(0, 1)
    assert [t.column for t in reason.shared] == [0]
    assert [t.column for t in reason.differing] == [2]
    # Distances: 0–1 2.04, 0–2 3.16, 0–3 4.71, 1–2 2.79, 1–3 4.32, 2–3 1.60: four of six are further apart.
    assert reason.closer_than == pytest.approx(4 / 6)


def test_a_zone_of_one_unit_is_closest():
    assert Similarity(SCORES).of_zone(np.array([2])).closer_than == 1.0


def test_the_mean_distance_of_a_pair_as_a_zone_is_that_of_the_pair():
    similarity = Similarity(SCORES)
    # Rounding may put the pair's own distance on either side of itself.
    assert abs(similarity.of_zone(np.array([1, 3])).closer_than - similarity.of_pair(1, 3).closer_than) <= 1 / 6


def test_many_units_are_compared_by_drawn_pairs():
    scores = np.random.default_rng(1).normal(size=(1_000, 2))
    # Half of all pairs of a normal cloud lie further apart than sqrt(2) × 1.1774.
    assert Similarity(scores).closer_than(2**0.5 * 1.1774) == pytest.approx(0.5, abs=0.02)
    with pytest.raises(ParameterError):
        Similarity(scores[:1])


def test_resamples_draw_whole_weeks():
    weekly = np.zeros((3, 2, 1))
    weekly[:, 0, 0] = [1, 10, 100]
    sums = [counts[0, 0] for counts in resampled(weekly, 50, 7)]
    assert all(sum(int(digit) for digit in f"{int(total):d}") == 3 for total in sums)
    assert len(set(sums)) > 5
    assert sums == [counts[0, 0] for counts in resampled(weekly, 50, 7)]


def test_a_clear_border_is_stable_and_an_unclear_one_is_not():
    rng = np.random.default_rng(2)
    mixes = np.array([[0.9, 0.1]] * 4 + [[0.1, 0.9]] * 4)
    weekly = np.array([[rng.multinomial(20, mix) for mix in mixes] for _ in range(12)], float)
    units = row([0.0] * 8)
    zone = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    clear = stability(units, zone, ZoneRules(zones=2), Wishes(0.0), weekly, smoothed_shares, times=20, seconds=0.01)
    assert (clear.plans, clear.refused) == (20, 0)
    assert clear.together.tolist() == [1, 1, 1, 0, 1, 1, 1]
    assert clear.zone.tolist() == [1, 1]
    # A third zone has to be cut somewhere where nothing differs but chance.
    third = np.array([0, 0, 1, 1, 2, 2, 2, 2])
    unclear = stability(units, third, ZoneRules(zones=3), Wishes(0.0), weekly, smoothed_shares, times=20, seconds=0.01)
    assert unclear.together[3] == 0
    assert ((unclear.together > 0) & (unclear.together < 1)).any()
    assert unclear.zone.min() < 1
