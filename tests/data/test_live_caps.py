"""Does the environment say how many live connections there may be, and is nonsense refused with a remedy?"""

import pytest

from data.errors import SettingInvalid
from data.settings import LiveCaps, load_settings


def test_the_caps_come_from_the_environment() -> None:
    assert load_settings({}).live_caps == LiveCaps(60, 1_000)
    given = {"MINQING_LIVE_PER_ACCOUNT": "5", "MINQING_LIVE_PER_ADDRESS": "99999"}
    assert load_settings(given).live_caps == LiveCaps(5, 99_999)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "100000", "٣"])
@pytest.mark.parametrize("name", ["MINQING_LIVE_PER_ACCOUNT", "MINQING_LIVE_PER_ADDRESS"])
def test_what_is_no_cap_stops_the_start(name: str, text: str) -> None:
    with pytest.raises(SettingInvalid, match=name):
        load_settings({name: text})
