"""Does a search in a worker thread leave the thread of the event loop alone, and does it end when it is told to?"""

import threading
import time

import numba
import pytest

import geo.redraw.contiguity
import geo.redraw.next_moves
import geo.zoning.moves
import geo.zoning.ward
from geo.zoning.feasibility import allot
from geo.zoning.ground import prepare
from geo.zoning.moves import anneal, scratch_for, zones_of
from geo.zoning.problem import Wishes, ZoneRules
from geo.zoning.propose import _task, propose
from geo.zoning.warm import warm_up
from tests.support.zoning_cases import scattered

COMPILED = [
    function
    for module in (geo.zoning.moves, geo.zoning.ward, geo.redraw.contiguity, geo.redraw.next_moves)
    for function in vars(module).values()
    if isinstance(function, numba.core.registry.CPUDispatcher)
]


def test_there_are_compiled_functions():
    assert len(COMPILED) > 15


@pytest.mark.parametrize("function", COMPILED, ids=lambda function: function.__name__)
def test_each_compiled_function_lets_other_threads_run(function):
    assert function.targetoptions["nogil"] is True


def test_one_long_annealing_does_not_hold_up_another_thread():
    warm_up()
    units, rules = scattered(400, 1), ZoneRules(zones=20)
    ground = prepare(units, rules, Wishes())
    task = _task(ground, allot(ground.units, rules, ground.grouping.node, 20), 20)
    plan = zones_of(ground.nodes, propose(units, rules, seconds=0.01).zone, 20)
    done = threading.Event()

    def work():
        anneal(ground.nodes, task.limits, plan, scratch_for(400, 1), 0.0, 1.0, 0.01, 20_000_000)
        done.set()

    worker = threading.Thread(target=work)
    start, ticks = time.perf_counter(), 0
    worker.start()
    while not done.is_set():
        time.sleep(0.005)
        ticks += 1
    spent = time.perf_counter() - start
    worker.join()
    # One call of compiled code; were it to hold the interpreter, the loop would turn once or twice in all.
    assert spent > 0.2
    assert ticks > 10


@pytest.mark.parametrize("rules", [ZoneRules(zones=12), ZoneRules(floor=12.0)], ids=["number", "floor"])
def test_a_long_search_ends_soon_after_it_is_told_to(rules):
    warm_up()
    told = []

    class Stop:
        def heard(self, progress):
            told.append(time.thread_time())
            return False

    propose(scattered(400, 2), rules, seconds=60.0, listener=Stop())
    assert len(told) <= 2
    assert time.thread_time() - told[0] < 0.3
