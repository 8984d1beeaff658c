"""Is a polygon file of a kind that holds polygons, and nothing that leads to other files or machines?

The library that reads them knows a hundred formats, some of which are no data but directions: where else to read,
whom to ask over the network. So the content is looked at before the library sees it.
"""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from data.importing.archive_limits import require_safe_archive
from data.importing.errors import FileUnreadable
from data.importing.geopackage_tables import require_own_tables

_STARTS = {
    ".shp": b"\x00\x00\x27\x0a",
    ".gpkg": b"SQLite format 3\x00",
    ".topojson": b"{",
    ".json": b"{",
    ".geojson": b"{",
}
_OF_ONE_SHAPEFILE = frozenset({".shp", ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".xml", ".txt"})


def require_polygon_kind(path: Path) -> None:
    """Refuse a file whose content is not what its name says.

    Raises:
        FileUnreadable: Another kind, an archive with more than one shapefile, or an unsafe one.
    """
    ending = path.suffix.lower()
    if ending == ".zip":
        require_safe_archive(path)
        _require_shapefile(path)
        return
    start = _STARTS.get(ending)
    if start is None:
        raise FileUnreadable(
            str(path),
            f"{ending or 'a name without an ending'} is no kind of polygon file that is read.",
            "Give GeoJSON, TopoJSON, Shapefile (also zipped) or GeoPackage.",
        )
    with path.open("rb") as file:
        head = file.read(64).removeprefix(b"\xef\xbb\xbf")
    if not (head.lstrip() if start == b"{" else head).startswith(start):
        raise FileUnreadable(
            str(path), f"it is no file of polygons: its content is no {ending[1:]}.", "Export the file again."
        )
    if ending == ".gpkg":
        require_own_tables(path)


def _require_shapefile(path: Path) -> None:
    with ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    strange = sorted(name for name in names if Path(name).suffix.lower() not in _OF_ONE_SHAPEFILE)
    if strange:
        raise FileUnreadable(str(path), f"it holds {strange[0]!r} beside a shapefile.", "Pack the shapefile alone.")
    if len(list(_shapes(names))) != 1:
        raise FileUnreadable(str(path), "it does not hold exactly one shapefile.", "Pack one shapefile.")


def _shapes(names: list[str]) -> Iterator[str]:
    return (name for name in names if name.lower().endswith(".shp"))
