"""Are units found by code, place in the tree, name, pinyin and code?"""

import pytest

from data.engine import AsyncRows
from data.reads.errors import UnitUnknown
from data.reads.levels import read_levels
from data.reads.units import (
    read_breadcrumb,
    read_children,
    read_root,
    read_siblings,
    read_unit,
    search_units,
)
from tests.data.reads.grid_world import CODES, IDS, ORIGIN, SIDE

pytestmark = pytest.mark.anyio


async def test_tree_is_walked_down_and_up(conn: AsyncRows) -> None:
    root = await read_root(conn)
    assert (root.code, root.name, root.parent, root.children) == ("44", "海城市", None, 3)
    towns = await read_children(conn, root)
    assert [town.code for town in towns] == [CODES[letter] for letter in "ABC"]
    grid = await read_unit(conn, CODES["b"])
    assert [unit.code for unit in await read_breadcrumb(conn, grid)] == ["44", "4401", "4401002"]
    assert [unit.code for unit in await read_siblings(conn, grid)] == [CODES["a"], CODES["b"]]
    assert await read_siblings(conn, root) == (root,)


async def test_unit_has_its_box_and_a_point_inside(conn: AsyncRows) -> None:
    unit = await read_unit(conn, CODES["g"])
    assert (unit.west, unit.north) == pytest.approx((ORIGIN[0], ORIGIN[1] - 3 * SIDE))
    assert (unit.east, unit.south) == pytest.approx((ORIGIN[0] + 2 * SIDE, ORIGIN[1] - 4 * SIDE))
    assert unit.west < unit.label_lon < unit.east
    assert unit.population is None


async def test_ended_and_unknown_units_are_not_found(conn: AsyncRows) -> None:
    for code in (CODES["z"], "99", "44%"):
        with pytest.raises(UnitUnknown) as refusal:
            await read_unit(conn, code)
        assert refusal.value.field == "unit"
        assert code in refusal.value.cause
    with pytest.raises(UnitUnknown):
        await read_unit(conn, CODES["a"], level="town")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("4402", "B"),
        ("44010", "a"),
        ("红草镇", "B"),
        ("马宫", "C"),
        ("草", "B"),
        ("hongcao", "B"),
        ("hong cao", "B"),
        ("hcz", "B"),
        ("mgjd", "C"),
        ("magong", "C"),
        ("MAGONG", "C"),
        ("gong jie", "C"),
        ("town cen", "A"),
        ("honggcao", "B"),
    ],
)
async def test_search_finds(conn: AsyncRows, typed: str, first: str) -> None:
    hits = await search_units(conn, typed)
    assert hits[0].code == CODES[first]


async def test_search_puts_the_exact_code_before_codes_that_start_so(conn: AsyncRows) -> None:
    hits = await search_units(conn, "4401")
    assert [hit.code for hit in hits] == [CODES[letter] for letter in "Aab"]


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "\\", "'; DROP TABLE unit; --", "无此地"])
async def test_search_finds_nothing_for_nothing(conn: AsyncRows, typed: str) -> None:
    assert await search_units(conn, typed) == ()


async def test_search_leaves_out_ended_units_and_keeps_the_limit(conn: AsyncRows) -> None:
    hits = await search_units(conn, "wangge", limit=50)
    assert {hit.code for hit in hits} == {CODES[letter] for letter in "abcdefg"}
    assert len(await search_units(conn, "wangge", limit=3)) == 3


async def test_levels_count_places_and_current_units(conn: AsyncRows) -> None:
    city, town, grid = await read_levels(conn)
    assert [level.key for level in (city, town, grid)] == ["city", "town", "grid"]
    assert (town.first_id, town.count, town.current) == (20_000_001, 3, 3)
    assert (grid.first_id, grid.count, grid.current) == (IDS["a"], 8, 7)
