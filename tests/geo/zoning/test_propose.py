"""Is a proposal always sound, the same for the same question, and as good as it should be?"""

from dataclasses import replace

import networkx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering

from geo.errors import ParameterError
from geo.zoning.check import check_plan
from geo.zoning.figures import between_share
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits, standardised
from geo.zoning.propose import Proposal, propose
from geo.zoning.refusal import Refusal, Rule
from tests.support.zoning_cases import ids_of, lattice, row, scattered, shuffled

SIMILARITY = Wishes(compactness=0.0)


def _sets(units, zone):
    return sorted(sorted(units.ids[k] for k in np.flatnonzero(zone == z)) for z in np.unique(zone))


def _network(units):
    network = networkx.Graph()
    network.add_nodes_from(range(units.count))
    first, second, _ = units.graph.pairs()
    network.add_edges_from(
        (a, b)
        for a, b in zip(first.tolist(), second.tolist(), strict=True)
        if units.fence is None or units.fence[a] == units.fence[b]
    )
    return network


def _assert_sound(units, rules, proposal):
    """The rules, judged by networkx and by counting, without the engine's own check."""
    network, zone = _network(units), proposal.zone
    assert zone.shape == (units.count,)
    assert set(zone.tolist()) == set(range(int(zone.max()) + 1))
    for number in range(int(zone.max()) + 1):
        members = np.flatnonzero(zone == number)
        assert networkx.is_connected(network.subgraph(members.tolist()))
        assert len(members) >= rules.least_members
        assert rules.most_members is None or len(members) <= rules.most_members
        load, mean = units.workload[members].sum(), units.workload.sum() / (zone.max() + 1)
        assert rules.tolerance is None or abs(load / mean - 1) <= rules.tolerance + 1e-9
        assert rules.floor is None or load >= rules.floor * (1 - 1e-9)
    assert rules.zones is None or zone.max() + 1 == rules.zones


@pytest.mark.parametrize(
    ("values", "zones", "expected"),
    [
        ([0, 0, 0, 9, 9, 9], 2, [["u000", "u001", "u002"], ["u003", "u004", "u005"]]),
        # 1 differs from 0 by less than from 5; the single 9 is a zone of its own.
        ([0, 1, 5, 5, 9], 3, [["u000", "u001"], ["u002", "u003"], ["u004"]]),
    ],
)
def test_rows_worked_by_hand(values, zones, expected):
    units = row(values)
    found = propose(units, ZoneRules(zones=zones), SIMILARITY, seconds=0.05)
    assert _sets(units, found.zone) == expected


def test_similar_units_far_apart_are_not_joined():
    units = row([0, 0, 9, 9, 0, 0])
    found = propose(units, ZoneRules(zones=3), SIMILARITY, seconds=0.05)
    assert _sets(units, found.zone) == [["u000", "u001"], ["u002", "u003"], ["u004", "u005"]]
    assert found.figures.ratio == pytest.approx(1.0)


def test_figures_worked_by_hand():
    # z-scores of 0 0 4 4 are -1 -1 1 1: total 4. Zones {0} {0 4 4}: sums -1 and 1, between 1/1 + 1/3 = 4/3.
    units = row([0, 0, 4, 4], workload=[1, 1, 1, 3])
    assert between_share(standardised(units.attributes), np.array([0, 1, 1, 1])) == pytest.approx(1 / 3)
    found = propose(units, ZoneRules(zones=2), SIMILARITY, seconds=0.05)
    # Zones {0 0} and {4 4} carry 2 and 4 of a mean of 3; 1 of 3 borders is cut.
    assert found.figures.workload_max_over_mean == pytest.approx(4 / 3)
    assert found.figures.compactness == pytest.approx(2 / 3)
    assert found.figures.spread == pytest.approx(1 / 9)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(8, 70),
    st.integers(0, 10_000),
    st.integers(1, 12),
    st.sampled_from([None, 0.1, 0.3, 0.6]),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_every_answer_is_a_sound_plan_or_a_refusal(count, seed, zones, tolerance, least_members, pieces):
    units = scattered(count, seed, pieces=pieces)
    rng = np.random.default_rng(seed)
    units = replace(units, fence=rng.integers(0, 2, count) if seed % 3 == 0 else None)
    rules = ZoneRules(zones=zones, tolerance=tolerance, least_members=least_members)
    found = propose(units, rules, seconds=0.03)
    if isinstance(found, Proposal):
        _assert_sound(units, rules, found)
        assert found.figures.contiguous
    else:
        assert found.reason
        assert found.remedy


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([None, 0.15]))
def test_the_order_of_the_units_changes_nothing(seed, tolerance):
    units = scattered(60, seed)
    rules, order = ZoneRules(zones=5, tolerance=tolerance), np.random.default_rng(seed).permutation(60)
    once, again = (
        propose(given_units, rules, seconds=0.05, seed=seed) for given_units in (units, shuffled(units, order))
    )
    if isinstance(once, Refusal):
        assert replace(again, attempt=None) == replace(once, attempt=None)
        assert again.attempt == tuple(np.array(once.attempt)[order].tolist())
    else:
        assert again.zone.tolist() == once.zone[order].tolist()
        assert again.figures == once.figures


