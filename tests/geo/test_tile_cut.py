"""Do cut shapes stay valid, whole and without cracks, and do their bytes say what they are?"""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.tile_cut import BUFFER, cut, cut_for_tile, most_tiles, on_grid
from geo.vector_tile import EXTENT, layer, polygon_commands, polygon_feature
from tests.support.vector_tile import read_tile

EQUATOR_M = 40_075_016.685578488


def unit_m(z: int) -> float:
    return EQUATOR_M / 2**z / EXTENT


def metres(shape: shapely.Geometry, z: int) -> shapely.Geometry:
    """A shape in EPSG:3857 whose place on the grid of zoom z is given."""
    half = EXTENT * 2**z / 2
    return shapely.transform(shape, lambda p: np.column_stack((p[:, 0] - half, half - p[:, 1])) * unit_m(z))


def drawn(commands: bytes) -> shapely.Geometry:
    """What the commands draw, by the even-odd rule, in the units of the tile."""
    (made,) = read_tile(layer("x", polygon_feature(7, commands)))["x"].features
    assert (made.id, made.kind) == (7, 3)
    area = shapely.Polygon()
    for ring in made.parts:
        shape = shapely.Polygon(ring)
        assert shape.is_valid
        # A hole runs against its outer ring and lies in it.
        area = area.union(shape) if shapely.LinearRing(ring).is_ccw else area.difference(shape)
    return area


def test_a_square_is_five_commands_long() -> None:
    square = shapely.Polygon([(1, 1), (4, 1), (4, 3), (1, 3)])
    (commands,) = polygon_commands(np.array([square], object), np.array([[0, 0]]))
    # MoveTo(1) +1 +1, LineTo(3) +3 0, 0 +2, -3 0, ClosePath; zigzag doubles what is positive.
    assert list(commands) == [9, 2, 2, 26, 6, 0, 0, 4, 5, 0, 15]


def test_rings_and_parts_go_on_from_where_the_pen_stands() -> None:
    holed = shapely.box(0, 0, 500, 500).difference(shapely.box(100, 100, 200, 200))
    both = shapely.orient_polygons(shapely.MultiPolygon([holed, shapely.box(600, 0, 9_000, 70)]))
    shapes = np.array([both, shapely.Polygon(), shapely.orient_polygons(holed)], object)
    first, empty, second = polygon_commands(shapes, np.array([[0, 0], [5, 5], [-40, 30]]))
    assert drawn(first).equals(both)
    assert empty == b""
    assert drawn(second).equals(shapely.transform(holed, lambda p: p - [-40, 30]))


def test_properties_stand_beside_the_shape() -> None:
    (commands,) = polygon_commands(np.array([shapely.box(0, 0, 9, 9)], object), np.array([[0, 0]]))
    content = layer("hex", polygon_feature(300, commands, (0, 1)), ["n"], [4, 1_000_000])
    (feature,) = read_tile(content)["hex"].features
    assert (feature.id, feature.properties) == (300, {"n": 1_000_000})
    assert layer("hex", b"") == b""


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([7, 10, 14]), st.sampled_from([8, 200]))
def test_shapes_that_tile_an_area_tile_every_tile_of_it(seed: int, z: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.integers(1, 2**z - 6, 2) * EXTENT
    points = shapely.multipoints(corner + rng.uniform(0, 5 * EXTENT, (count, 2)))
    area = shapely.box(*(corner + 1_000), *(corner + 4 * EXTENT + 500))
    cells = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=area))
    exact = np.array([metres(cell.intersection(area), z) for cell in cells], object)
    tiles: dict[tuple[int, int], list[shapely.Geometry]] = {}
    pieces = cut(on_grid(exact, z), z)
    for column, row, commands in zip(pieces.column.tolist(), pieces.row.tolist(), pieces.commands, strict=True):
        tiles.setdefault((column, row), []).append(drawn(commands))
    assert len(tiles) == 25
    square = shapely.box(0, 0, EXTENT, EXTENT)
    for place, shapes in tiles.items():
        visible = shapely.intersection(shapes, square)
        covered = shapely.transform(area, lambda p, place=place: p - np.array(place) * EXTENT).intersection(square)
        # Where a cut shape lies beside one that is not cut, they may part by less than a unit: 1/16 of a pixel.
        assert shapely.union_all(visible).symmetric_difference(covered).buffer(-0.5).is_empty
        assert shapely.area(visible).sum() - shapely.area(shapely.union_all(visible)) < EXTENT


def test_what_lies_in_a_tile_is_the_same_whether_asked_by_tile_or_cut_ahead() -> None:
    z = 11
    wide = shapely.Point(1_000 * EXTENT, 900 * EXTENT).buffer(3.3 * EXTENT)
    small = shapely.Point(1_000 * EXTENT + 10, 900 * EXTENT + 10).buffer(40)
    shapes = on_grid(np.array([metres(wide, z), metres(small, z)], object), z)
    pieces = cut(shapes, z)
    for column, row in {(1_000, 900), (999, 899), (997, 899), (1_003, 900)}:
        own = np.flatnonzero((pieces.column == column) & (pieces.row == row))
        owners, commands = cut_for_tile(shapes, column, row)
        assert owners.tolist() == pieces.owner[own].tolist()
        found = [drawn(pieces.commands[k]) for k in own]
        assert all(a.equals(drawn(b)) for a, b in zip(found, commands, strict=True))
        assert max(shape.bounds[2] for shape in found) <= EXTENT + BUFFER
    inside = drawn(cut_for_tile(shapes, 1_000, 900)[1][0])
    assert inside.equals(shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER))


def test_shapes_that_rounding_would_break_are_repaired_and_what_vanishes_is_left_out() -> None:
    z = 14
    fine = shapely.box(5_000, 5_000, 5_500, 5_500)
    thin = shapely.box(5_000, 6_000.1, 5_500, 6_000.3)
    hourglass = shapely.Polygon(
        [(7_000, 5_000), (7_400, 5_000), (7_200.2, 5_200.1), (7_400, 5_400), (7_000, 5_400), (7_200.1, 5_200.1)]
    )
    made = on_grid(np.array([metres(shape, z) for shape in (fine, thin, hourglass)], object), z)
    assert shapely.is_valid(made).all()
    assert made[0].equals(fine)
    assert made[1].is_empty
    assert made[2].geom_type == "MultiPolygon"
    assert abs(made[2].area - hourglass.area) < 200
    assert most_tiles(made, z).tolist() == [1, 0, 1]
    assert set(cut(made, z).owner.tolist()) == {0, 2}
