"""Is the datum found where the points prove it, and left open where they do not?"""

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.datum import Datum, from_wgs84
from geo.datum_detect import Basis, Outcome, datum_candidates, detect_datum
from geo.errors import ParameterError, ShapeError
from geo.locate import UnitLocator

SIDE = 0.01
SHIFTED = [Datum.WGS84, Datum.GCJ02, Datum.BD09, Datum.SWAPPED, Datum.MERCATOR]


def _grid_locator(west=115.0, south=22.7, side=20):
    cells = [
        shapely.box(west + c * SIDE, south + r * SIDE, west + (c + 1) * SIDE, south + (r + 1) * SIDE)
        for r in range(side)
        for c in range(side)
    ]
    return UnitLocator(np.array(cells), np.arange(1, side * side + 1, dtype=np.int32))


def _points(rng, count=2000, west=115.0, south=22.7, side=20):
    return np.column_stack(
        (rng.uniform(west, west + side * SIDE, count), rng.uniform(south, south + side * SIDE, count))
    )


@pytest.fixture(scope="module")
def locator():
    return _grid_locator()


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(SHIFTED), st.integers(0, 2**32 - 1))
def test_stated_units_prove_the_datum(datum, seed):
    locator, rng = _grid_locator(side=8), np.random.default_rng(seed)
    lonlat = _points(rng, count=300, side=8)
    stated = locator.locate(lonlat).unit_id
    verdict = detect_datum(locator, from_wgs84(lonlat, datum), stated, datum_candidates(), rng=rng)
    assert (verdict.chosen, verdict.basis, verdict.outcome) == (datum.value, Basis.STATED_UNIT, Outcome.CLEAR)
    assert verdict.candidates[0].score > 0.99


def test_share_inside_tells_axes_but_not_a_small_shift(locator):
    rng = np.random.default_rng(1)
    # Half a kilometre from the border no shift leaves the city: WGS 84 and GCJ-02 both score 1.
    inner = _points(rng, west=115.03, south=22.73, side=14)
    verdict = detect_datum(locator, inner, None, datum_candidates(), rng=rng)
    assert (verdict.chosen, verdict.outcome, verdict.basis) == (None, Outcome.CLOSE_CALL, Basis.INSIDE)
    assert "too close to choose" in verdict.reason
    only_axes = {name: datum_candidates()[name] for name in ("wgs84", "swapped", "mercator")}
    assert detect_datum(locator, inner[:, ::-1], None, only_axes, rng=rng).chosen == "swapped"


def test_candidates_that_agree_count_as_one():
    locator, rng = _grid_locator(west=-74.0, south=40.7), np.random.default_rng(2)
    lonlat = _points(rng, west=-74.0, south=40.7)
    verdict = detect_datum(locator, lonlat, None, datum_candidates(), rng=rng)
    assert verdict.chosen == "wgs84"
    assert {score.name for score in verdict.candidates if score.same_as == "wgs84"} == {"gcj02", "bd09"}


def test_wrong_codes_give_no_datum(locator):
    rng = np.random.default_rng(3)
    lonlat = _points(rng)
    stated = rng.permutation(locator.locate(lonlat).unit_id)
    verdict = detect_datum(locator, lonlat, stated, datum_candidates(), rng=rng)
    assert (verdict.chosen, verdict.outcome) == (None, Outcome.LOW_SCORE)


def test_few_points_give_no_datum(locator):
    rng = np.random.default_rng(4)
    verdict = detect_datum(locator, _points(rng, count=29), None, datum_candidates(), rng=rng)
    assert (verdict.chosen, verdict.outcome) == (None, Outcome.TOO_FEW)
    empty = detect_datum(locator, np.full((5, 2), np.nan), None, datum_candidates(), rng=rng)
    assert (empty.outcome, empty.candidates[0].tried) == (Outcome.TOO_FEW, 0)


def test_rows_without_a_stated_unit_are_not_tried(locator):
    rng = np.random.default_rng(5)
    lonlat = _points(rng, count=1000)
    stated = locator.locate(lonlat).unit_id
    stated[:400] = 0
    assert detect_datum(locator, lonlat, stated, datum_candidates(), rng=rng).candidates[0].tried == 600
    stated[20:] = 0
    assert detect_datum(locator, lonlat, stated, datum_candidates(), rng=rng).basis is Basis.INSIDE


def test_same_generator_same_verdict(locator):
    lonlat = _points(np.random.default_rng(6), count=30_000)
    stated = locator.locate(lonlat).unit_id
    first, second = (
        detect_datum(locator, lonlat, stated, datum_candidates(), rng=np.random.default_rng(7)) for _ in range(2)
    )
    assert first == second
    assert first.candidates[0].tried == 20_000


def test_a_projected_system_passed_in(locator):
    rng = np.random.default_rng(8)
    lonlat = _points(rng)
    candidates = datum_candidates() | {"tenths": lambda xy: xy / 10}
    verdict = detect_datum(locator, lonlat * 10, locator.locate(lonlat).unit_id, candidates, rng=rng)
    assert verdict.chosen == "tenths"


def test_bad_arguments_are_refused(locator):
    rng = np.random.default_rng(9)
    with pytest.raises(ShapeError):
        detect_datum(locator, np.zeros((3, 3)), None, datum_candidates(), rng=rng)
    with pytest.raises(ShapeError):
        detect_datum(locator, np.zeros((3, 2)), np.zeros(2, dtype=np.int32), datum_candidates(), rng=rng)
    with pytest.raises(ParameterError):
        detect_datum(locator, np.zeros((3, 2)), None, {}, rng=rng)


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
def test_real_small_grids_prove_the_datum(shared_data, datum):
    frame = pyogrio.read_dataframe(shared_data / "shanwei" / "synthetic_nested_grids.geojson")
    units = np.asarray(frame.geometry[frame["level"] == 6], dtype=object)
    ids = np.arange(1, len(units) + 1, dtype=np.int32)
    lonlat = shapely.get_coordinates(shapely.point_on_surface(units))
    verdict = detect_datum(
        UnitLocator(units, ids), from_wgs84(lonlat, datum), ids, datum_candidates(), rng=np.random.default_rng(1)
    )
    assert verdict.chosen == datum.value
    assert verdict.candidates[0].score == 1.0
    assert verdict.candidates[1].score < 0.6