def test_the_same_seed_gives_the_same_plan_and_another_may_differ():
    units = scattered(300, 5)
    plans = [propose(units, ZoneRules(zones=20), seconds=0.1, seed=seed) for seed in (1, 1, 2)]
    assert plans[0].zone.tolist() == plans[1].zone.tolist()
    assert plans[0].zone.tolist() != plans[2].zone.tolist()


def test_better_than_ward_of_a_peer():
    units = scattered(400, 3, attributes=6)
    scores = standardised(units.attributes)
    first, second, _ = units.graph.pairs()
    links = np.zeros((400, 400), np.int8)
    links[first, second] = links[second, first] = 1
    ward = AgglomerativeClustering(n_clusters=20, connectivity=links, linkage="ward").fit(scores).labels_
    found = propose(units, ZoneRules(zones=20), SIMILARITY, seconds=0.3)
    assert found.figures.ratio >= 1.01 * between_share(scores, ward)


def test_ten_percent_balance_costs_little_similarity():
    units = scattered(300, 4, uneven=0.5)
    free = propose(units, ZoneRules(zones=12), SIMILARITY, seconds=0.2)
    found = propose(units, ZoneRules(zones=12, tolerance=0.1), SIMILARITY, seconds=0.4)
    assert isinstance(found, Proposal), found
    _assert_sound(units, ZoneRules(zones=12, tolerance=0.1), found)
    assert free.figures.workload_max_over_mean > 1.1
    assert found.figures.ratio >= 0.9 * free.figures.ratio


def test_as_many_zones_as_the_floor_allows():
    units = row([0, 1, 2, 3, 4, 5, 6, 7, 8], workload=[1] * 9)
    # 9 units of work at a floor of 2 allow 4 zones, since 5 would need 10.
    found = propose(units, ZoneRules(floor=2.0), seconds=0.1)
    assert found.figures.zones == 4
    _assert_sound(units, ZoneRules(floor=2.0), found)


def test_compactness_shortens_borders():
    units = scattered(400, 6)
    ragged, compact = (propose(units, ZoneRules(zones=15), Wishes(w), seconds=0.2).figures for w in (0.0, 0.5))
    assert compact.compactness > ragged.compactness + 0.02
    assert compact.ratio < ragged.ratio


def test_closeness_keeps_the_plan_in_force():
    units = scattered(200, 7)
    before = propose(units, ZoneRules(zones=10), seconds=0.1).zone
    rng = np.random.default_rng(1)
    changed = replace(units, attributes=units.attributes + rng.normal(size=units.attributes.shape), in_force=before)
    loose, close = (
        propose(changed, ZoneRules(zones=10), Wishes(in_force=w), seconds=0.1).figures.disagreement for w in (0.0, 4.0)
    )
    assert close < loose / 2


def test_an_even_workload_can_be_a_wish():
    units = scattered(200, 8, uneven=0.8)
    uneven, even = (propose(units, ZoneRules(zones=8), Wishes(spread=w), seconds=0.1).figures.spread for w in (0, 2.0))
    assert even < uneven / 3


def test_neighbours_of_one_post_stay_together():
    units = scattered(200, 9)
    posted = replace(units, post=(units.place_m[:, 1] * 5).astype(np.int64))
    loose, close = (
        propose(posted, ZoneRules(zones=10), Wishes(0.0, post=w), seconds=0.1).figures.post_cut for w in (0.0, 4.0)
    )
    # Ten zones among five posts have to cut some.
    assert close < 0.65 * loose


