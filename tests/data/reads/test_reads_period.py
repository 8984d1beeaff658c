"""Which days do the texts of from and to mean?"""

from datetime import UTC, date, datetime

import pytest

from data.reads.city import CityMoment
from data.reads.errors import PeriodInvalid
from data.reads.period import Period, parse_period

MOMENT = CityMoment(
    as_of=datetime(2025, 3, 31, 16, 30, tzinfo=UTC),
    time_zone="Asia/Shanghai",
    city={},
    boundary_revision=1,
    version=1,
    pending=False,
    first_day=date(2024, 4, 1),
    last_day=date(2025, 3, 20),
)


def test_today_is_the_day_of_the_city() -> None:
    assert MOMENT.today == date(2025, 4, 1)


def test_default_is_thirty_days_up_to_the_last_with_data() -> None:
    assert parse_period("", None, MOMENT) == Period(date(2025, 2, 19), date(2025, 3, 20))
    assert parse_period(None, "2025-03-10", MOMENT) == Period(date(2025, 2, 9), date(2025, 3, 10))
    assert parse_period("2025-03-25", "", MOMENT) == Period(date(2025, 3, 25), date(2025, 3, 25))


def test_both_days_belong_to_the_period() -> None:
    period = parse_period("2025-03-01", "2025-03-31", MOMENT)
    assert period.length_days == 31
    assert period.start(MOMENT.zone) == datetime(2025, 2, 28, 16, tzinfo=UTC)
    assert period.end(MOMENT.zone) == datetime(2025, 3, 31, 16, tzinfo=UTC)
    assert period.before == Period(date(2025, 1, 29), date(2025, 2, 28))


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("2025-02-30", "", "from"),
        ("", "gestern", "to"),
        ("2025-03-02", "2025-03-01", "from"),
        ("1950-01-01", "2025-03-01", "from"),
        ("0001-01-01", "", "from"),
        ("", "9999-12-31", "to"),
    ],
)
def test_unusable_texts_name_their_field(first: str, last: str, field: str) -> None:
    with pytest.raises(PeriodInvalid) as refusal:
        parse_period(first, last, MOMENT)
    assert refusal.value.field == field
    assert refusal.value.remedy
