"""Is a packed file what it says, or does it unpack into more than a machine can hold, or beside the place it should?"""

import re
import stat
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from data.importing.errors import FileUnreadable

MOST_ENTRIES = 2_000
MOST_BYTES = 4_000_000_000
SMALL_BYTES = 100_000_000
MOST_RATIO = 100
"""An honest workbook shrinks to a tenth or twentieth; what is small when unpacked may shrink as it likes."""

_HEAD_BYTES = 65_536
_DECLARES = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def require_safe_archive(path: Path) -> None:
    """Refuse an archive by its table of contents, before anything of it is unpacked.

    XML in it must not declare a document type: entities are the one thing that needs it, and none of the formats does.

    Raises:
        FileUnreadable: It is no archive, or holds too many or too large files, names outside of it, links, encrypted
            files, or XML with a document type.
    """
    try:
        with ZipFile(path) as archive:
            entries = archive.infolist()
            _require_sizes(path, entries)
            for entry in entries:
                _require_plain(path, entry)
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels", ".vml", ".kml", ".gml", ".xsd")):
                    _require_no_entities(path, archive, entry)
    except (BadZipFile, NotImplementedError, EOFError) as error:
        raise FileUnreadable(path.name, f"It is no archive that can be read ({error}).", "Save it again.") from error


def _require_sizes(path: Path, entries: list[ZipInfo]) -> None:
    packed, unpacked = sum(e.compress_size for e in entries), sum(e.file_size for e in entries)
    if len(entries) > MOST_ENTRIES:
        raise FileUnreadable(path.name, f"It holds {len(entries):,} files.", f"Pack at most {MOST_ENTRIES:,}.")
    too_dense = unpacked > SMALL_BYTES and unpacked > MOST_RATIO * max(packed, 1)
    if unpacked > MOST_BYTES or too_dense:
        raise FileUnreadable(
            path.name,
            f"It would unpack from {packed:,} to {unpacked:,} bytes.",
            "Save it in parts, or as CSV or GeoPackage.",
        )


def _require_plain(path: Path, entry: ZipInfo) -> None:
    name = entry.filename
    outside = name.startswith(("/", "\\")) or ":" in name or ".." in PurePosixPath(name.replace("\\", "/")).parts
    if outside or "\x00" in name:
        raise FileUnreadable(path.name, f"It holds {name!r}, which lies outside of it.", "Pack the files anew.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FileUnreadable(path.name, f"{name!r} in it is a link.", "Pack the files themselves.")
    if entry.flag_bits & 1:
        raise FileUnreadable(path.name, f"{name!r} in it is encrypted.", "Save it without a password.")


def _require_no_entities(path: Path, archive: ZipFile, entry: ZipInfo) -> None:
    with archive.open(entry) as file:
        head = file.read(_HEAD_BYTES)
    for codec in ("utf-16-le", "utf-16-be"):
        head += head[: _HEAD_BYTES // 2 * 2].decode(codec, errors="ignore").encode(errors="ignore")
    if _DECLARES.search(head):
        raise FileUnreadable(path.name, f"{entry.filename!r} in it declares entities.", "Save it again.")
