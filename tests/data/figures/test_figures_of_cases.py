"""Do figures, lists and kept days say the same as the events, whatever was done to cases and whatever was imported?"""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import psycopg
import pytest

from data.accounts.account import acting_as
from data.accounts.errors import NotPermitted
from data.cases.action import FIELDS, Act, FieldKind
from data.cases.case_row import read_case_rows
from data.cases.detail import read_case
from data.cases.errors import CaseProblem, CaseUnknown
from data.cases.first_event import first_event
from data.cases.fold import fold
from data.cases.local_rules import read_city_rules
from data.cases.log import read_logs
from data.cases.store import Command
from data.cases.timers import timer_rows
from data.engine import AsyncDatabase, libpq_url
from data.figures.cases import PARTS, FigureList, read_cases
from data.figures.counting import FigureCount, add
from data.figures.days import Spot, count_day, days_due, keep_day, read_kept
from data.figures.definition import definitions
from data.figures.read import By, Figures, read_figures
from data.named_sql import named
from data.reads.city import read_moment
from data.reads.period import Period
from data.reads.question import Question
from data.reads.units import read_unit
from tests.data.figures.model import MODEL, Seen, modelled
from tests.support.case_world import DISPUTE, FIRE, MONDAY_8, ROADS, STREET, WATER, ZONE, CaseWorld, case_world
from tests.support.databases import cloned_database

SEED = 20250303
CASES, ACTS, IMPORTED = 28, 420, 90
FIRST, LAST = date(2025, 3, 3), date(2025, 3, 10)
NAMES = ("operator", "operator", "leader", "waterman", "fireman")
VALUES: dict[FieldKind, list[Any]] = {
    FieldKind.TEXT: ["原因"],
    FieldKind.DEPARTMENT: [WATER, FIRE],
    FieldKind.DEPARTMENTS: [[WATER], [WATER, FIRE]],
    FieldKind.HOURS: [0.5, 8.0],
    FieldKind.CLOSE_REASON: ["fixed", "mediated", "transferred", "closed_unfixed"],
    FieldKind.OUTCOME: ["agreed", "failed"],
    FieldKind.FLAG: [True, False],
    FieldKind.GRADE: ["general", "major"],
    FieldKind.FILE: ["photo.jpg"],
}
RARE = frozenset({Act.NOTE, Act.ATTACH, Act.GRADE, Act.SUPERVISE, Act.ESCALATE, Act.RAISE_LEVEL, Act.VOID, Act.REJECT})
_IMPORTED = """
INSERT INTO incident (
    reported_at, cell_id, class_id, source_id, dataset_id, status, department_id, filed_at, dispatched_at, handled_at,
    closed_at, due_at, close_reason
)
SELECT %(reported_at)s, %(cell)s, %(class)s, 1, 1, %(status)s, %(department)s, %(filed_at)s, %(dispatched_at)s,
    %(handled_at)s, %(closed_at)s, %(due_at)s, %(close_reason)s
RETURNING id
"""


@dataclass
class Room:
    """A city in which much has happened; what was kept of each day when it had just ended."""

    world: CaseWorld
    owner: AsyncDatabase
    runner: asyncio.Runner
    kept: dict[date, dict[Spot, FigureCount]]
    acts: set[Act]

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)


@pytest.fixture(scope="module")
def room(server_url: str, template_name: str) -> Iterator[Room]:
    with cloned_database(server_url, template_name) as url, asyncio.Runner() as runner:
        stack = AsyncExitStack()
        world: CaseWorld = runner.run(stack.enter_async_context(case_world(url)))
        owner = AsyncDatabase(url, min_size=1, max_size=1)
        runner.run(owner.open())
        room = Room(world, owner, runner, {}, set())
        runner.run(live_through(room))
        yield room
        runner.run(owner.close())
        runner.run(stack.aclose())


