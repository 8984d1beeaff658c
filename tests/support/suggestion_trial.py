"""How often is the right class among the first suggestions, on texts that the model has not seen?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import yaml

from data.catalog_store import CATALOG
from data.class_suggestion.model import Example
from data.class_suggestion.training import names_of
from data.demo.class_list import ClassList, read_class_list
from data.demo.wording import TOWN_PLACES, VILLAGE_PLACES, texts
from data.reads.catalog import ClassEntry

Guess = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Share:
    """Shares of texts whose class comes first, and among the first three."""

    first: float
    of_three: float


def catalog_classes() -> tuple[ClassEntry, ...]:
    """The classes of the shipped catalog; the id is the place in the file."""
    rows = yaml.safe_load((CATALOG / "classes.yaml").read_text(encoding="utf-8"))["classes"]
    return tuple(
        ClassEntry(
            place, row["code"], row["family"], row["kind"], row["group"]["key"], row["group"]["zh"], row["group"]["en"],
            row["name_zh"], row["name_en"], row["severity"], row["sensitive"],
        )
        for place, row in enumerate(rows)
    )  # fmt: skip


def demo_texts(seed: int, count: int, classes: ClassList | None = None) -> list[Example]:
    """Reports as a demo city of this seed words them, every class as often as any other."""
    rng = np.random.default_rng(seed)
    listed = classes or read_class_list()
    index = rng.integers(0, len(listed.classes), count)
    source = rng.integers(0, len(listed.sources), count)
    places = np.array(TOWN_PLACES + VILLAGE_PLACES, dtype=object)
    said = texts(listed, index, source, places[rng.integers(0, len(places), count)], rng)
    return [Example(int(one), str(text)) for one, text in zip(index, said, strict=True)]


def lessons(examples: Sequence[Example]) -> tuple[tuple[Example, ...], list[Example]]:
    """What a city may learn from: names of all classes, reports of those that are not sensitive."""
    entries = catalog_classes()
    return names_of(entries), [one for one in examples if not entries[one.class_id].sensitive]


def score(guess: Guess, examples: Sequence[Example]) -> Share:
    """Shares over the examples.

    Args:
        guess: Class ids for a text, likeliest first.
    """
    ranks = [(one.class_id, list(guess(one.text))) for one in examples]
    first = sum(bool(found) and found[0] == truth for truth, found in ranks)
    of_three = sum(truth in found[:3] for truth, found in ranks)
    return Share(first / len(ranks), of_three / len(ranks))
