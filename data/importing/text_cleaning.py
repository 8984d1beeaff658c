"""Which characters of a text column are damaged, and what were they before?

Mojibake is repaired only where it is certain: UTF-8 that was read as Latin-1 or Windows-1252, with every Latin-1
letter of the text being part of a whole UTF-8 sequence.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_WINDOWS = {bytes([code]).decode("cp1252", "ignore"): chr(code) for code in range(0x80, 0xA0)}
_WINDOWS.pop("", None)
_TRAIL = "[\x80-\xbf" + "".join(_WINDOWS) + "]"
_SEQUENCE = re.compile(f"[\xc2-\xdf]{_TRAIL}|[\xe0-\xef]{_TRAIL}{{2}}|[\xf0-\xf4]{_TRAIL}{{3}}")
_LATIN1 = re.compile("[\x80-\xff]")
_TO_LATIN1 = str.maketrans(_WINDOWS)
_SUSPECT = f"[\xc2-\xf4]{_TRAIL}"
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f]"


@dataclass(frozen=True, slots=True)
class CleanedText:
    """A text column of n rows.

    Attributes:
        texts: arrow strings; null where the text was empty.
        mojibake: (n,) rows in which mojibake was repaired.
        control: (n,) rows from which control characters were removed.
    """

    texts: Any
    mojibake: NDArray[np.bool_]
    control: NDArray[np.bool_]


def clean_text(column: Any) -> CleanedText:
    """Trim a column, repair mojibake, remove control characters (PostgreSQL stores no NUL).

    Args:
        column: arrow array of n values; numbers become text.
    """
    texts = pc.utf8_trim_whitespace(pc.cast(column, pa.string()))
    mojibake = control = np.zeros(len(texts), bool)
    if has_other_than_ascii(texts):
        texts, mojibake = _replace(texts, _rows_with(texts, _SUSPECT), repair_mojibake)
    if _has_control(texts):
        texts, control = _replace(texts, _rows_with(texts, _CONTROL), lambda text: re.sub(_CONTROL, "", text))
    empty = pc.equal(pc.binary_length(texts), 0)
    return CleanedText(pc.if_else(empty, None, texts), mojibake, control)


def repair_mojibake(text: str) -> str:
    """The text as it was before UTF-8 was read as Latin-1, or the same text where that is not certain.

    Example:
        >>> repair_mojibake("the city\\u00e2\\u0080\\u0099s website")
        'the city’s website'
    """
    if _LATIN1.search(_SEQUENCE.sub("", text)):
        return text
    try:
        return _SEQUENCE.sub(lambda match: match[0].translate(_TO_LATIN1).encode("latin-1").decode("utf-8"), text)
    except UnicodeDecodeError:
        return text


def has_other_than_ascii(texts: Any) -> bool:
    """Whether any text of an arrow string column holds a character beyond ASCII; looks at the bytes."""
    raw = _buffer(texts)
    return bool(len(raw)) and int(raw.max()) > 0x7F


def _has_control(texts: Any) -> bool:
    raw = _buffer(texts)
    return bool(len(raw)) and int(raw.min()) < 0x20


def _buffer(texts: Any) -> NDArray[np.uint8]:
    """All bytes of a column, null rows and rows outside a slice included."""
    data = texts.buffers()[2]
    return np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)


def _rows_with(texts: Any, pattern: str) -> NDArray[np.intp]:
    return np.flatnonzero(pc.fill_null(pc.match_substring_regex(texts, pattern), False).to_numpy(zero_copy_only=False))


def _replace(texts: Any, rows: NDArray[np.intp], change: Any) -> tuple[Any, NDArray[np.bool_]]:
    """The column with some rows changed, and which rows became another text."""
    before = texts.take(pa.array(rows)).to_pylist()
    after = [change(text) for text in before]
    changed = np.zeros(len(texts), bool)
    changed[rows] = [old != new for old, new in zip(before, after, strict=True)]
    if not changed.any():
        return texts, changed
    mask = np.zeros(len(texts), bool)
    mask[rows] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(after, pa.string())), changed