def test_together_apart_and_locked_are_kept():
    units = ZoningUnits(ids_of(36), np.arange(36.0)[:, None] % 7, np.ones(36), lattice(6, 6))
    rules = ZoneRules(
        zones=4,
        together=(("u000", "u035"),),
        apart=(("u001", "u007"),),
        locked=(("u005", "north"), ("u011", "north"), ("u030", "south")),
    )
    found = propose(units, rules, seconds=0.2)
    assert isinstance(found, Proposal), found
    zone = dict(zip(units.ids, found.zone.tolist(), strict=True))
    assert zone["u000"] == zone["u035"]
    assert zone["u001"] != zone["u007"]
    assert zone["u005"] == zone["u011"] != zone["u030"]
    # 9 of the 11 units on a shortest way between two corners of a 6 × 6 grid lie between them.
    assert len(found.added) == 9
    _assert_sound(units, rules, found)
    assert check_plan(units, rules, found.zone) == ()


def test_islands_take_zones_of_their_own():
    units = scattered(90, 10, pieces=3)
    rules = ZoneRules(zones=7)
    found = propose(units, rules, seconds=0.05)
    _assert_sound(units, rules, found)


def test_units_that_are_all_alike_can_still_be_balanced():
    units = replace(scattered(100, 11), attributes=np.ones((100, 2)))
    found = propose(units, ZoneRules(zones=5, tolerance=0.1), seconds=0.2)
    assert found.figures.ratio == 0.0
    _assert_sound(units, ZoneRules(zones=5, tolerance=0.1), found)


class _Heard:
    def __init__(self, most=10**9):
        self.reports, self.most = [], most

    def heard(self, progress):
        self.reports.append(progress)
        return len(self.reports) < self.most


def test_progress_only_gets_better_and_ends_with_the_answer():
    units, heard = scattered(300, 12), _Heard()
    found = propose(units, ZoneRules(zones=15), seconds=0.2, listener=heard)
    objectives = [report.objective for report in heard.reports]
    assert len(objectives) > 20
    assert objectives == sorted(objectives, reverse=True)
    assert objectives[-1] == pytest.approx(found.figures.objective, abs=1e-9)
    newest = [report.zone for report in heard.reports if report.zone is not None][-1]
    assert newest.tolist() == found.zone.tolist()
    assert heard.reports[-1].share <= 1.0


def test_the_objective_reported_is_that_of_the_plan_with_every_wish():
    units = scattered(150, 13)
    units = replace(units, in_force=(units.place_m[:, 0] * 4).astype(np.int64), post=np.arange(150) % 3)
    heard = _Heard()
    wishes = Wishes(0.3, 0.5, 0.7, 0.9)
    found = propose(units, ZoneRules(zones=9, tolerance=0.3), wishes, seconds=0.1, listener=heard)
    assert heard.reports[-1].objective == pytest.approx(found.figures.objective, abs=1e-9)


def test_a_listener_can_end_the_search_with_a_sound_plan():
    units = scattered(300, 14)
    found = propose(units, ZoneRules(zones=15), seconds=5.0, listener=_Heard(most=2))
    assert found.stopped
    _assert_sound(units, ZoneRules(zones=15), found)


@pytest.mark.parametrize(
    "rules", [{}, {"zones": 3, "floor": 2.0}, {"zones": 0}, {"floor": -1.0}, {"zones": 2, "tolerance": 0}]
)
def test_rules_that_say_nothing_sensible(rules):
    with pytest.raises(ParameterError):
        ZoneRules(**rules)


def test_unknown_units_and_bad_figures_are_named():
    units = row([0, 1, 2])
    with pytest.raises(ParameterError, match="nowhere"):
        propose(units, ZoneRules(zones=2, apart=(("u000", "nowhere"),)))
    with pytest.raises(ParameterError, match="attributes of unit u001"):
        row([0, np.nan, 2])
    with pytest.raises(ParameterError, match="workload of unit u002"):
        row([0, 1, 2], workload=[1, 1, -1])
    assert Rule.CONNECTED in Rule
