"""Which number stands for an external id, and which for the content of a row?"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

_M1, _M2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_NULL = np.uint64(0x6E756C6C6E756C6C)
_CONTENT_SEED = 0x6D696E71696E67
_DEGREE_STEPS = 1e7


def dataset_seeds(dataset_key: str) -> tuple[int, int]:
    """Two seeds of 64 bits for the keys of a data set."""
    digest = hashlib.sha256(dataset_key.encode()).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")


def keys_of(external_ids: Any, dataset_key: str) -> NDArray[np.uint64]:
    """Keys (n, 2) of external ids within a data set: two independent hashes of 64 bits.

    Args:
        external_ids: arrow string array of n ids.
        dataset_key: key of the data set.
    """
    return np.column_stack([hash_texts(external_ids, seed) for seed in dataset_seeds(dataset_key)])


def content_keys(digests: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Keys (n, 2) of rows without an external id, by the digests (n,) of their content."""
    return np.column_stack([hash_numbers(digests, seed) for seed in (1, 2)])


def hash_texts(texts: Any, seed: int) -> NDArray[np.uint64]:
    """Hash (n,) of each text of an arrow string column; null differs from the empty text."""
    whole = pc.cast(texts, pa.large_string())
    if whole.offset:
        whole = pa.concat_arrays([whole])
    n = len(whole)
    out = np.empty(n, np.uint64)
    if n:
        offsets = np.frombuffer(whole.buffers()[1], np.int64, n + 1, whole.offset * 8)
        data = whole.buffers()[2]
        raw = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
        _hash_spans(raw, offsets, np.uint64(seed), out)
        out[np.asarray(whole.is_null())] = _NULL
    return out


def hash_numbers(values: NDArray[Any], seed: int) -> NDArray[np.uint64]:
    """Hash (n,) of numbers or moments; every NaN is the same."""
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), np.nan, values + 0.0)
    words = np.ascontiguousarray(values.astype("i8") if values.dtype.kind != "f" else values).view(np.uint64)
    mixed: NDArray[np.uint64] = _finish(words ^ np.uint64(seed))
    return mixed


def combine_hashes(columns: list[NDArray[np.uint64]]) -> NDArray[np.int64]:
    """One digest (n,) of several hashed columns; their order matters."""
    total = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        total = _finish((total ^ column) * _M1 + np.uint64(1))
    return total.view(np.int64)


def content_digest(
    lonlat: NDArray[np.float64],
    codes: Sequence[NDArray[np.int16]],
    moments: Sequence[NDArray[np.datetime64]],
    stated: NDArray[np.uint64],
    texts: Sequence[Any],
) -> NDArray[np.int64]:
    """Hash (n,) of what each row says; the same for a row of a file and for the same report handed in by a program.

    Args:
        lonlat: (n, 2) degrees, NaN where there is no position; places closer than 1 cm are the same.
        codes: class, severity, status, source and department ids.
        moments: in the order of TIME_COLUMNS, NaT where there is none.
        stated: (n,) `hash_content` of the unit that the report names.
        texts: arrow strings: close reason, text, address.
    """
    steps = np.round(lonlat * _DEGREE_STEPS)
    hashed = [hash_numbers(steps[:, axis], _CONTENT_SEED) for axis in (0, 1)]
    hashed += [hash_numbers(column, _CONTENT_SEED) for column in (*codes, *moments)]
    return combine_hashes([*hashed, stated, *(hash_content(column) for column in texts)])


def with_other_texts(digests: NDArray[np.int64], before: Sequence[Any], after: Sequence[Any]) -> NDArray[np.int64]:
    """Digests (n,) of rows whose texts alone have changed.

    Each step of `combine_hashes` can be undone, and the texts come last: nothing else of the rows has to be known.

    Args:
        digests: (n,) by `content_digest`.
        before: arrow strings in its order: close reason, text, address.
        after: the same, changed.
    """
    total = digests.view(np.uint64)
    for column in reversed(before):
        total = ((_unfinish(total) - np.uint64(1)) * _inverse(_M1)) ^ hash_content(column)
    for column in after:
        total = _finish((total ^ hash_content(column)) * _M1 + np.uint64(1))
    return total.view(np.int64)


def hash_content(texts: Any) -> NDArray[np.uint64]:
    """Hash (n,) of each text of an arrow string column as part of the content of a row."""
    return hash_texts(texts, _CONTENT_SEED)


def _finish(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix the bits of each word so that every input bit moves every output bit.

    Source: Stafford's variant 13 of the MurmurHash3 finaliser, as in SplitMix64.
    """
    words = (words ^ (words >> np.uint64(30))) * _M2
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def _unfinish(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The words that `_finish` mixes into these."""
    words = _unshift(words, 31) * _inverse(np.uint64(0x94D049BB133111EB))
    words = _unshift(words, 27) * _inverse(_M2)
    return _unshift(words, 30)


def _unshift(words: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    """The words whose exclusive or with themselves, moved right by over 21 bits, is this."""
    before: NDArray[np.uint64] = words ^ (words >> np.uint64(bits)) ^ (words >> np.uint64(2 * bits))
    return before


def _inverse(odd: np.uint64) -> np.uint64:
    """The number that times an odd one is 1, modulo 2 to the 64."""
    return np.uint64(pow(int(odd), -1, 1 << 64))


@njit(cache=True, nogil=True)
def _mix(word):  # type: ignore[no-untyped-def]  # compiled: types come from the arguments
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@njit(cache=True, nogil=True)
def _hash_spans(raw, offsets, seed, out):  # type: ignore[no-untyped-def]  # compiled: types come from the arrays
    for row in range(len(out)):
        start, stop = offsets[row], offsets[row + 1]
        state = _mix(seed ^ np.uint64(stop - start) * np.uint64(0x9E3779B97F4A7C15))
        place = start
        while place < stop:
            word = np.uint64(0)
            for step in range(min(8, stop - place)):
                word |= np.uint64(raw[place + step]) << np.uint64(8 * step)
            state = _mix((state ^ word) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1))
            place += 8
        out[row] = state
