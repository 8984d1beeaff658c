"""Which patrol posts are there, how far do they serve, and which is nearest to a place?"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from scipy.spatial import cKDTree

from data.engine import AsyncRows
from data.errors import CatalogInvalid
from data.named_sql import named
from data.reads.rows import fetch_all
from geo.metric import LocalMetres
from geo.zoning.graph import Floats, Ints

POSTS_FILE = Path(__file__).parents[1] / "catalog" / "posts.yaml"


@dataclass(frozen=True, slots=True)
class PostKind:
    """A kind of place from which patrols start.

    Attributes:
        radius_m: How far a place of the kind serves that states no radius of its own.
        patrols: Whether it counts as a patrol post where nobody chose kinds.
    """

    key: str
    zh: str
    en: str
    radius_m: float
    patrols: bool


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post as it is stored; `unit_id` is the unit of the base level that it lies in."""

    id: int
    kind: str
    code: str
    name: str
    name_en: str
    service_radius_m: float | None
    lon: float
    lat: float
    unit_id: int | None


@dataclass(frozen=True, slots=True)
class Posts:
    """Patrol posts in order of their ids.

    Attributes:
        rows: what is known of each.
        radius_m: (q,) how far each serves.
        unit: (q,) place of the unit that each lies in, −1 outside the ground.
        place_m: (q, 2) position in the ground's plane.
    """

    rows: tuple[PostRow, ...]
    radius_m: Floats
    unit: Ints
    place_m: Floats

    def nearest(self, place_m: Floats) -> tuple[Ints, Floats]:
        """Nearest post of each place and its distance; −1 and infinity without posts.

        Args:
            place_m: (n, 2) positions in the same plane.
        """
        if not self.rows:
            return np.full(len(place_m), -1, np.int64), np.full(len(place_m), np.inf)
        distance, at = cKDTree(self.place_m).query(place_m)
        return at.astype(np.int64), distance


@cache
def post_kinds(path: Path = POSTS_FILE) -> tuple[PostKind, ...]:
    """The kinds of posts and their service radii as configured.

    Raises:
        CatalogInvalid: The file lacks a field.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["kinds"]
        return tuple(PostKind(e["key"], e["zh"], e["en"], float(e["radius_m"]), bool(e["patrols"])) for e in entries)
    except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise CatalogInvalid(f"{path.name}: the list 'kinds' cannot be read ({error}). Restore the file.") from error


def patrol_kinds() -> tuple[str, ...]:
    """Keys of the kinds that count as patrol posts."""
    return tuple(kind.key for kind in post_kinds() if kind.patrols)


async def read_posts(conn: AsyncRows, kinds: tuple[str, ...], unit_ids: Ints, rank: int, plane: LocalMetres) -> Posts:
    """The posts of some kinds that the reader sees.

    Args:
        conn: a connection in the reader's scope.
        kinds: keys of kinds.
        unit_ids: (n,) ids of the ground's units, rising.
        rank: rank of their level.
        plane: the ground's plane.
    """
    rows = await fetch_all(conn, PostRow, named("zone_posts"), {"kinds": list(kinds), "place": rank + 1})
    usual = {kind.key: kind.radius_m for kind in post_kinds()}
    radius = [usual.get(row.kind, 0.0) if row.service_radius_m is None else row.service_radius_m for row in rows]
    home = np.array([row.unit_id or 0 for row in rows], np.int64)
    at = np.minimum(np.searchsorted(unit_ids, home), max(len(unit_ids) - 1, 0))
    inside = unit_ids[at] == home if len(unit_ids) else np.zeros(len(home), np.bool_)
    lonlat = np.array([(row.lon, row.lat) for row in rows], np.float64).reshape(-1, 2)
    return Posts(rows, np.array(radius, np.float64), np.where(inside, at, -1), plane.forward(lonlat))
