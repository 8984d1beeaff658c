"""Do the case states keep the numbers that the database stores?"""

from geo.status import OPEN_STATUSES, TIMED_STATUSES, CaseStatus

STORED = {
    "reported": 1,
    "filed": 2,
    "dispatched": 3,
    "handling": 4,
    "handled": 5,
    "closed": 6,
    "rejected": 7,
    "void": 8,
    "merged": 9,
    "returned": 10,
    "rework": 11,
    "suspended": 12,
}


def test_numbers_and_keys_are_fixed():
    assert {status.key: int(status) for status in CaseStatus} == STORED


def test_four_states_are_over_and_all_others_open():
    over = {status.key for status in CaseStatus if not status.is_open}
    assert over == {"closed", "rejected", "void", "merged"}
    assert {status for status in CaseStatus if status.is_open} == OPEN_STATUSES
    assert TIMED_STATUSES < OPEN_STATUSES
