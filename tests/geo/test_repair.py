"""Is each bad polygon mended or refused, and said so?"""

import json

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.box import Box
from geo.metric import areas_m2
from geo.repair import RepairAction, RepairProblem, polygon_from_coordinates, repair_polygon

CITY = Box(114.8, 22.5, 116.3, 23.6)
SQUARE = [(115.0, 22.7), (115.01, 22.7), (115.01, 22.71), (115.0, 22.71), (115.0, 22.7)]


def test_a_sound_polygon_is_left_alone():
    polygon = shapely.Polygon(SQUARE)
    result = repair_polygon(polygon, extent=CITY)
    assert result.geometry.equals_exact(polygon, 0)
    assert (result.actions, result.problem, result.area_change_m2) == ((), None, 0.0)


def test_bowtie_keeps_both_wings_and_reports_the_area():
    corners = [(115.0, 22.7), (115.01, 22.71), (115.01, 22.7), (115.0, 22.71)]
    result = repair_polygon(shapely.Polygon(corners))
    assert RepairAction.MADE_VALID in result.actions
    # Two triangles, each a quarter of the square; as given, the windings cancel.
    assert result.area_after_m2 == pytest.approx(areas_m2(np.array([shapely.Polygon(SQUARE)]))[0] / 2, rel=1e-4)
    assert result.area_before_m2 == pytest.approx(0, abs=100)
    assert result.area_change_share == pytest.approx(1, abs=1e-3)


def test_multipolygon_holding_itself_twice_becomes_one():
    part = shapely.Polygon(SQUARE)
    result = repair_polygon(shapely.MultiPolygon([part, part]))
    assert result.actions == (RepairAction.MERGED_PARTS,)
    assert result.geometry.equals(part)
    assert result.area_change_m2 == pytest.approx(-areas_m2(np.array([part]))[0])


def test_parts_side_by_side_stay_parts():
    two = shapely.MultiPolygon([shapely.box(115, 22.7, 115.01, 22.71), shapely.box(115.02, 22.7, 115.03, 22.71)])
    assert repair_polygon(two).geometry.geom_type == "MultiPolygon"
    assert RepairAction.MERGED_PARTS not in repair_polygon(two).actions


def test_ring_order_height_and_swapped_axes():
    clockwise = repair_polygon(shapely.Polygon(SQUARE[::-1]))
    assert clockwise.actions == (RepairAction.RING_ORDER,)
    assert clockwise.geometry.exterior.is_ccw
    high = repair_polygon(shapely.Polygon([(*corner, 5.0) for corner in SQUARE]))
    assert high.actions == (RepairAction.DROPPED_HEIGHT,)
    assert not high.geometry.has_z
    swapped = repair_polygon(shapely.Polygon([corner[::-1] for corner in SQUARE]))
    assert swapped.actions[0] is RepairAction.SWAPPED_AXES
    assert swapped.geometry.equals(shapely.Polygon(SQUARE))


def test_possible_latitudes_are_swapped_only_with_an_extent():
    berlin = Box(13.0, 52.3, 13.8, 52.7)
    latlon = shapely.box(52.4, 13.2, 52.5, 13.3)
    assert RepairAction.SWAPPED_AXES not in repair_polygon(latlon).actions
    assert RepairAction.SWAPPED_AXES in repair_polygon(latlon, extent=berlin).actions
    elsewhere = shapely.box(20, 40, 21, 41)
    assert repair_polygon(elsewhere, extent=berlin).geometry.equals(elsewhere)


def test_spike_is_dropped():
    spiked = shapely.Polygon([*SQUARE[:2], (115.05, 22.7), *SQUARE[1:]])
    result = repair_polygon(spiked)
    assert RepairAction.MADE_VALID in result.actions
    assert result.geometry.equals(shapely.Polygon(SQUARE))


@pytest.mark.parametrize(
    ("geometry", "problem"),
    [
        (None, RepairProblem.NULL),
        (shapely.Polygon(), RepairProblem.EMPTY),
        (shapely.MultiPolygon(), RepairProblem.EMPTY),
        (shapely.Point(1, 1), RepairProblem.NOT_POLYGON),
        (shapely.LineString([(0, 0), (1, 1)]), RepairProblem.NOT_POLYGON),
        (shapely.Polygon([(0, 0), (1e-7, 0), (0, 1e-7)]), RepairProblem.SLIVER),
        (shapely.Polygon([(0, 0), (1, 1), (2, 2)]), RepairProblem.SLIVER),
        (shapely.box(500_000, 2_500_000, 500_100, 2_500_100), RepairProblem.OUT_OF_RANGE),
    ],
)
def test_problems(geometry, problem):
    result = repair_polygon(geometry)
    assert (result.geometry, result.problem) == (None, problem)


