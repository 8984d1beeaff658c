"""Whatever is done to a plan in whatever order: does the database hold what the steps come to?"""

import asyncio
import contextvars
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dashboard.zoning import edits
from dashboard.zoning.desk import Edit, PlanDesk
from dashboard.zoning.grounds import Grounds
from dashboard.zoning.making import Beginning, make_plan
from data.accounts.account import acting_as
from data.engine import AsyncDatabase
from data.reads.errors import NothingFound
from data.roles import WEB, url_as
from data.zoning.plan_errors import MoveNotMade, NothingToRepeat, PlanOutdated
from geo.redraw.plan import DrawnPlan
from geo.zoning.plan_hash import plan_hash
from tests.support.plan_world import PLANNER, SIDE, PlanWorld, columns, drawn_city

CODES = [f"{r},{c}" for r in range(SIDE) for c in range(SIDE)]
CODE = st.sampled_from(CODES)
T = TypeVar("T")


@pytest.fixture(scope="module")
def city(server_url: str, template_name: str) -> Iterator[PlanWorld]:
    with drawn_city(server_url, template_name) as world:
        yield world


class PlanMachine(RuleBasedStateMachine):
    """Two processes edit one plan; the model is the list of zones after each step in force."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.database = AsyncDatabase(url_as(self.url, WEB), min_size=1, max_size=2)
        self._run(self.database.open())
        self.desks = [PlanDesk(self.database, Grounds()) for _ in range(2)]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it in the name of the planner; a runner would go on in the context in which it was made."""
        with acting_as(PLANNER):
            return self.runner.run(work, context=contextvars.copy_context())

    def teardown(self) -> None:
        self._run(self.database.close())
        self.runner.close()

    @initialize(width=st.sampled_from([2, 3, 6]))
    def begin(self, width: int) -> None:
        given = Beginning(name="x", base="small", zones=columns(width))
        self.plan_id = self._run(make_plan(self.desks[0], None, given))
        self.version = 0
        self.done = [tuple(columns(width))]
        self.undone: list[tuple[int, ...]] = []

    def _do(self, process: int, edit: Edit) -> tuple[int, ...] | None:
        """The zones after an edit; None where it was refused, and then nothing has changed."""
        try:
            changed = self._run(self.desks[process].change(self.plan_id, self.version, edit))
        except (MoveNotMade, NothingToRepeat, NothingFound):
            return None
        assert changed.plan.stored.version == self.version + 1
        self.version += 1
        return tuple(changed.plan.plan.zone.tolist())

    def _drawn(self, zones: tuple[int, ...] | None) -> None:
        if zones is not None:
            assert zones != self.done[-1]
            self.done.append(zones)
            self.undone.clear()

    @rule(process=st.integers(0, 1), codes=st.lists(CODE, min_size=1, max_size=4), to=st.integers(-1, 5))
    def move(self, process: int, codes: list[str], to: int) -> None:
        self._drawn(self._do(process, edits.moving(codes, None if to < 0 else to)))

    @rule(process=st.integers(0, 1), code=CODE)
    def open_zone(self, process: int, code: str) -> None:
        self._drawn(self._do(process, edits.moving([code], "new")))

    @rule(process=st.integers(0, 1), into=st.integers(0, 5), other=st.integers(0, 5))
    def merge(self, process: int, into: int, other: int) -> None:
        self._drawn(self._do(process, edits.merging(into, other)))

    @rule(process=st.integers(0, 1), zone=st.integers(0, 5))
    def fill(self, process: int, zone: int) -> None:
        self._drawn(self._do(process, edits.filling(zone)))

    @rule(process=st.integers(0, 1), zone=st.integers(0, 5), lock=st.booleans())
    def lock(self, process: int, zone: int, lock: bool) -> None:
        zones = self._do(process, edits.locking({zone: lock}, {}))
        assert zones in (None, self.done[-1])

    @rule(process=st.integers(0, 1), times=st.integers(1, 4))
    def undo(self, process: int, times: int) -> None:
        for _ in range(times):
            zones = self._do(process, edits.undoing)
            if zones is not None:
                self.undone.append(self.done.pop())
                assert zones == self.done[-1]

    @rule(process=st.integers(0, 1), times=st.integers(1, 4))
    def redo(self, process: int, times: int) -> None:
        for _ in range(times):
            zones = self._do(process, edits.redoing)
            if zones is not None:
                self.done.append(self.undone.pop())
                assert zones == self.done[-1]

    @rule(codes=st.lists(CODE, min_size=2, max_size=4, unique=True))
    def take_out_and_go_back_and_forth(self, codes: list[str]) -> None:
        for code in codes:
            self._drawn(self._do(0, edits.moving([code], None)))
        self.undo(1, len(codes))
        self.redo(0, len(codes))

    @precondition(lambda self: self.version > 0)
    @rule(process=st.integers(0, 1), behind=st.integers(1, 3))
    def come_late(self, process: int, behind: int) -> None:
        late = max(self.version - behind, 0)
        with pytest.raises(PlanOutdated) as refused:
            self._run(self.desks[process].change(self.plan_id, late, edits.naming("late")))
        steps = refused.value.facts["since"]
        assert [step["version"] for step in steps] == list(range(late + 1, self.version + 1))

    @invariant()
    def the_database_holds_the_steps(self) -> None:
        if not hasattr(self, "plan_id"):
            return
        fresh = PlanDesk(self.database, self.desks[0].grounds)
        read = self._run(fresh.open(self.plan_id))
        kept = self._run(self.desks[1].open(self.plan_id))
        zone = read.plan.zone
        assert tuple(zone.tolist()) == self.done[-1]
        assert (read.stored.version, read.stored.done) == (self.version, len(self.done) - 1)
        assert len(read.stored.undone) == len(self.undone)
        # What a process kept up move by move is what a fresh one computes, and numbers go on alike.
        assert kept.plan.figures == read.plan.figures
        assert read.figures() == kept.figures()
        afresh = DrawnPlan.of(read.ground.terrain, np.array(self.done[-1], np.int64))
        used = len(afresh.figures)
        assert read.plan.figures[:used] == afresh.figures
        assert not any(zone.members for zone in read.plan.figures[used:])
        assert read.hash == plan_hash(CODES, zone)


def test_any_order_of_edits_by_two_processes_holds_together(city: PlanWorld) -> None:
    machine = type("Machine", (PlanMachine,), {"url": city.url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        ),
    )
