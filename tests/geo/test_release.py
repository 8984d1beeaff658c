"""Can whoever sees every figure and knows the rule tell a small number? An attacker who tries all worlds cannot."""

from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import ParameterError, ShapeError
from geo.release import NOT_SHOWN, Groups, UnitTree, group

TREES = {
    "three villages": [-1, 0, 0, 0],
    "four villages": [-1, 0, 0, 0, 0],
    "two towns": [-1, 0, 0, 1, 1, 2, 2],
    "a town beside two villages": [-1, 0, 0, 0, 1, 1, 1],
    "a town of one village beside two": [-1, 0, 0, 0, 1],
    "towns of one village": [-1, 0, 0, 1, 2],
    "a chain": [-1, 0, 1, 2],
    "no children": [-1],
}


def _tree(parent: list[int]) -> UnitTree:
    return UnitTree(np.array(parent, np.int64))


def _ancestors(parent: list[int], unit: int) -> set[int]:
    return {unit} | (_ancestors(parent, parent[unit]) if parent[unit] >= 0 else set())


def _figures(parent: list[int], counts: np.ndarray, made: Groups) -> tuple[tuple[int, ...], int]:
    """Every figure that is shown of one block: by unit and class, and of all classes together at the root."""
    shown = np.zeros(counts.shape, int)
    for unit, class_ in product(*map(range, counts.shape)):
        if made.place[unit, class_] != NOT_SHOWN:
            for above in _ancestors(parent, int(made.place[unit, class_])):
                shown[above, class_] += counts[unit, class_]
    return tuple(shown.ravel().tolist()), int(shown[0].sum() + counts[made.is_mixed].sum())


def _true(parent: list[int], counts: np.ndarray) -> np.ndarray:
    """Incidents by unit and class, children included."""
    total = counts.copy()
    for unit in range(len(parent) - 1, 0, -1):
        total[parent[unit]] += total[unit]
    return total


def _attack(
    parent: list[int], classes: int, minimum: int, most: int, most_above: int
) -> dict[object, list[np.ndarray]]:
    """All worlds, sorted by what is shown of them; above the lowest level none, or at least minimum - 1 incidents."""
    tree = _tree(parent)
    places = [range((most if low else most_above) + 1) for low in tree.is_lowest.tolist() for _ in range(classes)]
    worlds: dict[object, list[np.ndarray]] = defaultdict(list)
    for flat in product(*places):
        counts = np.array(flat, np.int64).reshape(len(parent), classes)
        worlds[_figures(parent, counts, group(tree, counts, minimum))].append(_true(parent, counts))
    return worlds


@pytest.mark.parametrize(
    ("name", "classes", "minimum", "most", "most_above"),
    [
        ("three villages", 1, 3, 7, 3),
        ("three villages", 2, 2, 3, 0),
        ("three villages", 2, 3, 3, 0),
        ("four villages", 1, 3, 4, 2),
        ("four villages", 1, 5, 6, 0),
        ("two towns", 1, 2, 3, 1),
        ("two towns", 1, 3, 4, 0),
        ("a town beside two villages", 1, 3, 3, 2),
        ("a town beside two villages", 1, 2, 3, 2),
        ("a town of one village beside two", 1, 3, 5, 0),
        ("towns of one village", 2, 2, 3, 0),
        ("a chain", 1, 3, 5, 3),
        ("no children", 3, 3, 4, 0),
        ("no children", 4, 2, 3, 0),
    ],
)
def test_no_small_number_can_be_told_by_trying_every_world(
    name: str, classes: int, minimum: int, most: int, most_above: int
) -> None:
    parent = TREES[name]
    worlds = _attack(parent, classes, minimum, most, most_above)
    assert len(worlds) > 1
    for (shown, together), possible in worlds.items():
        assert all(n == 0 or n >= minimum for n in (*shown, together))
        assert together - sum(shown[:classes]) == 0 or together - sum(shown[:classes]) >= minimum
        truths = np.array(possible)
        rest = truths - np.array(shown).reshape(len(parent), classes)
        for unit, class_ in product(range(len(parent)), range(classes)):
            told = set(rest[:, unit, class_].tolist())
            assert told == {0} or told >= set(range(minimum)), (shown, together, unit, told)


def test_differences_between_figures_are_nothing_or_enough() -> None:
    parent = TREES["two towns"]
    worlds = _attack(parent, 1, 3, 4, 0)
    for shown, _together in worlds:
        children = {
            unit: sum(shown[u] for u, above in enumerate(parent) if above == unit) for unit in range(len(parent))
        }
        assert all(shown[u] - below == 0 or shown[u] - below >= 3 for u, below in children.items())


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[list[int], np.ndarray, int]:
    size = draw(st.integers(1, 30))
    parent = [-1, *(draw(st.integers(max(0, unit - 8), unit - 1)) for unit in range(1, size))]
    minimum = draw(st.integers(2, 6))
    classes = draw(st.integers(1, 4))
    counts = draw(st.lists(st.integers(0, minimum + 2), min_size=size * classes, max_size=size * classes))
    return parent, np.array(counts, np.int64).reshape(size, classes), minimum


