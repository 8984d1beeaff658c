"""How does a plan leave as a file: the units with the number of their zone?"""

from pathlib import Path

import geopandas
import pyogrio
from pyogrio.errors import DataSourceError

from data.importing.polygon_feature import PolygonFile
from data.zoning.errors import UnitFileInvalid
from geo.zoning.graph import Ints

ZONE_FIELD = "zone"
DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON", ".shp": "ESRI Shapefile"}


def check_target(target: Path) -> None:
    """Refuse a file that could not be written, before the work is done.

    Raises:
        UnitFileInvalid: The ending is unknown, or there is no such folder.
    """
    if target.suffix.lower() not in DRIVERS:
        endings = ", ".join(DRIVERS)
        raise UnitFileInvalid(
            str(target), "out", f"files ending in {target.suffix!r} are not written.", f"Use {endings}."
        )
    if not target.parent.is_dir():
        raise UnitFileInvalid(str(target), "out", "there is no such folder.", "Make it first, or name another.")


def write_plan(target: Path, source: PolygonFile, zone: Ints) -> None:
    """Write the features of a file with the zone of each, numbered from 1, in the field `zone`.

    Args:
        target: GeoPackage, GeoJSON or Shapefile by its ending; a file that is there is replaced.
        source: the features.
        zone: (n,) zone of each feature, from 0.

    Raises:
        UnitFileInvalid: The file cannot be written.
    """
    check_target(target)
    names = dict.fromkeys(name for feature in source.features for name in feature.attributes)
    columns: dict[str, list[object]] = {
        name: [feature.attributes.get(name) for feature in source.features] for name in names if name != ZONE_FIELD
    }
    columns[ZONE_FIELD] = [int(number) + 1 for number in zone]
    shapes = [feature.geometry for feature in source.features]
    frame = geopandas.GeoDataFrame(columns, geometry=shapes, crs=source.crs)
    driver = DRIVERS[target.suffix.lower()]
    if driver == "GeoJSON" and source.crs is not None:
        frame = frame.to_crs("EPSG:4326")
    # A GeoPackage that is there would get a second layer beside the first.
    target.unlink(missing_ok=True)
    try:
        pyogrio.write_dataframe(frame, target, driver=driver, layer="plan" if driver == "GPKG" else None)
    except (DataSourceError, OSError) as error:
        raise UnitFileInvalid(str(target), "out", f"it cannot be written ({error}).", "Name another file.") from error
