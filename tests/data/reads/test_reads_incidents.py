"""Are lists complete, in order, stable under paging, and true to their filters?"""

from collections.abc import Callable
from datetime import date

import pytest

from data.engine import AsyncRows
from data.reads.errors import BoxInvalid, CursorInvalid, IdsInvalid, IncidentUnknown, LimitInvalid, StatusUnknown
from data.reads.incident_filter import (
    IncidentFilter,
    decode_cursor,
    encode_cursor,
    parse_filter,
    parse_limit,
)
from data.reads.incidents import Incident, read_incident, read_incidents, stream_incidents
from data.reads.question import read_question
from tests.data.reads.conftest import World
from tests.data.reads.grid_world import CODES, ORIGIN, SIDE, Row

pytestmark = pytest.mark.anyio
FIRST, LAST = date(2025, 3, 2), date(2025, 3, 31)
SENSITIVE = 4


async def listed(
    conn: AsyncRows, narrowed: IncidentFilter, letter: str = "X", classes: str = "", limit: int = 500
) -> list[Incident]:
    question = await read_question(
        conn, unit=CODES[letter], start=FIRST.isoformat(), end=LAST.isoformat(), classes=classes
    )
    found: list[Incident] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await read_incidents(conn, question, narrowed, after=decode_cursor(cursor), limit=limit)
        assert len(page.incidents) <= limit
        found += page.incidents
        cursor = encode_cursor(page.next) if page.next else None
    return found


def newest_first(world: World, wanted: Callable[[Row], bool]) -> list[int]:
    rows = [row for row in world.rows if FIRST <= row.day <= LAST and wanted(row)]
    return [row.id for row in sorted(rows, key=lambda row: (row.reported_at, row.id), reverse=True)]


@pytest.mark.parametrize("limit", [7, 50, 500])
@pytest.mark.parametrize("letter", "XBe")
async def test_pages_make_the_whole_list_once(world: World, conn: AsyncRows, letter: str, limit: int) -> None:
    found = await listed(conn, IncidentFilter(), letter, limit=limit)
    assert [incident.id for incident in found] == newest_first(world, lambda row: row.lies_in(letter))
    assert found


def is_open(row: Row) -> bool:
    return row.status in (1, 2, 3, 4, 5, 10, 11, 12)


FILTERS: list[tuple[dict[str, str], Callable[[Row], bool]]] = [
    ({"status": "closed"}, lambda row: row.status == 6),
    ({"status": "reported,void"}, lambda row: row.status in (1, 8)),
    ({"status": "open"}, is_open),
    ({"status": "overdue"}, lambda row: is_open(row) and row.breached and row.handled_at is None),
    ({"status": "on_time"}, lambda row: bool(row.handled_at and row.due_at and row.handled_at <= row.due_at)),
    ({"status": "late"}, lambda row: bool(row.handled_at and row.due_at and row.handled_at > row.due_at)),
    ({"text": "X-17"}, lambda row: row.id == 17),
    ({"text": "第1"}, lambda row: str(row.id).startswith("1")),
    ({"text": "滨海路2"}, lambda row: str(row.id).startswith("2") and row.class_id != SENSITIVE),
    ({"text": "x-17"}, lambda _: False),
    ({"text": "第17号"}, lambda row: row.id == 17),
    ({"text": "100%"}, lambda _: False),
    ({"ids": "3,5,8,13"}, lambda row: row.id in (3, 5, 8, 13)),
]


@pytest.mark.parametrize(("texts", "wanted"), FILTERS)
async def test_filters(world: World, conn: AsyncRows, texts: dict[str, str], wanted: Callable[[Row], bool]) -> None:
    found = await listed(conn, parse_filter(**texts))
    assert [incident.id for incident in found] == newest_first(world, wanted)


async def test_box_takes_what_is_shown_inside_it(world: World, conn: AsyncRows) -> None:
    west, north = ORIGIN[0] + 2 * SIDE, ORIGIN[1]
    east, south = west + 3 * SIDE, north - 2 * SIDE
    found = await listed(conn, parse_filter(box=f"{west},{south},{east},{north}"))
    plain = newest_first(
        world,
        lambda row: (
            row.class_id != SENSITIVE
            and row.lonlat is not None
            and west <= row.lonlat[0] <= east
            and south <= row.lonlat[1] <= north
        ),
    )
    assert [incident.id for incident in found if not incident.sensitive] == plain
    assert plain
    assert all(incident.lon and west <= incident.lon <= east for incident in found)


async def test_sensitive_incidents_show_their_grid_only(world: World, conn: AsyncRows) -> None:
    found = {incident.id: incident for incident in await listed(conn, IncidentFilter())}
    rows = [row for row in world.rows if row.id in found and row.lonlat]
    for row in rows:
        shown = found[row.id]
        assert row.lonlat is not None
        exact = shown.lon is not None and abs(shown.lon - row.lonlat[0]) < 1e-9
        assert exact == (row.class_id != SENSITIVE)
        assert (shown.address is None) == (row.class_id == SENSITIVE)
    places = {(found[row.id].lon, found[row.id].lat) for row in rows if row.class_id == SENSITIVE and row.grid == "a"}
    assert len(places) == 1


async def test_stream_has_the_whole_list(world: World, conn: AsyncRows) -> None:
    question = await read_question(conn, start=FIRST.isoformat(), end=LAST.isoformat(), classes="flood")
    streamed = [row.id async for chunk in stream_incidents(conn, question, IncidentFilter()) for row in chunk]
    assert streamed == newest_first(world, lambda row: row.class_id in (3, 5))


async def test_one_incident_names_where_it_lies_and_what_it_states(world: World, conn: AsyncRows) -> None:
    row = next(row for row in world.rows if row.grid == "b" and row.town == "B" and row.city == "X")
    detail = await read_incident(conn, row.id)
    assert [unit.code for unit in detail.located] == [CODES["X"], CODES["B"], CODES["b"]]
    assert detail.stated is not None
    assert detail.stated.code == CODES["a"]
    nowhere = next(row for row in world.rows if row.lonlat is None)
    assert (await read_incident(conn, nowhere.id)).located == ()
    with pytest.raises(IncidentUnknown):
        await read_incident(conn, 10**12)


@pytest.mark.parametrize(
    ("texts", "error"),
    [
        ({"status": "broken"}, StatusUnknown),
        ({"box": "1,2,3"}, BoxInvalid),
        ({"box": "3,0,1,1"}, BoxInvalid),
        ({"box": "nan,0,1,1"}, BoxInvalid),
        ({"ids": "1,x"}, IdsInvalid),
        ({"ids": ",".join(["1"] * 1_001)}, IdsInvalid),
        ({"ids": str(2**63)}, IdsInvalid),
    ],
)
def test_unusable_filters_are_refused(texts: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_filter(**texts)


@pytest.mark.parametrize("cursor", ["x", "MTIz", "äöü", "MS4yLjM", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5LjE"])
def test_foreign_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(cursor)


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "9" * 5_000])
def test_unusable_page_sizes_are_refused(limit: str) -> None:
    with pytest.raises(LimitInvalid):
        parse_limit(limit)
