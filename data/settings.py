"""What does the environment say about where and how the program runs?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.errors import DataError


class SettingInvalid(DataError):
    """An environment variable has a value that the program cannot use."""

    def __init__(self, name: str, value: str, remedy: str) -> None:
        super().__init__(f"{name}={value!r} is not usable. {remedy}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the environment decides; see docs/operations.md."""

    data_dir: Path
    database_url: str | None = None
    secret_key: str | None = None
    demo_password: str | None = None
    time_zone: str = "Asia/Shanghai"
    lang: str = "zh"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        SettingInvalid: A variable has a wrong value; the text says which and what to do.
    """
    zone = environ.get("MINQING_TZ", "Asia/Shanghai")
    lang = environ.get("MINQING_LANG", "zh")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingInvalid("MINQING_TZ", zone, "Use an IANA name such as Asia/Shanghai.") from error
    if lang not in ("zh", "en"):
        raise SettingInvalid("MINQING_LANG", lang, "Use zh or en.")
    return Settings(
        data_dir=Path(environ.get("MINQING_DATA_DIR") or ".minqing").expanduser().resolve(),
        database_url=environ.get("DATABASE_URL") or None,
        secret_key=environ.get("MINQING_SECRET_KEY") or None,
        demo_password=environ.get("MINQING_DEMO_PASSWORD") or None,
        time_zone=zone,
        lang=lang,
    )
