"""Does the division check find what was broken on purpose, with place and size?"""

import time

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.division import DivisionFault, DivisionLimits, UnitLayer, check_division
from geo.errors import ParameterError, ShapeError
from geo.metric import areas_m2

WEST, SOUTH, SIDE = 115.0, 22.7, 0.01
CITY = UnitLayer(("P",), np.array([shapely.box(WEST, SOUTH, WEST + 4 * SIDE, SOUTH + SIDE)]))


def _cell(left, right, bottom=0.0, top=1.0):
    return shapely.box(WEST + left * SIDE, SOUTH + bottom * SIDE, WEST + right * SIDE, SOUTH + top * SIDE)


def _layer(cells, parents=None, households=None):
    codes = tuple("ABCDEFGH"[: len(cells)])
    numbers = None if households is None else np.array(households)
    return UnitLayer(codes, np.array(cells, dtype=object), tuple(parents or ["P"] * len(cells)), numbers)


def _square_m2():
    return areas_m2(np.array([_cell(0, 1)]))[0]


def _sound():
    return [_cell(k, k + 1) for k in range(4)]


def _faults(cells, above=CITY, **options):
    return check_division(_layer(cells, **options), above)


def test_a_tiled_parent_has_no_findings():
    assert _faults(_sound()) == ()


def test_a_gap_has_place_size_and_share():
    (gap,) = _faults([_cell(0, 1), _cell(1, 2), _cell(3, 4)])
    assert (gap.fault, gap.codes) == (DivisionFault.GAP, ("P",))
    assert gap.area_m2 == pytest.approx(_square_m2(), rel=1e-6)
    assert gap.share == pytest.approx(0.25, rel=1e-6)
    assert _cell(2, 3).contains(shapely.Point(gap.lonlat))
    assert gap.geometry.symmetric_difference(_cell(2, 3)).area < 1e-12


def test_a_parent_without_units_is_one_gap():
    (gap,) = check_division(UnitLayer((), np.array([], dtype=object)), CITY)
    assert (gap.fault, gap.share) == (DivisionFault.GAP, 1.0)


def test_an_overlap_names_both_units():
    (overlap,) = _faults([_cell(0, 1.5), *_sound()[1:]])
    assert (overlap.fault, overlap.codes) == (DivisionFault.OVERLAP, ("A", "B"))
    assert overlap.area_m2 == pytest.approx(_square_m2() / 2, rel=1e-6)
    assert overlap.share == pytest.approx(0.5, rel=1e-6)


def test_a_thin_gap_is_a_sliver_and_a_thinner_one_is_rounding():
    half_metre, centimetre = 0.5 / 1024, 0.01 / 1024  # a side is about 1,024 m wide
    assert [found.fault for found in _faults([_cell(0, 1 - half_metre), *_sound()[1:]])] == [DivisionFault.SLIVER]
    assert _faults([_cell(0, 1 - centimetre), *_sound()[1:]]) == ()


def test_a_hole_in_a_level_without_parents():
    ring = [_cell(0, 3, 0, 1), _cell(0, 1, 1, 2), _cell(2, 3, 1, 2), _cell(0, 3, 2, 3)]
    (gap,) = check_division(_layer(ring))
    assert (gap.fault, gap.codes) == (DivisionFault.GAP, ())
    assert gap.area_m2 == pytest.approx(_square_m2(), rel=1e-3)


def test_unsound_geometry():
    bowtie = shapely.Polygon(shapely.get_coordinates(_cell(1, 2))[[0, 2, 1, 3]])
    two = shapely.MultiPolygon([_cell(2, 2.4), _cell(2.6, 3)])
    found = check_division(_layer([_cell(0, 1), bowtie, two, None, _cell(3, 3.002, 0, 0.002)]))
    kinds = {(finding.fault, finding.codes) for finding in found}
    assert {
        (DivisionFault.INVALID, ("B",)),
        (DivisionFault.MULTIPART, ("C",)),
        (DivisionFault.MISSING_GEOMETRY, ("D",)),
        (DivisionFault.SLIVER, ("E",)),
    } <= kinds
    missing = next(finding for finding in found if finding.fault is DivisionFault.MISSING_GEOMETRY)
    assert (missing.lonlat, missing.geometry) == (None, None)


