"""Does a viewer get everything once and in order, and does one that is slow cost a bounded number of entries?"""

import asyncio
from collections.abc import Iterable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.live.mailbox import Mailbox
from dashboard.live.messages import Told
from data.feed.entry import FeedKind

BOTH = frozenset({FeedKind.CASES, FeedKind.FIGURES})


def entries(ids: Iterable[int], kind: FeedKind = FeedKind.CASES) -> tuple[Told, ...]:
    return tuple(Told(id, kind, orjson.Fragment(b"{}")) for id in ids)


def ids_of(mailbox: Mailbox, kind: FeedKind = FeedKind.CASES) -> list[int]:
    return [one.id for one in mailbox.take().news.get(kind, [])]


def test_a_new_viewer_is_told_to_read_everything_and_goes_on_from_there() -> None:
    mailbox = Mailbox(BOTH, 7)
    first = mailbox.take()
    assert (first.is_snapshot, first.upto, first.news) == (True, 7, {})
    mailbox.put(entries([8, 9]), 10)
    after = mailbox.take()
    assert (after.is_snapshot, after.after, after.upto) == (False, 7, 10)
    assert [one.id for one in after.news[FeedKind.CASES]] == [8, 9]


def test_stretches_join_without_a_gap_also_where_nothing_was_for_the_viewer() -> None:
    mailbox = Mailbox(BOTH, 0, is_new=False)
    stretches = []
    for upto in (3, 3, 8):
        mailbox.put(entries([upto]), upto)
        taken = mailbox.take()
        stretches.append((taken.after, taken.upto, len(taken.news)))
    assert stretches == [(0, 3, 1), (3, 3, 0), (3, 8, 1)]


def test_what_the_viewer_does_not_listen_to_and_older_figures_are_left_out() -> None:
    mailbox = Mailbox(BOTH, 0, is_new=False)
    mailbox.put((*entries([1], FeedKind.ZONES), *entries([2, 3], FeedKind.FIGURES)), 3)
    mailbox.put(entries([4], FeedKind.FIGURES), 4)
    taken = mailbox.take()
    assert {kind: [one.id for one in items] for kind, items in taken.news.items()} == {FeedKind.FIGURES: [4]}


def test_a_viewer_that_falls_behind_costs_a_bounded_number_and_reads_everything_anew() -> None:
    mailbox = Mailbox(BOTH, 0, is_new=False, most=10)
    most = 0
    for start in range(0, 1_000, 4):
        mailbox.put(entries(range(start + 1, start + 5)), start + 4)
        most = max(most, len(mailbox))
    assert most <= 10
    taken = mailbox.take()
    assert (taken.is_snapshot, taken.upto, taken.news) == (True, 1_000, {})
    mailbox.put(entries([1_001]), 1_001)
    assert ids_of(mailbox) == [1_001]


def test_a_figure_of_every_second_does_not_fill_the_mailbox_of_a_sleeping_viewer() -> None:
    mailbox = Mailbox(BOTH, 0, is_new=False, most=10)
    for second in range(1, 500):
        mailbox.put(entries([second], FeedKind.FIGURES), second)
    assert len(mailbox) == 1
    assert ids_of(mailbox, FeedKind.FIGURES) == [499]


@given(
    last=st.integers(0, 30),
    position=st.integers(0, 30),
    steps=st.lists(st.integers(1, 4), max_size=8),
    late=st.integers(0, 8),
)
def test_whoever_resumes_gets_what_came_after_its_number_once_and_in_order(
    last: int, position: int, steps: list[int], late: int
) -> None:
    """The group may go on while the missed entries are read, and may be behind what the viewer knows."""
    mailbox = Mailbox(BOTH, position, is_new=False)
    at = position
    for step, length in enumerate(steps):
        if step == late:
            mailbox.begin(last, entries(range(last + 1, position + 1)))
        mailbox.put(entries(range(at + 1, at + length + 1)), at + length)
        at += length
    if late >= len(steps):
        mailbox.begin(last, entries(range(last + 1, position + 1)))
    taken = mailbox.take()
    assert [one.id for one in taken.news.get(FeedKind.CASES, [])] == list(range(last + 1, at + 1))
    assert (taken.after, taken.upto) == (last, max(last, at))


def test_waiting_ends_when_something_comes_and_after_its_time() -> None:
    async def run() -> list[bool]:
        mailbox = Mailbox(BOTH, 0, is_new=False)
        silent = await mailbox.filled(0.01)
        mailbox.put(entries([1], FeedKind.ZONES), 1)
        unwanted = await mailbox.filled(0.01)
        asyncio.get_running_loop().call_later(0.01, mailbox.put, entries([2]), 2)
        return [silent, unwanted, await mailbox.filled(10)]

    assert asyncio.run(run()) == [False, False, True]


@pytest.mark.parametrize("is_new", [True, False])
def test_a_lost_mailbox_keeps_nothing(is_new: bool) -> None:
    mailbox = Mailbox(BOTH, 0, is_new=is_new)
    mailbox.put(entries([1]), 1)
    mailbox.lose(5)
    mailbox.put(entries([6]), 6)
    taken = mailbox.take()
    assert (taken.is_snapshot, taken.upto, taken.news) == (True, 6, {})