@given(_worlds())
@settings(max_examples=200, deadline=None)
def test_every_group_is_large_enough_and_its_sources_could_all_have_left_nothing(
    world: tuple[list[int], np.ndarray, int],
) -> None:
    parent, counts, minimum = world
    made = group(_tree(parent), counts, minimum)
    children = [[u for u, above in enumerate(parent) if above == unit] for unit in range(len(parent))]
    for class_ in range(counts.shape[1]):
        heads = {int(place) for place in made.place[:, class_]} - {NOT_SHOWN}
        for unit, place in enumerate(made.place[:, class_].tolist()):
            assert place == NOT_SHOWN or place in _ancestors(parent, unit)
            nearest = [above for above in sorted(_ancestors(parent, unit), reverse=True) if above in heads]
            assert place == (nearest[0] if nearest else NOT_SHOWN)

        def could_leave(unit: int, heads: set[int] = heads) -> bool:
            return unit not in heads and (not children[unit] or any(could_leave(child) for child in children[unit]))

        for head in heads:
            size = counts[made.place[:, class_] == head, class_].sum()
            assert size >= minimum
            sources = sum(could_leave(child) for child in children[head])
            assert not children[head] or size <= (sources - 1) * (minimum - 1)
    mixed = counts[made.is_mixed].sum()
    assert not made.is_mixed.any() or mixed >= minimum
    assert not (made.is_mixed & (made.place != NOT_SHOWN)).any()


@given(_worlds(), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_the_order_of_classes_makes_no_difference(world: tuple[list[int], np.ndarray, int], random) -> None:
    parent, counts, minimum = world
    order = list(range(counts.shape[1]))
    random.shuffle(order)
    first, second = group(_tree(parent), counts, minimum), group(_tree(parent), counts[:, order], minimum)
    assert np.array_equal(first.place[:, order], second.place)
    assert np.array_equal(first.is_mixed[:, order], second.is_mixed)


def test_a_worked_example() -> None:
    """City > towns A and B; A has villages with 6, 3, 2 and 1, B with 4, 4, 4 and 0."""
    tree = _tree([-1, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    counts = np.array([[0], [0], [0], [6], [3], [2], [1], [4], [4], [4], [0]])
    made = group(tree, counts, 5)
    # A: 6 are enough for the village; 3 + 2 + 1 = 6 <= (3 - 1) * 4 stay together at the town.
    assert made.place[3:7, 0].tolist() == [3, 1, 1, 1]
    # B: 12 <= (4 - 1) * 4, so that any one of the four could have had none.
    assert made.place[7:, 0].tolist() == [2, 2, 2, 2]
    # One more would tell that each of the four had at least one: pushed up, and the city has one source only.
    counts[10] = 1
    assert group(tree, counts, 5).place[7:, 0].tolist() == [NOT_SHOWN] * 4


def test_what_cannot_be_grouped_is_refused() -> None:
    with pytest.raises(ParameterError):
        group(_tree([-1]), np.zeros((1, 1), np.int64), 1)
    with pytest.raises(ParameterError):
        group(_tree([-1]), np.full((1, 1), -1), 5)
    with pytest.raises(ShapeError):
        group(_tree([-1, 0]), np.zeros((1, 1), np.int64), 5)
    with pytest.raises(ParameterError):
        _tree([-1, 2, 0])


ZONES = {
    "three villages": [(1, 2)],
    "two towns": [(3, 5), (4, 6)],
    "a town beside two villages": [(4, 2), (5, 6, 3)],
    "towns of one village": [(3, 4)],
}
"""Zones as unions of lowest units, across the towns."""


def _of_zones(name: str, figures: np.ndarray) -> tuple[int, ...]:
    """Figures (units, 1) of each zone: the sum over its units."""
    return tuple(int(figures[list(zone), 0].sum()) for zone in ZONES[name])


@pytest.mark.parametrize(("name", "minimum", "most"), [
    ("three villages", 3, 7), ("two towns", 2, 3), ("a town beside two villages", 2, 3), ("towns of one village", 3, 7),
])  # fmt: skip
def test_zones_as_sums_of_what_is_shown_of_their_units_tell_nothing_more(name: str, minimum: int, most: int) -> None:
    """Whoever sees zones too knows as much as before: the worlds that are possible are the same ones."""
    parent = TREES[name]
    for (shown, together), possible in _attack(parent, 1, minimum, most, 0).items():
        figures = np.array(shown).reshape(len(parent), 1)
        with_zones = defaultdict(list)
        for truth in possible:
            again = group(_tree(parent), _apart(parent, truth), minimum)
            shown_again, _ = _figures(parent, _apart(parent, truth), again)
            with_zones[_of_zones(name, np.array(shown_again).reshape(len(parent), 1))].append(truth)
        assert list(with_zones) == [_of_zones(name, figures)], (shown, together)
        assert len(next(iter(with_zones.values()))) == len(possible)


def test_zones_with_groups_of_their_own_would_tell_small_numbers() -> None:
    """Why a zone has no groups of its own: the attacker finds the leak of a zone that counts what it holds in all."""
    name, minimum = "two towns", 3
    parent, leaks = TREES[name], 0
    for (shown, _), possible in _attack(parent, 1, minimum, 4, 0).items():
        by_zone = defaultdict(list)
        for truth in possible:
            held = _of_zones(name, truth)
            by_zone[tuple(n if n >= minimum else 0 for n in held)].append(truth)
        for left in by_zone.values():
            rest = np.array(left) - np.array(shown).reshape(len(parent), 1)
            told = [set(rest[:, unit, 0].tolist()) for unit in range(len(parent))]
            leaks += any(numbers != {0} and not numbers >= set(range(minimum)) for numbers in told)
    assert leaks > 0


def _apart(parent: list[int], truth: np.ndarray) -> np.ndarray:
    """Incidents that lie in a unit and in none of its children."""
    counts = truth.copy()
    for unit in range(1, len(parent)):
        counts[parent[unit]] -= truth[unit]
    return counts
