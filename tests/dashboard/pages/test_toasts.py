"""Does every kind of error become a sentence that helps?"""

import psycopg
import pytest

from dashboard.errors import StateInvalid
from dashboard.toasts import message_for
from data.errors import DatabaseUnreachable
from data.reads.errors import CityEmpty, PeriodInvalid, UnitUnknown


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (UnitUnknown("4415"), "4415"),
        (StateInvalid("panel", "x", "Use list:open."), "panel"),
        (PeriodInvalid("from", "No date.", "Write a date."), "from"),
        (psycopg.OperationalError("gone"), "数据库没有回应"),
        (DatabaseUnreachable("gone"), "数据库没有回应"),
        (ValueError("bug"), "已记录"),
    ],
)
def test_each_error_has_its_sentence(error, part):
    message = message_for(error, "zh")
    assert message is not None
    assert part in message
    assert message_for(error, "en") != message


def test_an_empty_city_is_no_error():
    assert message_for(CityEmpty(), "zh") is None
