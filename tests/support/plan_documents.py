"""Plans on a chessboard of units, as they leave the program."""

from datetime import UTC, date, datetime

import numpy as np
import shapely

from data.zoning.plan_document import PlanDocument, PlanHead, PlanSums, PlanUnits, PlanZone
from data.zoning.plan_import import KnownUnits
from geo.metric import areas_m2
from geo.zoning.graph import UnitGraph
from geo.zoning.problem import ZoningUnits

NASTY = '=HYPERLINK("http://example.invalid","网格") <img src=x onerror=alert(1)> {{ 7 * 7 }} {% raw %} </script>'
SIDE = 0.01


def board(columns: int = 6, rows: int = 4, zone: list[int] | None = None, names: tuple[str, ...] = ()) -> PlanDocument:
    """Units row by row from the south-west; without a plan two columns make a zone; the codes begin with 0."""
    count = columns * rows
    numbers = np.arange(count) % columns // 2 if zone is None else np.array(zone)
    shapes = np.array([_box(k % columns, k // columns) for k in range(count)], dtype=object)
    units = PlanUnits(
        codes=tuple(f"04150200{k + 1:04d}" for k in range(count)),
        names=tuple(f"红岭{k + 1}村" for k in range(count)),
        parents=tuple(f"04150200{k // columns}" for k in range(count)),
        fences=("041502",) * count,
        zone=numbers.astype(np.int64),
        workload=10.0 + np.arange(count) % 7,
        area_m2=areas_m2(shapes),
        shapes=shapes,
    )
    zones = tuple(_zone(number, units, names) for number in range(int(numbers.max()) + 1))
    return PlanDocument(
        head=_head(),
        units=units,
        zones=zones,
        sums=PlanSums(len(zones), 0.71, 0.62, 1.08, True, int((numbers < 0).sum())),
        start=PlanSums(len(zones), 0.65, 0.66, 1.21, True, 0),
        in_force=PlanSums(len(zones), 0.58, 0.7, 1.4, True, 0),
    )


def known_of(document: PlanDocument, columns: int = 6) -> KnownUnits:
    """The units of a board as the database knows them."""
    count = len(document.units.codes)
    cell = np.arange(count)
    east, north = cell[cell % columns < columns - 1], cell[cell < count - columns]
    first, second = np.concatenate((east, north)), np.concatenate((east + 1, north + columns))
    graph = UnitGraph.of(count, first, second, np.ones(len(first)))
    zoning = ZoningUnits(document.units.codes, np.zeros((count, 1)), document.units.workload, graph)
    return KnownUnits("海陆市", 3, zoning, document.units.shapes)


def _box(column: int, row: int) -> shapely.Geometry:
    west, south = 115.3 + column * SIDE, 22.7 + row * SIDE
    return shapely.MultiPolygon([shapely.box(west, south, west + SIDE, south + SIDE)])


def _zone(number: int, units: PlanUnits, names: tuple[str, ...]) -> PlanZone:
    mine = units.zone == number
    return PlanZone(
        number=number,
        code=f"041502000{601 + number}",
        name=names[number] if number < len(names) else f"红岭{number + 1}联防片区",
        members=int(mine.sum()),
        workload=float(units.workload[mine].sum()),
        area_m2=float(units.area_m2[mine].sum()),
        perimeter_m=12_000.0,
        roundness=0.61,
        pieces=1,
        similarity=0.42,
        team="一队",
        colour=("#77aadd", "#ee8866", "#bbcc33")[number % 3],
        why=(("噪声与占道都多", "many noise and obstruction cases"),),
    )


def _head() -> PlanHead:
    return PlanHead(
        id=7,
        name="2026 年春季方案",
        state="draft",
        version=12,
        within="0415",
        within_name="海陆市",
        base="medium",
        base_zh="中网格",
        base_en="Medium grid",
        boundary_revision=3,
        made_by="planner",
        made_at=datetime(2026, 3, 20, 8, 30, tzinfo=UTC),
        since=date(2025, 9, 1),
        until=date(2026, 3, 1),
        seed=7,
        parameters={"zones": 3, "rules": {"tolerance": 0.1}, "wishes": {"compactness": 0.2}},
    )
