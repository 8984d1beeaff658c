"""Which classes does a class filter select?"""

import pytest

from data.engine import AsyncRows
from data.reads.catalog import groups_of, read_classes, read_departments, read_scenarios, read_sources
from data.reads.classes import read_class_filter
from data.reads.errors import ClassUnknown

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (None, None),
        (" , ", None),
        ("U-E-1-02", {2}),
        ("appearance", {1, 2}),
        ("safety", {4, 5}),
        ("flood", {3, 5}),
        ("roads", {3}),
        ("scenario:roads", {1}),
        ("group:roads, S-D-1-01", {3, 4}),
    ],
)
async def test_terms(conn: AsyncRows, text: str | None, ids: set[int] | None) -> None:
    assert await read_class_filter(conn, text) == (None if ids is None else frozenset(ids))


@pytest.mark.parametrize("text", ["nothing", "U-E-1-02,nothing", "scenario:appearance", "class:"])
async def test_unknown_term_is_named(conn: AsyncRows, text: str) -> None:
    with pytest.raises(ClassUnknown) as refusal:
        await read_class_filter(conn, text)
    assert refusal.value.field == "class"
    assert text.rpartition(",")[2] in refusal.value.cause


async def test_catalog_is_read_whole(conn: AsyncRows) -> None:
    classes = await read_classes(conn)
    assert [entry.id for entry in classes] == [1, 2, 3, 4, 5]
    assert [group.key for group in groups_of(classes)] == ["appearance", "roads", "neighbour", "disaster"]
    assert groups_of(classes)[0].classes == ("U-E-1-01", "U-E-1-02")
    assert [scenario.classes for scenario in await read_scenarios(conn)] == [["U-C-2-01", "S-P-2-01"], ["U-E-1-01"]]
    assert [source.key for source in await read_sources(conn)] == ["grid_worker"]
    assert [department.key for department in await read_departments(conn)] == ["water", "fire"]