async def live_through(room: Room) -> None:
    """Reports, imports and acts over some days; each day is kept when it has just ended."""
    chance, world = Random(SEED), room.world
    cases = [world.report(class_id=STREET)]
    cases += import_rows(world, chance)
    day = FIRST
    for turn in range(ACTS):
        if len(cases) < IMPORTED + CASES and turn % 12 == 0:
            grid = chance.choice("abcdef")
            cases.append(world.report(at=world.clock(), class_id=chance.choice([STREET, ROADS, DISPUTE]), grid=grid))
        await act(room, chance, cases)
        world.clock.now += timedelta(minutes=chance.choice([1, 3, 10, 30, 60, 120]))
        while world.clock.now.astimezone(ZONE).date() > day:
            await keep(room, day)
            day += timedelta(days=1)
    assert day > LAST


def import_rows(world: CaseWorld, chance: Random) -> list[int]:
    """Rows that came in with times of their own, some without any, some of later than others were acted on."""
    ids = []
    with psycopg.connect(libpq_url(world.url)) as owner:
        owner.execute("SELECT ensure_incident_partition(%s)", [MONDAY_8])
        cells = [row[0] for row in owner.execute("SELECT id FROM cell ORDER BY id")]
        for _ in range(IMPORTED):
            row = owner.execute(_IMPORTED, imported(chance, cells)).fetchone()
            assert row is not None
            ids.append(int(row[0]))
    world.seen |= dict.fromkeys(ids, 1)
    return ids


def imported(chance: Random, cells: list[int]) -> dict[str, Any]:
    """A row as a file may have it."""
    status = chance.choice([1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 7, 8, 9, 10, 11, 12])
    at = MONDAY_8 - timedelta(hours=20) + timedelta(minutes=chance.randrange(0, 60))
    times: dict[str, Any] = {"reported_at": at}
    for name in ("filed_at", "dispatched_at", "handled_at", "closed_at"):
        at += timedelta(minutes=chance.randrange(0, 2_500))
        times[name] = at
    gone = {1: 0, 2: 1, 3: 2, 4: 2, 10: 2, 11: 2, 12: 2, 5: 3}.get(status, 4)
    for place, name in enumerate(("filed_at", "dispatched_at", "handled_at", "closed_at")):
        if place >= gone or chance.random() < 0.15:
            times[name] = None
    due_at = times["reported_at"] + timedelta(minutes=chance.randrange(60, 9_000))
    reasons = [None, "fixed", "mediated", "transferred", "closed_unfixed", "duplicate"]
    return times | {
        "cell": chance.choice(cells),
        "class": chance.choice([STREET, ROADS, DISPUTE]),
        "status": status,
        "department": chance.choice([None, WATER, FIRE]),
        "due_at": due_at if status not in (1, 2, 10) and chance.random() < 0.9 else None,
        "close_reason": chance.choice(reasons) if status == 6 else None,
    }


async def act(room: Room, chance: Random, cases: list[int]) -> None:
    """Somebody does to some case what is possible; the folding process marks deadlines before."""
    world, case, who = room.world, chance.choice(cases), chance.choice(NAMES)
    with psycopg.connect(libpq_url(world.url)) as owner:
        owner.execute(named("incident_mark_breached").replace("now()", "%s").encode(), [world.clock.now])
    account = world.accounts[who]
    with acting_as(account):
        try:
            async with world.database.reading() as conn:
                detail = await read_case(conn, case, account, world.clock.now)
        except CaseUnknown:
            return
    can = [one for one, refused in detail.acts.items() if refused is None]
    likely = [one for one in can if one not in RARE]
    chosen = chance.choice(likely * 5 + can or [Act.NOTE])
    facts = {}
    for name, spec in FIELDS[chosen].items():
        if spec.kind is FieldKind.CASE:
            facts[name] = chance.choice(cases)
        elif spec.kind is FieldKind.MOMENT:
            facts[name] = (world.clock.now + timedelta(days=chance.randint(1, 90))).isoformat()
        elif spec.required:
            facts[name] = chance.choice(VALUES[spec.kind])
    try:
        await world.tries(who, Command(case, chosen, facts, detail.state.seq, uuid.uuid4().hex))
        room.acts.add(chosen)
    except (CaseProblem, NotPermitted):
        return


