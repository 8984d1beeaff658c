"""What is the sentence behind a key, in the language of the reader?"""

import json
from functools import cache
from pathlib import Path

from dashboard.errors import LocaleKeyUnknown

LANGUAGES = ("zh", "en")
FOLDER = Path(__file__).parent


def t(key: str, lang: str, **values: object) -> str:
    """The text of `key`, with `{name}` replaced by `values`.

    Args:
        key: Dotted key such as `map.figures.reported`.
        lang: zh or en.

    Raises:
        LocaleKeyUnknown: The locale file of `lang` has no such key.
    """
    try:
        text = texts(lang)[key]
    except KeyError:
        raise LocaleKeyUnknown(key, lang) from None
    return text.format(**values) if values else text


@cache
def texts(lang: str) -> dict[str, str]:
    """All sentences of one language by key."""
    loaded: dict[str, str] = json.loads((FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
    return loaded


def pick(lang: str, zh: str, en: str) -> str:
    """The name of something that the database holds in both languages; the other one where it is empty."""
    return (en or zh) if lang == "en" else (zh or en)


def language_tag(lang: str) -> str:
    """BCP 47 tag, which also decides the shape of Chinese characters."""
    return "en" if lang == "en" else "zh-CN"
