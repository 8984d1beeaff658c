"""Is the most stable plan sound, the same for the same question, and nearer to the truth than the most similar one?"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from geo.zoning import stable_plan
from geo.zoning.check import check_plan
from geo.zoning.figures import plan_figures
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits, standardised
from geo.zoning.propose import Proposal, propose
from geo.zoning.refusal import Refusal, Rule
from geo.zoning.stable_plan import propose_stable, reweighted
from tests.support.zoning_cases import ids_of, lattice, scattered, shuffled


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2_000), st.integers(2, 6), st.sampled_from([None, 0.5]), st.integers(1, 2))
def test_it_keeps_every_rule_and_does_not_depend_on_the_order(seed, zones, tolerance, pieces):
    units = scattered(40, seed, pieces=pieces)
    rules = ZoneRules(zones=zones, tolerance=tolerance, apart=(("u000", "u039"),), together=(("u001", "u002"),))
    variants = list(reweighted(standardised(units.attributes), 5, seed))
    found = propose_stable(units, rules, variants=variants, seconds=0.05, seed=seed)
    order = np.random.default_rng(seed).permutation(40)
    shuffled_variants = [variant[order] for variant in variants]
    again = propose_stable(shuffled(units, order), rules, variants=shuffled_variants, seconds=0.05, seed=seed)
    if isinstance(found, Refusal):
        assert isinstance(again, Refusal)
        return
    assert check_plan(units, rules, found.zone) == ()
    assert found.figures == plan_figures(units, found.zone, Wishes())
    assert again.zone.tolist() == found.zone[order].tolist()


def test_a_floor_a_refusal_and_attributes_that_all_weigh_nothing():
    units = scattered(40, 3)
    floor = float(units.workload.sum()) / 6
    found = propose_stable(units, ZoneRules(floor=floor), seconds=0.3)
    assert isinstance(found, Proposal)
    assert check_plan(units, ZoneRules(floor=floor), found.zone) == ()
    assert propose_stable(units, ZoneRules(zones=41)).rule is Rule.ZONES
    flat = replace(units, attributes=np.ones((40, 2)))
    assert isinstance(propose_stable(flat, ZoneRules(zones=3), seconds=0.1), Proposal)


def test_rules_too_tight_for_a_part_of_the_time_get_all_of_it(monkeypatch):
    units, rules, whole_s = scattered(40, 3), ZoneRules(zones=5), 1.0

    def slow(units, rules, wishes, *, seconds, **more):
        if seconds < whole_s:
            return Refusal(Rule.NOT_FOUND, (), "None was found.", "Give more seconds.")
        return propose(units, rules, wishes, seconds=seconds, **more)

    monkeypatch.setattr(stable_plan, "propose", slow)
    found = propose_stable(units, rules, seconds=whole_s)
    assert isinstance(found, Proposal)
    assert check_plan(units, rules, found.zone) == ()


def _with_planted_zones(seed):
    """Four by four planted zones of 36 squares; each lifts two attributes of twelve under heavy-tailed noise."""
    rng = np.random.default_rng(seed)
    y, x = np.divmod(np.arange(24 * 24), 24)
    truth = (y // 6) * 4 + x // 6
    values = rng.standard_t(3, size=(576, 12))
    for zone in range(16):
        values[np.ix_(truth == zone, rng.permutation(12)[:2])] += 1.5
    return ZoningUnits(ids_of(576), values, np.ones(576), lattice(24, 24)), truth


def test_it_is_nearer_to_what_was_planted_than_the_plan_of_the_highest_ratio():
    gains = []
    for seed in range(2):
        units, truth = _with_planted_zones(seed)
        rules = ZoneRules(zones=16)
        stable, similar = propose_stable(units, rules, seconds=1.0), propose(units, rules, seconds=0.5)
        assert stable.figures.ratio <= similar.figures.ratio + 1e-9
        gains.append(adjusted_rand_score(truth, stable.zone) - adjusted_rand_score(truth, similar.zone))
    assert np.mean(gains) > 0.02


def test_variants_of_the_caller_are_used_in_the_order_of_the_units():
    # Every variant says that the row falls into halves, the attributes themselves say nothing.
    units = ZoningUnits(ids_of(8)[::-1], np.zeros((8, 1)), np.ones(8), lattice(8, 1))
    halves = np.array([0.0, 0, 0, 1, 1, 1, 1, 1])[:, None]
    found = propose_stable(units, ZoneRules(zones=2), Wishes(compactness=0.0), variants=[halves] * 9, seconds=0.1)
    assert len(set(found.zone[:3].tolist())) == len(set(found.zone[3:].tolist())) == 1
    assert found.zone[0] != found.zone[-1]


class _Heard:
    """Notes the reports and ends the work at a share."""

    def __init__(self, until=2.0):
        self.reports, self._until = [], until

    def heard(self, progress):
        self.reports.append(progress)
        return progress.share < self._until


def test_progress_rises_to_the_end_and_tells_the_figures_of_the_plans_shown():
    units, heard = scattered(60, 1), _Heard()
    found = propose_stable(units, ZoneRules(zones=5), seconds=0.3, listener=heard)
    shares = [report.share for report in heard.reports]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, abs=0.02)
    for report in heard.reports:
        if report.zone is not None:
            figures = plan_figures(units, report.zone, Wishes())
            assert (report.ratio, report.objective) == pytest.approx((figures.ratio, figures.objective))
    assert found.stopped is False


@pytest.mark.parametrize("until", [0.0, 0.4, 0.9])
def test_it_can_be_ended_at_any_moment(until):
    heard = _Heard(until)
    units, rules = scattered(60, 1), ZoneRules(zones=5)
    found = propose_stable(units, rules, seconds=0.3, listener=heard)
    assert found.stopped
    assert check_plan(units, rules, found.zone) == ()
    assert sum(report.share >= until for report in heard.reports) == 1


def test_weights_of_variants_average_one():
    squares = [float((scores**2).mean()) for scores in reweighted(np.ones((2, 50)), 200, 1)]
    assert np.mean(squares) == pytest.approx(1.0, abs=0.05)
    assert np.std(squares) > 0.05
