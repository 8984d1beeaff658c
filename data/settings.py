"""What does the environment say about where and how the program runs?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.accounts.provider import Provider, provider_from
from data.errors import SettingInvalid

LIVE_PER_ACCOUNT = "MINQING_LIVE_PER_ACCOUNT"
LIVE_PER_ADDRESS = "MINQING_LIVE_PER_ADDRESS"


@dataclass(frozen=True, slots=True)
class LiveCaps:
    """How many live connections may be open at once, in each web process.

    Attributes:
        per_account: Of one account: every window of a page has one.
        per_address: From one network address, or the 64 bits of IPv6 that one house has.
    """

    per_account: int = 60
    per_address: int = 1_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the environment decides; see docs/operations.md."""

    data_dir: Path
    database_url: str | None = None
    web_database_url: str | None = None
    auth_database_url: str | None = None
    database: str = "minqing"
    wal_archive: Path | None = None
    secret_key: str | None = None
    demo_password: str | None = None
    time_zone: str = "Asia/Shanghai"
    lang: str = "zh"
    provider: Provider | None = None
    live_caps: LiveCaps = LiveCaps()

    @property
    def photo_folder(self) -> Path:
        """Where the files of photos lie."""
        return self.data_dir / "attachments"

    @property
    def scenes_file(self) -> Path:
        """Scenes of this city's wall, which go before the shipped ones; need not exist."""
        return self.data_dir / "scenes.yaml"


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
        web_database_url=environ.get("MINQING_WEB_DATABASE_URL") or None,
        auth_database_url=environ.get("MINQING_AUTH_DATABASE_URL") or None,
        database=_database(environ.get("MINQING_DATABASE") or "minqing"),
        wal_archive=_archive(environ.get("MINQING_WAL_ARCHIVE") or None),
        secret_key=environ.get("MINQING_SECRET_KEY") or None,
        demo_password=environ.get("MINQING_DEMO_PASSWORD") or None,
        time_zone=zone,
        lang=lang,
        provider=provider_from(environ),
        live_caps=LiveCaps(
            _cap(environ, LIVE_PER_ACCOUNT, LiveCaps().per_account),
            _cap(environ, LIVE_PER_ADDRESS, LiveCaps().per_address),
        ),
    )


def _cap(environ: Mapping[str, str], name: str, usual: int) -> int:
    text = environ.get(name) or str(usual)
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text, re.ASCII):
        raise SettingInvalid(name, text, "Use a number from 1 to 99999.")
    return int(text)


def _archive(text: str | None) -> Path | None:
    """The folder of archived log files; its path goes through a shell and a configuration of PostgreSQL.

    Raises:
        SettingInvalid: It is not absolute, or has characters that one of them could misread.
    """
    if text is None:
        return None
    if not text.startswith("/") or not all(character.isalnum() or character in "/._-+" for character in text):
        raise SettingInvalid(
            "MINQING_WAL_ARCHIVE", text, "Use an absolute path of letters, digits and the characters / . _ - +"
        )
    return Path(text)


def _database(name: str) -> str:
    """Name of the database in the private cluster.

    Raises:
        SettingInvalid: A database of PostgreSQL cannot have it without quotes.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise SettingInvalid("MINQING_DATABASE", name, "Use small letters, digits and _.")
    return name
