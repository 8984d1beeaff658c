"""Do the figures of chosen units equal the drawing, and are units of several levels refused?"""

import pytest

from data.engine import AsyncRows
from data.reads.errors import LevelsMixed, SelectionInvalid, UnitUnknown
from data.reads.incident_filter import IncidentFilter
from data.reads.incidents import read_incidents
from data.reads.question import read_question
from data.reads.selection import Selection, read_cells_of, read_chosen, read_selection
from tests.data.reads.conftest import World
from tests.data.reads.grid_world import CODES, measures
from tests.data.reads.test_reads_summary import CLASS_FILTERS, FIRST, LAST, expected_rows, summary_of

pytestmark = pytest.mark.anyio


async def selection_of(conn: AsyncRows, letters: str, classes: str | None = None) -> Selection:
    question = await read_question(conn, start=FIRST.isoformat(), end=LAST.isoformat(), classes=classes)
    return await read_selection(conn, question, await read_chosen(conn, [CODES[letter] for letter in letters]))


@pytest.mark.parametrize("classes", CLASS_FILTERS)
@pytest.mark.parametrize("letters", ["ABC", "AC", "be", "abcdefg", "g"])
async def test_sums_equal_the_drawing(world: World, conn: AsyncRows, letters: str, classes: str | None) -> None:
    found = await selection_of(conn, letters, classes)
    by_letter = {letter: measures(expected_rows(world, letter, classes)) for letter in letters}
    assert {unit.code: item for unit, item in zip(found.chosen.units, found.items, strict=True)} == {
        CODES[letter]: figure for letter, figure in by_letter.items()
    }
    once = {row.id: row for letter in letters for row in expected_rows(world, letter, classes)}
    assert found.measures == measures(once.values())
    assert found.measures.n > 0


async def test_each_unit_has_the_figures_of_its_own_summary(conn: AsyncRows) -> None:
    found = await selection_of(conn, "bde")
    alone = [(await summary_of(conn, letter, "day")).measures for letter in "bde"]
    assert list(found.items) == alone


async def test_the_whole_city_keeps_what_lies_in_no_unit(conn: AsyncRows) -> None:
    assert (await selection_of(conn, "X")).measures == (await summary_of(conn, "X", "day")).measures


async def test_people_and_area_add_up_and_unknown_people_are_told(conn: AsyncRows) -> None:
    found = await selection_of(conn, "abg")
    assert (found.population, found.without_population, found.area_m2) == (1_000, 1, 6e6)
    assert (await selection_of(conn, "g")).population is None


async def test_units_of_several_levels_are_refused(conn: AsyncRows) -> None:
    with pytest.raises(LevelsMixed, match="1 of level town and 1 of level grid") as caught:
        await read_chosen(conn, [CODES["A"], CODES["c"]])
    assert caught.value.remedy


async def test_nothing_unknown_or_too_much_is_refused(conn: AsyncRows) -> None:
    with pytest.raises(SelectionInvalid):
        await read_chosen(conn, [])
    with pytest.raises(SelectionInvalid):
        await read_chosen(conn, [str(number) for number in range(2_001)])
    with pytest.raises(UnitUnknown):
        await read_chosen(conn, [CODES["A"], "nowhere"])


async def test_repeats_count_once(conn: AsyncRows) -> None:
    assert (await selection_of(conn, "AA")).measures == (await selection_of(conn, "A")).measures


async def test_the_list_behind_the_sum_holds_as_many(conn: AsyncRows) -> None:
    found = await selection_of(conn, "be")
    cells = tuple(await read_cells_of(conn, found.chosen.units))
    page = await read_incidents(conn, found.question, IncidentFilter(cells=cells), limit=500)
    assert len(page.incidents) == found.measures.n
