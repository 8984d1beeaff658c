"""What can somebody choose who reports by a code? Few matters, in everyday words."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from data.report_page.errors import ChoicesInvalid

FILE = Path(__file__).parents[1] / "catalog" / "report_page.yaml"


@dataclass(frozen=True, slots=True)
class Choice:
    """A matter to choose, and the class that its report gets."""

    class_code: str
    zh: str
    en: str


@cache
def read_choices(path: Path = FILE) -> tuple[Choice, ...]:
    """All choices of the file, in its order.

    Raises:
        ChoicesInvalid: It is no list of classes with a name in both languages.
    """
    loaded = yaml.safe_load(path.read_text("utf-8"))
    rows = loaded.get("choices") if isinstance(loaded, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ChoicesInvalid(loaded)
    return tuple(_choice(row) for row in rows)


def choices_of(classes: Collection[str], path: Path = FILE) -> tuple[Choice, ...]:
    """Those choices whose class the city has; without any, its first classes by code."""
    found = tuple(choice for choice in read_choices(path) if choice.class_code in classes)
    return found or tuple(Choice(code, code, code) for code in sorted(classes)[:8])


def _choice(row: object) -> Choice:
    if not isinstance(row, dict) or row.keys() != {"class", "zh", "en"} or not all(row.values()):
        raise ChoicesInvalid(row)
    return Choice(str(row["class"]), str(row["zh"]), str(row["en"]))
