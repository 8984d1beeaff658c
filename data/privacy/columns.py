"""What is left of a column of texts when the numbers and addresses of people are taken out?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.privacy.kinds import Kind
from data.privacy.masking import mask, mask_identifier
from data.privacy.suspects import suspect_keys, suspect_rows


@dataclass(frozen=True, slots=True)
class MaskedColumn:
    """A column of n texts without personal data, and how many of each kind were taken out.

    Attributes:
        texts: arrow strings; null stays null.
        counts: masked numbers and addresses by kind, over all rows.
    """

    texts: Any
    counts: Mapping[Kind, int]


def mask_column(texts: Any) -> MaskedColumn:
    """Mask a column of free text; rows with nothing that looks like a number or an address cost next to nothing.

    Args:
        texts: arrow string array of n texts.
    """
    rows = suspect_rows(texts)
    if not len(rows):
        return MaskedColumn(texts, {})
    masked = [mask(text) for text in texts.take(pa.array(rows)).to_pylist()]
    counts: Counter[Kind] = Counter()
    for one in masked:
        counts.update(one.counts)
    return MaskedColumn(_with(texts, rows, [one.text for one in masked]) if counts else texts, dict(counts))


def drop_personal_identifiers(texts: Any) -> MaskedColumn:
    """Leave out keys of records that are the number or address of a person; such a row has no key.

    Args:
        texts: arrow string array of n keys.
    """
    rows = suspect_keys(texts)
    counts: Counter[Kind] = Counter()
    personal: list[int] = []
    for row, text in zip(rows.tolist(), texts.take(pa.array(rows)).to_pylist(), strict=True):
        found = mask_identifier(text).counts
        counts.update(found)
        if found:
            personal.append(row)
    return MaskedColumn(_with(texts, np.array(personal, np.intp), [None] * len(personal)), dict(counts))


def _with(texts: Any, rows: Any, values: list[str | None]) -> Any:
    """The column with other texts in some rows."""
    if not len(rows):
        return texts
    marked = np.zeros(len(texts), bool)
    marked[rows] = True
    return pc.replace_with_mask(texts, pa.array(marked), pa.array(values, texts.type))
