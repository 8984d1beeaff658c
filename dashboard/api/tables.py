"""How do rows become lines of CSV and features of GeoJSON that other programs open safely?"""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

import orjson

from data.importing.report import safe_cell

BYTE_ORDER_MARK = "\ufeff"


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as UTF-8 CSV (RFC 4180); texts that a spreadsheet would run get an apostrophe in front."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([_cell(value) for value in row] for row in rows)
    return buffer.getvalue().encode()


async def csv_stream(header: Sequence[str], chunks: AsyncIterator[Iterable[Sequence[object]]]) -> AsyncIterator[bytes]:
    """A CSV file with a byte-order mark, by which spreadsheets recognise UTF-8."""
    yield BYTE_ORDER_MARK.encode() + csv_lines([header])
    async for rows in chunks:
        yield csv_lines(rows)


def feature(identity: int, geometry: bytes, properties: Mapping[str, object]) -> bytes:
    """A GeoJSON feature (RFC 7946); `geometry` is JSON already."""
    head = b'{"type":"Feature","id":%d,"geometry":' % identity
    return head + geometry + b',"properties":' + orjson.dumps(properties) + b"}"


async def geojson_stream(about: Mapping[str, object], chunks: AsyncIterator[Sequence[bytes]]) -> AsyncIterator[bytes]:
    """A FeatureCollection; `about` are members beside its features."""
    yield b'{"type":"FeatureCollection","about":' + orjson.dumps(about) + b',"features":['
    first = True
    async for features in chunks:
        if features:
            yield (b"" if first else b",\n") + b",\n".join(features)
            first = False
    yield b"]}\n"


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return safe_cell(value) if isinstance(value, str) else value