def test_collection_keeps_its_areas():
    mixed = shapely.GeometryCollection([shapely.Polygon(SQUARE), shapely.Point(1, 1)])
    result = repair_polygon(mixed)
    assert RepairAction.DROPPED_NON_AREA in result.actions
    assert result.geometry.equals(shapely.Polygon(SQUARE))


@pytest.mark.parametrize(
    ("coordinates", "problem"),
    [
        (None, RepairProblem.NULL),
        ([], RepairProblem.EMPTY),
        ([[]], RepairProblem.EMPTY),
        ([[(0, 0), (float("nan"), 1), (1, 1)]], RepairProblem.NOT_A_NUMBER),
        ([[(0, 0), ("x", 1), (1, 1)]], RepairProblem.NOT_A_NUMBER),
        ([[(0, 0), (1, 1)]], RepairProblem.TOO_FEW_POINTS),
    ],
)
def test_problems_of_raw_coordinates(coordinates, problem):
    assert polygon_from_coordinates(coordinates).problem == problem


def test_raw_rings_are_closed_and_holes_kept():
    hole = [(115.002, 22.702), (115.002, 22.704), (115.004, 22.704)]
    result = polygon_from_coordinates([SQUARE[:-1], hole])
    assert result.actions == (RepairAction.CLOSED_RING,)
    assert len(result.geometry.interiors) == 1
    assert (
        polygon_from_coordinates([[SQUARE], [[(116.0, 23), (116.1, 23), (116.1, 23.1)]]]).geometry.geom_type
        == "MultiPolygon"
    )


EXPECTED = {
    "B1": RepairAction.MADE_VALID,
    "B2": RepairProblem.NULL,
    "B3": RepairProblem.EMPTY,
    "B4": RepairProblem.NOT_POLYGON,
    "B5": RepairProblem.NOT_POLYGON,
    "B6": None,
    "B7": None,
    "B8": None,
    "B9": RepairAction.SWAPPED_AXES,
    "B10": None,
    "B11": RepairAction.DROPPED_HEIGHT,
    "B12": None,  # named clockwise, but its outer ring runs counter-clockwise already
    "B13": RepairAction.MERGED_PARTS,
    "B14": RepairProblem.SLIVER,
    "B15": RepairAction.CLOSED_RING,
    "B16": RepairProblem.NOT_A_NUMBER,
}


def _read(geometry):
    if geometry is None or geometry["type"] not in {"Polygon", "MultiPolygon"}:
        return repair_polygon(None if geometry is None else shapely.from_geojson(json.dumps(geometry)))
    return polygon_from_coordinates(geometry["coordinates"], extent=CITY)


def test_real_bad_grids_end_as_they_should(shared_data):
    features = json.loads((shared_data / "badcases" / "grids_bad.geojson").read_text(encoding="utf-8"))["features"]
    assert {feature["properties"]["code"] for feature in features} == set(EXPECTED)
    for feature in features:
        result, expected = _read(feature["geometry"]), EXPECTED[feature["properties"]["code"]]
        if isinstance(expected, RepairProblem):
            assert result.problem == expected
            continue
        assert result.problem is None
        assert result.geometry.is_valid
        assert all(shapely.get_exterior_ring(part).is_ccw for part in shapely.get_parts(result.geometry))
        assert expected is None or expected in result.actions


corners = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=9)


@given(st.lists(corners, min_size=1, max_size=3))
def test_whatever_comes_in_is_valid_and_once_only(rings):
    result = polygon_from_coordinates([[[(x / 100, y / 100) for x, y in ring]] for ring in rings])
    if result.problem is not None:
        assert result.problem in {RepairProblem.SLIVER, RepairProblem.TOO_FEW_POINTS}
        return
    assert result.geometry.is_valid
    assert result.geometry.geom_type in {"Polygon", "MultiPolygon"}
    again = repair_polygon(result.geometry)
    assert again.actions == ()
    assert again.geometry.equals(result.geometry)


def test_real_tracts_with_broken_topology_all_become_valid(shared_data):
    tracts = pyogrio.read_dataframe(shared_data / "nyc" / "census_tracts_2010.geojson").geometry
    results = [repair_polygon(tract) for tract in tracts]
    assert all(result.problem is None and result.geometry.is_valid for result in results)
    assert sum(RepairAction.MADE_VALID in result.actions for result in results) == int((~tracts.is_valid).sum())
    assert max(result.area_change_share for result in results) < 0.001