async def keep(room: Room, day: date) -> None:
    async with room.owner.writing() as conn:
        assert await keep_day(conn, day)
    async with room.owner.writing() as conn:
        assert not await keep_day(conn, day), "a kept day was counted again"
        room.kept[day] = await read_kept(conn, day)


async def seen(room: Room, start: datetime, end: datetime, now: datetime) -> list[tuple[Seen, dict[str, Any]]]:
    """All cases as their events alone tell that they stood at a moment, with unit, department and class."""
    async with room.owner.reading() as conn:
        rules = await read_city_rules(conn)
        places = await (
            await conn.execute(
                "SELECT id, cell_id, class_id, (SELECT sensitive FROM incident_class WHERE id = class_id),"
                " (SELECT unit_ids[2] FROM cell WHERE id = cell_id) AS town,"
                " (SELECT kind = 'dispute' FROM incident_class WHERE id = class_id) AS dispute"
                " FROM incident WHERE reported_at <= %s",
                [now],
            )
        ).fetchall()
        ids = [int(str(place["id"])) for place in places]
        rows, logs = await read_case_rows(conn, ids), await read_logs(conn, ids)
    found = []
    for place in places:
        case_id = int(str(place["id"]))
        log = logs.get(case_id) or [first_event(rows[case_id], rules)]
        known = [event for event in log if event.at <= now]
        state = fold(known)
        case = Seen(state, timer_rows(state, rules), len(known) > 1, bool(place["dispute"]), start, end, now, rules)
        found.append((case, {**place, "department": state.department_id or 0}))
    return found


def plain(found: dict[str, FigureCount]) -> dict[str, Any]:
    return {
        key: tuple((part.numerator, part.denominator, part.unknown) for part in (one.factual, one.adjusted))
        for key, one in found.items()
    }


async def asked(conn: Any, first: date = FIRST, last: date = LAST, unit: str = "") -> Question:
    return Question(await read_moment(conn), await read_unit(conn, unit), Period(first, last))


def test_much_happened(room: Room) -> None:
    wanted = {Act.RETURN, Act.REWORK, Act.GRANT_EXTENSION, Act.MERGE, Act.REOPEN, Act.WHISTLE, Act.CLOSE}
    assert wanted <= room.acts, wanted - room.acts


def test_the_model_knows_every_figure() -> None:
    assert MODEL.keys() == {figure.key for figure in definitions()}


def test_figures_are_what_the_events_say(room: Room) -> None:
    world, now = room.world, room.world.clock.now

    async def read(who: str) -> Figures:
        with acting_as(world.accounts[who]):
            async with world.database.reading() as conn:
                return await read_figures(conn, await asked(conn), definitions(), now=now)

    start = datetime.combine(FIRST, datetime.min.time(), ZONE)
    end = datetime.combine(LAST + timedelta(days=1), datetime.min.time(), ZONE)
    cases = room.run(seen(room, start, end, now))
    found = plain(dict(room.run(read("operator")).total))
    assert found == modelled([case for case, _ in cases])
    told = [key for key, (factual, _) in found.items() if 0 < factual[0] < factual[1]]
    assert len(told) >= 11, f"too little happened to tell anything: {found}"
    assert any(factual != adjusted for factual, adjusted in found.values()), "nothing was exempt"
    # Who may not see sensitive classes has figures of the others, and a department of its own.
    assert plain(dict(room.run(read("leader")).total)) == modelled([c for c, place in cases if not place["sensitive"]])
    own = modelled([case for case, place in cases if place["department"] == WATER])
    assert plain(dict(room.run(read("waterman")).total)) == own


def in_list(found: Figures, subject: str, by: By) -> dict[str, str]:
    return {"unit": {"child": subject}, "department": {"department": subject}}.get(by, {})


