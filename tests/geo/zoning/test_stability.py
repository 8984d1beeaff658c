"""Do pairs that belong together stay together over resampled weeks, and pairs joined by chance not?"""

import numpy as np
import pytest

from geo.errors import ParameterError
from geo.zoning.problem import Wishes, ZoneRules
from geo.zoning.profile import smoothed_shares
from geo.zoning.stability import Stability, stability
from tests.support.zoning_cases import row

WEEKS = 12


def weekly() -> np.ndarray:
    """Six units in a row: 0 and 1 have fires every week, 4 and 5 debts; 2 and 3 are like either side by turns."""
    counts = np.zeros((WEEKS, 6, 2))
    counts[:, :2] = [20, 1]
    counts[:, 4:] = [1, 20]
    counts[0::2, 2:4] = [12, 9]
    counts[1::2, 2:4] = [9, 12]
    return counts


def judged(zone: list[int], **more: object) -> Stability:
    units = row([0, 0, 1, 1, 2, 2])
    rules = ZoneRules(zones=2)
    return stability(
        units, np.array(zone), rules, Wishes(compactness=0), weekly(), smoothed_shares, seconds=0.002, **more
    )


def test_a_planted_pair_is_together_in_all_and_an_odd_one_in_some() -> None:
    found = judged([0, 0, 0, 1, 1, 1], times=60)
    together = dict(zip(zip(found.first.tolist(), found.second.tolist(), strict=True), found.together, strict=True))
    assert together[0, 1] == together[4, 5] == 1.0, "planted"
    assert together[2, 3] == 1.0, "alike in every week"
    assert 0.1 < together[1, 2] < 0.9, "as the weeks fall"
    assert together[1, 2] + together[3, 4] == pytest.approx(1.0), "two zones of a row are parted once"
    # Zone 0 has the pairs (0, 1) and (1, 2), zone 1 the pairs (3, 4) and (4, 5).
    assert found.zone.tolist() == pytest.approx([(1 + together[1, 2]) / 2, (together[3, 4] + 1) / 2])
    assert (found.plans, found.refused) == (60, 0)


def test_units_in_no_zone_do_not_disturb() -> None:
    found = judged([-1, -1, 0, 0, 1, 1], times=10)
    assert len(found.zone) == 2
    assert found.zone.tolist() == [1.0, 1.0]


def test_progress_rises_and_the_listener_ends_it() -> None:
    shares: list[float] = []

    def heard(share: float) -> bool:
        shares.append(share)
        return len(shares) <= 4

    found = judged([0, 0, 0, 1, 1, 1], times=20, heard=heard)
    assert shares == [k / 20 for k in range(5)]
    assert found.plans + found.refused == 4


def test_rules_that_no_resample_can_keep_are_an_error() -> None:
    units = row([0, 0, 1, 1, 2, 2])
    rules = ZoneRules(zones=2, apart=(("u000", "u001"), ("u001", "u002"), ("u000", "u002")))
    with pytest.raises(ParameterError):
        stability(units, np.zeros(6, np.int64), rules, Wishes(), weekly(), smoothed_shares, times=2, seconds=0.002)
