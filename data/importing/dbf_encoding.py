"""In which encoding is the text of a shapefile without a .cpg file?"""

from pathlib import Path

_HEADER = 32
_LARGEST_SAMPLE = 4_000_000


def dbf_encoding(path: Path) -> str | None:
    """Encoding to read a shapefile's attributes with.

    A .cpg file is believed. Without it the text is UTF-8 if it decodes as such, else GB18030 (which holds GBK), else
    Latin-1; a few characters cut off by the width of a field do not count against an encoding.

    Returns:
        Name of the encoding; None for other formats and where a .cpg file says it.
    """
    table = _beside(path, ".dbf")
    if path.suffix.lower() != ".shp" or table is None or _beside(path, ".cpg") is not None:
        return None
    content = table.read_bytes()[:_LARGEST_SAMPLE]
    records = content[int.from_bytes(content[8:10], "little") or _HEADER :]
    if records.isascii():
        return "utf-8"
    return min(("utf-8", "gb18030", "latin-1"), key=lambda name: _damage(records, name))


def _damage(records: bytes, encoding: str) -> int:
    """Characters lost when decoding; Latin-1 loses none, so each of its foreign characters counts as half a loss."""
    text = records.decode(encoding, errors="replace")
    if encoding == "latin-1":
        return sum(not character.isascii() for character in text) // 2
    return text.count("\ufffd")


def _beside(path: Path, suffix: str) -> Path | None:
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    return None