def test_parents_missing_wrong_and_left():
    parents = UnitLayer(("P", "Q"), np.array([_cell(0, 2), _cell(2, 4)]))
    found = check_division(_layer([*_sound()[:2], _cell(2, 3), _cell(3, 4)], ["P", "Z", "P", "Q"]), parents)
    assert [(finding.fault, finding.codes) for finding in found] == [
        (DivisionFault.MISSING_PARENT, ("B",)),
        (DivisionFault.WRONG_PARENT, ("C", "P", "Q")),
    ]
    assert found[1].share == pytest.approx(1)


def test_a_unit_across_two_parents_straddles_and_is_partly_outside():
    parents = UnitLayer(("P", "Q"), np.array([_cell(0, 2), _cell(2, 4)]))
    found = check_division(_layer([_cell(0, 1), _cell(1, 2.2), _cell(2.2, 4)], ["P", "P", "Q"]), parents)
    assert [(finding.fault, finding.codes) for finding in found] == [
        (DivisionFault.OUTSIDE_PARENT, ("B", "P")),
        (DivisionFault.STRADDLING, ("B", "P", "Q")),
    ]
    assert [finding.share for finding in found] == pytest.approx([0.2 / 1.2] * 2, rel=1e-4)
    assert found[0].area_m2 == pytest.approx(0.2 * _square_m2(), rel=1e-4)


def test_oversize_by_the_local_limit():
    (found,) = _faults(_sound(), households=[300, 301, -1, 0])
    assert (found.fault, found.codes, found.households) == (DivisionFault.OVERSIZE, ("B",), 301)
    layer = _layer(_sound(), households=[300, 301, -1, 0])
    assert check_division(layer, CITY, DivisionLimits(most_households=None)) == ()


def test_bad_columns_and_limits_are_refused():
    with pytest.raises(ShapeError):
        UnitLayer(("A",), np.array([None, None]))
    with pytest.raises(ParameterError):
        DivisionLimits(outside_share=2)


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(4)), st.floats(0.05, 0.9), st.booleans())
def test_order_of_units_does_not_matter_and_area_is_what_was_moved(order, moved, outward):
    cells = _sound()
    cells[1] = _cell(1, 2 + moved) if outward else _cell(1, 2 - moved)
    codes = "ABCD"
    layer = UnitLayer(tuple(codes[k] for k in order), np.array([cells[k] for k in order]), ("P",) * 4)
    (found,) = check_division(layer, CITY)
    assert found.fault is (DivisionFault.OVERLAP if outward else DivisionFault.GAP)
    assert found.area_m2 == pytest.approx(moved * _square_m2(), rel=1e-5)


def test_real_city_in_seconds(shared_data):
    frame = pyogrio.read_dataframe(shared_data / "shanwei" / "synthetic_nested_grids.geojson")
    code_of = dict(zip(frame["id"], frame["code"], strict=True))

    def level(rank):
        part = frame[frame["level"] == rank]
        parents = tuple(code_of.get(parent) for parent in part["parent_id"])
        return UnitLayer(tuple(part["code"]), np.asarray(part.geometry, dtype=object), parents)

    small, medium = level(6), level(5)
    start = time.perf_counter()
    found = check_division(small, medium)
    assert time.perf_counter() - start < 30
    assert {finding.fault for finding in found} <= {DivisionFault.MULTIPART, DivisionFault.SLIVER}
    multipart = {finding.codes[0] for finding in found if finding.fault is DivisionFault.MULTIPART}
    expected = {code for code, shape in zip(small.codes, small.geometries, strict=True) if len(shape.geoms) > 1}
    assert multipart == expected
