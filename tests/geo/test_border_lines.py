"""Are the lines between neighbours those that a reader sees, and no others?"""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.border_lines import border_lines
from geo.errors import ParameterError

Pairs = list[tuple[int, int]]


def pairs(geometries: list[object]) -> dict[tuple[int, int], shapely.Geometry]:
    found = border_lines(np.array(geometries, dtype=object))
    return {(int(a), int(b)): line for a, b, line in zip(found.first, found.second, found.lines, strict=True)}


def test_neighbours_share_a_line_and_a_corner_is_none() -> None:
    # 0 1
    # 2 3
    four = [shapely.box(x, y, x + 1, y + 1) for y in (1, 0) for x in (0, 1)]
    found = pairs(four)
    assert sorted(found) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert found[0, 1].equals(shapely.LineString([(1, 1), (1, 2)]))
    assert found[0, 2].equals(shapely.LineString([(0, 1), (1, 1)]))


def test_a_border_with_another_point_on_one_side_only_is_found_whole() -> None:
    found = pairs([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 0.5), shapely.box(1, 0.5, 2, 1)])
    assert sorted(found) == [(0, 1), (0, 2), (1, 2)]
    assert found[0, 1].length == pytest.approx(0.5, abs=1e-4)
    assert found[1, 2].length == pytest.approx(1.0, abs=1e-4)


def test_a_border_that_was_drawn_twice_is_one() -> None:
    drawn_apart = shapely.Polygon([(1.000001, 0), (2, 0), (2, 1), (1.000001, 1), (1.000001, 0.4)])
    found = pairs([shapely.box(0, 0, 1, 1), drawn_apart])
    assert found[0, 1].length == pytest.approx(1.0, abs=1e-4)


def test_several_pieces_an_enclave_and_what_is_missing() -> None:
    island = shapely.box(5, 0, 6, 1)
    ring = shapely.difference(shapely.box(0, 0, 3, 3), shapely.box(1, 1, 2, 2))
    found = pairs([shapely.MultiPolygon([ring, island]), shapely.box(1, 1, 2, 2), None, shapely.Polygon()])
    assert sorted(found) == [(0, 1)]
    assert found[0, 1].length == pytest.approx(4.0)


def test_units_alone_have_no_lines() -> None:
    assert pairs([]) == {}
    assert pairs([shapely.box(0, 0, 1, 1)]) == {}
    assert pairs([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)]) == {}


def test_a_tolerance_must_be_above_nought() -> None:
    with pytest.raises(ParameterError, match="tolerance_deg"):
        border_lines(np.array([], dtype=object), tolerance_deg=0)


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_lines_of_a_division_are_what_shapely_finds(count: int, seed: int) -> None:
    points = np.random.default_rng(seed).random((count, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=shapely.box(0, 0, 1, 1)))
    cells = shapely.set_precision(shapely.intersection(cells, shapely.box(0, 0, 1, 1)), 1e-6)
    found = pairs(list(cells))
    total = sum(line.length for line in found.values())
    inner = (
        shapely.length(shapely.boundary(cells)).sum() - shapely.length(shapely.boundary(shapely.union_all(cells)))
    ) / 2
    assert total == pytest.approx(inner, rel=1e-3, abs=1e-3)
    for (a, b), line in found.items():
        assert shapely.distance(line, cells[a]) < 1e-5
        assert shapely.distance(line, cells[b]) < 1e-5
