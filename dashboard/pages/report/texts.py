"""What does the report page say in each language?"""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def report_texts(lang: str) -> dict[str, str]:
    """All sentences of one language, zh or en, by key."""
    loaded: dict[str, str] = json.loads((FOLDER / f"{lang}.json").read_text(encoding="utf-8"))
    return loaded
