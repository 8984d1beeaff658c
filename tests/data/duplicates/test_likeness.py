"""Is a pair of reports the likelier one matter the nearer, sooner and more alike, and are all near points reached?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.duplicates.candidates import metres_between
from data.duplicates.likeness import Kin, Pair, likelihood, log_odds, text_similarity, trigrams
from data.duplicates.tiles import ranges_around
from data.duplicates.weights import LIKELY, RADIUS_M, WEIGHTS
from geo.morton import morton_of

FLOAT = {"allow_nan": False, "allow_infinity": False}


def test_trigrams_by_hand() -> None:
    # 井盖缺失 has 井盖缺, 盖缺失; 井盖缺角 has 井盖缺, 盖缺角: one of three in all.
    assert trigrams("井盖，缺失！") == {"井盖缺", "盖缺失"}
    assert text_similarity("井盖缺失", "井盖缺角") == pytest.approx(1 / 3)
    assert text_similarity("井盖缺失", "井盖缺失。") == 1.0
    assert text_similarity("ABC", "abc") == 1.0
    assert text_similarity("", "井盖") is None
    assert text_similarity(None, "井盖") is None


def test_the_log_odds_by_hand() -> None:
    pair = Pair(50.0, 12.0, Kin.SAME_GROUP, 0.5)
    parts = log_odds(pair, WEIGHTS)
    assert parts["distance"] == pytest.approx(WEIGHTS.near)
    assert parts["time"] == pytest.approx(WEIGHTS.later / 2)
    assert sum(parts.values()) == pytest.approx(4.5 - 1.0 - 0.75 - 3.0 + 0.475)
    assert likelihood(pair, WEIGHTS) == pytest.approx(1 / (1 + np.exp(-0.225)))


def test_a_report_beside_another_an_hour_later_is_likely_and_one_of_another_group_never() -> None:
    assert likelihood(Pair(15.0, 1.0, Kin.SAME_CLASS, 0.2), WEIGHTS) > LIKELY
    assert likelihood(Pair(15.0, 90.0, Kin.SAME_CLASS, 0.2), WEIGHTS) < LIKELY
    assert likelihood(Pair(0.0, 0.0, Kin.OTHER, 1.0), WEIGHTS) == 0.0


@given(
    st.floats(0, 120, **FLOAT),
    st.floats(0, 96, **FLOAT),
    st.floats(0, 1, **FLOAT),
    st.sampled_from(["m", "h", "s", "c"]),
)
def test_nothing_that_sets_two_reports_apart_makes_them_likelier(m: float, h: float, s: float, what: str) -> None:
    near = likelihood(Pair(m, h, Kin.SAME_CLASS, s), WEIGHTS)
    apart = {
        "m": Pair(m + 10, h, Kin.SAME_CLASS, s),
        "h": Pair(m, h + 6, Kin.SAME_CLASS, s),
        "s": Pair(m, h, Kin.SAME_CLASS, s / 2),
        "c": Pair(m, h, Kin.SAME_GROUP, s),
    }[what]
    assert likelihood(apart, WEIGHTS) <= near


@given(
    st.floats(-179, 179, **FLOAT),
    st.floats(-70, 70, **FLOAT),
    st.floats(0, 360, **FLOAT),
    st.floats(0, 1, **FLOAT),
    st.sampled_from([30.0, RADIUS_M, 1_000.0]),
)
def test_every_point_within_the_radius_is_in_one_of_four_ranges(
    lon: float, lat: float, way: float, share: float, radius_m: float
) -> None:
    offset = 0.999 * share * radius_m / 111_320.0
    other = (
        lon + offset * np.sin(np.radians(way)) / np.cos(np.radians(lat)),
        lat + offset * np.cos(np.radians(way)),
    )
    ranges = ranges_around(lon, lat, radius_m)
    code = int(morton_of(np.array([other]))[0])
    assert 1 <= len(ranges) <= 4
    assert any(lo <= code < hi for lo, hi in ranges)
    assert metres_between((lon, lat), other) <= radius_m * 1.001


def test_ranges_are_no_larger_than_they_need_to_be() -> None:
    # Four squares whose side is at most twice the diameter: a town has thousands of reports, the squares a few.
    widest = max(hi - lo for lo, hi in ranges_around(115.37, 22.78, RADIUS_M))
    side_m = np.sqrt(widest) * 40_075_016.7 * np.cos(np.radians(22.78)) / 2**24
    assert side_m <= 4 * 2.1 * RADIUS_M / 2