@pytest.mark.parametrize("who", ["operator", "leader", "waterman"])
@pytest.mark.parametrize("by", ["none", "unit", "department", "class"])
def test_every_number_is_the_length_of_its_list(room: Room, by: By, who: str) -> None:
    world, now = room.world, room.world.clock.now

    async def compare() -> int:
        numbers = 0
        with acting_as(world.accounts[who]):
            async with world.database.reading() as conn:
                question = await asked(conn)
                found = await read_figures(conn, question, definitions(), by, now)
                summed: dict[str, FigureCount] = {}
                for item in found.items:
                    summed = add(summed, item.figures)
                assert by == "none" or summed == dict(found.total) or not found.items
                subjects = [(item.code, item.id, item.figures) for item in found.items] or [("", 0, found.total)]
                for code, subject_id, figures in subjects:
                    narrowed = question
                    if by == "class":
                        narrowed = Question(question.moment, question.unit, question.period, frozenset({subject_id}))
                    for figure in definitions():
                        for part in PARTS:
                            for adjusted in (False, True):
                                wanted = FigureList(figure, part, adjusted, **in_list(found, code, by))
                                page = await read_cases(conn, narrowed, wanted, now, limit=500)
                                counted = figures[figure.key].adjusted if adjusted else figures[figure.key].factual
                                ids = [incident.id for incident in page.incidents]
                                assert len(ids) == len(set(ids)) == getattr(counted, part), (code, figure.key, part)
                                numbers += len(ids) > 0
        return numbers

    assert room.run(compare()) >= 20


def test_kept_days_are_what_the_events_say_and_stay(room: Room) -> None:
    assert set(room.kept) == {FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)} | set(room.kept)
    told = 0
    for day, kept in room.kept.items():

        async def again(day: date = day) -> dict[Spot, FigureCount]:
            async with room.owner.reading() as conn:
                return await count_day(conn, day)

        assert room.run(again()) == kept, day
        start = datetime.combine(day, datetime.min.time(), ZONE)
        end = start + timedelta(days=1)
        cases = room.run(seen(room, start, end, end - timedelta(microseconds=1)))
        for sensitive in (False, True):
            of_city = {
                spot.figure: one for spot, one in kept.items() if (spot.subject, spot.sensitive) == ("city", sensitive)
            }
            wanted = modelled([case for case, place in cases if bool(place["sensitive"]) == sensitive])
            assert plain({key: of_city.get(key, FigureCount()) for key in wanted}) == wanted, day
            told += sum(factual[1] > 0 for factual, _ in wanted.values())
            for department in (0, WATER, FIRE):
                own = {
                    spot.figure: one
                    for spot, one in kept.items()
                    if spot.subject == "department" and (spot.id, spot.sensitive) == (department, sensitive)
                }
                theirs = [c for c, p in cases if p["department"] == department and bool(p["sensitive"]) == sensitive]
                assert plain({key: own.get(key, FigureCount()) for key in wanted}) == modelled(theirs), day
    assert told > 60


def test_something_changed_after_it_was_kept(room: Room) -> None:
    """Else the test above could be passed by counting the present."""
    changed = 0
    for day, kept in room.kept.items():

        async def today(day: date = day) -> dict[str, FigureCount]:
            async with room.owner.reading() as conn:
                return dict(
                    (
                        await read_figures(conn, await asked(conn, day, day), definitions(), now=room.world.clock.now)
                    ).total
                )

        of_city: dict[str, FigureCount] = {}
        for spot, one in kept.items():
            if spot.subject == "city":
                of_city = add(of_city, {spot.figure: one})
        now = room.run(today())
        changed += any(of_city.get(key, FigureCount()) != now[key] for key in now)
    assert changed >= 3


def test_days_that_are_missing_are_caught_up(database_url: str) -> None:
    async def live() -> tuple[list[date], list[date], list[date]]:
        async with case_world(database_url) as world:
            owner = AsyncDatabase(world.url, min_size=1, max_size=1)
            await owner.open()
            async with owner.writing() as conn:
                first = await days_due(conn)
                kept = {"day": first[0] - timedelta(days=4)}
                await conn.execute("INSERT INTO figure_day_kept VALUES (%(day)s, now(), 'x')", kept)
                missing = await days_due(conn)
                for day in missing:
                    await keep_day(conn, day)
                rest = await days_due(conn)
            await owner.close()
            return first, missing, rest

    first, missing, rest = asyncio.run(live())
    assert len(first) == 1
    assert len(missing) == 4
    assert missing == sorted(missing)
    assert missing[-1] == first[0]
    assert rest == []
