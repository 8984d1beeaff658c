"""Does a sheet hold the units inside a unit, the tree above them and the lines between them?"""

from collections.abc import AsyncIterator, Iterator

import pytest

from data.engine import AsyncDatabase
from data.reads.errors import LevelUnknown, UnitUnknown
from data.zoning.plan_sheet import read_sheet
from tests.data.reads import grid_world
from tests.data.reads.grid_world import CODES, IDS
from tests.support.databases import cloned_database


@pytest.fixture(scope="module")
def drawn_url(server_url: str, template_name: str) -> Iterator[str]:
    """Address of a database with the drawn city."""
    with cloned_database(server_url, template_name) as url:
        grid_world.build(url)
        yield url


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def database(drawn_url: str, anyio_backend: str) -> AsyncIterator[AsyncDatabase]:
    database = AsyncDatabase(drawn_url, min_size=1, max_size=1)
    await database.open()
    yield database
    await database.close()


@pytest.mark.anyio
async def test_a_sheet_holds_units_tree_and_lines(database: AsyncDatabase) -> None:
    async with database.reading() as conn:
        sheet = await read_sheet(conn, CODES["A"], "grid")
    assert [unit.code for unit in sheet.units] == [CODES["a"], CODES["b"]]
    assert [unit.path for unit in sheet.units] == [[IDS["X"], IDS["A"], IDS[letter]] for letter in "ab"]
    assert [unit.code for unit in sheet.above] == [CODES["X"], CODES["A"]]
    borders = sheet.borders()
    assert (borders.first.tolist(), borders.second.tolist()) == ([0], [1])
    # a and b meet along two cells of the drawing.
    assert borders.lines[0].length == pytest.approx(2 * grid_world.SIDE, rel=1e-3)


@pytest.mark.anyio
async def test_a_sheet_of_the_whole_city_holds_every_unit_of_the_level(database: AsyncDatabase) -> None:
    async with database.reading() as conn:
        sheet = await read_sheet(conn, "", "town")
    assert [unit.code for unit in sheet.units] == [CODES[letter] for letter in "ABC"]


@pytest.mark.anyio
async def test_what_is_not_there_is_refused(database: AsyncDatabase) -> None:
    async with database.reading() as conn:
        with pytest.raises(UnitUnknown):
            await read_sheet(conn, "9999", "grid")
        with pytest.raises(LevelUnknown):
            await read_sheet(conn, "", "street")
