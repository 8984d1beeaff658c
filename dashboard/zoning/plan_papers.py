"""What does an open plan say when it leaves the program?"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from dashboard.zoning.open_plan import OpenPlan
from dashboard.zoning.zone_colours import colour_of
from data.engine import AsyncRows
from data.reads.levels import Level, find_level, read_levels
from data.reads.rows import fetch_all
from data.zoning.base_units import read_unit_shapes
from data.zoning.links import read_links
from data.zoning.plan_document import PlanDocument, PlanHead, PlanSums, PlanUnits, PlanZone, Shapes, Shortfall
from data.zoning.planning_ground import GroundQuestion
from data.zoning.profile_columns import ProfileColumn
from data.zoning.stored_plans import StoredPlan
from data.zoning.stored_zones import StoredZone
from geo.redraw.plan import DrawnPlan
from geo.zoning.graph import Ints
from geo.zoning.reasons import Similarity, Trait

_MOST_SHARED, _MOST_DIFFERING = 3, 1
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Code:
    id: int
    code: str


@dataclass(frozen=True, slots=True)
class PlanPapers:
    """A plan as a document, and the level that none of its zones crosses."""

    stored: StoredPlan
    document: PlanDocument
    fence: Level | None


async def read_papers(conn: AsyncRows, plan: OpenPlan) -> PlanPapers:
    """The plan with outlines and codes of its units, as the asker sees them.

    Args:
        conn: a connection in the asker's scope.
        plan: the plan as it lies open.
    """
    ground = plan.ground
    levels = await read_levels(conn)
    fences = np.zeros(0, np.int64) if ground.units.fence is None else ground.units.fence
    above = await read_codes(conn, {*ground.parents.tolist(), *fences.tolist()})
    shapes = await read_unit_shapes(conn, ground.unit_ids)
    links = await read_links(conn, plan.stored.base, ground.codes)
    document = await asyncio.to_thread(
        lambda: PlanDocument(
            head=plan_head(plan.stored, plan.ground.question, find_level(levels, plan.stored.base)),
            units=_units(plan, shapes, above),
            zones=_zones(plan),
            sums=_sums(plan.plan),
            start=stored_sums(plan.stored.start_figures),
            in_force=_in_force(plan),
            links=_pairs(links.linked, ground.codes),
            cuts=_pairs(links.cut, ground.codes),
            faults=tuple(shortfalls(plan.figures())),
        )
    )
    return PlanPapers(plan.stored, document, _fence_level(plan, levels))


async def read_codes(conn: AsyncRows, ids: set[int]) -> Mapping[int, str]:
    """Codes of units by their ids; without those that the reader does not see."""
    query = "SELECT id, code FROM unit WHERE id = ANY(%(ids)s)"
    return {row.id: row.code for row in await fetch_all(conn, _Code, query, {"ids": sorted(ids)})}


def _fence_level(plan: OpenPlan, levels: tuple[Level, ...]) -> Level | None:
    fence = plan.ground.units.fence
    if fence is None:
        return None
    ranks = np.flatnonzero((plan.ground.ancestors == fence[:, None]).all(axis=0))
    return next((level for level in levels if len(ranks) and level.rank == ranks[0]), None)


def plan_head(stored: StoredPlan, question: GroundQuestion, base: Level) -> PlanHead:
    """What is said of a plan as a whole."""
    return PlanHead(
        id=stored.id,
        name=stored.name,
        state=stored.state,
        version=stored.version,
        within=stored.within,
        within_name=stored.within_name,
        base=base.key,
        base_zh=base.name_zh,
        base_en=base.name_en,
        boundary_revision=stored.boundary_revision,
        made_by=stored.made_by,
        made_at=stored.made_at,
        since=question.since,
        until=question.until,
        seed=stored.seed,
        parameters=_parameters(stored),
        adopted_from=stored.adopted_from,
        superseded_from=stored.superseded_from,
        within_name_en=stored.within_name_en,
        present_revision=stored.present_revision,
    )


def _parameters(stored: StoredPlan) -> Mapping[str, object]:
    """As the plan was asked for; what only a search uses is left out where there was none."""
    unused = () if stored.seed is not None else ("seed", "seconds", "stable", "zones", "floor")
    return {name: value for name, value in stored.parameters.items() if name not in unused}


def _units(plan: OpenPlan, shapes: Shapes, above: Mapping[int, str]) -> PlanUnits:
    ground, terrain = plan.ground, plan.ground.terrain
    order = np.array(sorted(range(ground.count), key=ground.codes.__getitem__), np.int64)
    fence = ground.units.fence
    fences = [""] * ground.count if fence is None else [above.get(int(k), "") for k in fence]
    return PlanUnits(
        codes=tuple(ground.codes[k] for k in order),
        names=tuple(ground.names[k] for k in order),
        parents=tuple(above.get(int(ground.parents[k]), "") for k in order),
        fences=tuple(fences[k] for k in order),
        zone=plan.plan.zone[order],
        workload=terrain.workload[order],
        area_m2=terrain.area_m2[order],
        shapes=shapes[order],
        names_en=tuple(ground.names_en[k] for k in order),
    )


def _zones(plan: OpenPlan) -> tuple[PlanZone, ...]:
    stored = {zone.no: zone for zone in plan.zones}
    names, names_en = plan.names(), plan.names_en()
    similar = Similarity(plan.ground.terrain.scores, marks=plan.ground.units.attributes)
    return tuple(
        replace(_zone(plan, number, stored.get(number), similar), name=names[number], name_en=names_en[number])
        for number in plan.in_use
    )


def _zone(plan: OpenPlan, number: int, stored: StoredZone | None, similar: Similarity) -> PlanZone:
    """A zone without its names, which are numbered apart over all zones."""
    figures = plan.plan.figures[number]
    return PlanZone(
        number=number,
        code=(stored and stored.code) or "",
        name="",
        members=figures.members,
        workload=figures.workload,
        area_m2=figures.area_m2,
        perimeter_m=figures.perimeter_m,
        roundness=figures.roundness,
        pieces=figures.pieces,
        similarity=plan.similarity(number),
        team=(stored and stored.team) or "",
        colour=colour_of(stored.colour if stored else number),
        why=tuple(_why(plan, number, similar)),
    )


def _why(plan: OpenPlan, number: int, similar: Similarity) -> Iterable[tuple[str, str]]:
    reason = similar.of_zone(plan.plan.members(number))
    yield from (_shared(plan, trait) for trait in reason.shared[:_MOST_SHARED])
    for trait in reason.differing[:_MOST_DIFFERING]:
        zh, en = _titled(plan.ground.columns[trait.column])
        yield f"{zh}各不相同", f"{en} differs inside"


def _shared(plan: OpenPlan, trait: Trait) -> tuple[str, str]:
    zh, en = _titled(plan.ground.columns[trait.column])
    return (f"{zh}高于平均", f"{en} above the mean") if trait.level > 0 else (f"{zh}低于平均", f"{en} below the mean")


def _titled(column: ProfileColumn) -> tuple[str, str]:
    """Its title in both languages; shares and rates of one class group have the same one in the profile."""
    is_rate = column.unit == "per_1000"
    return (f"{column.zh}（每千人）", f"{column.en} per 1,000 people") if is_rate else (column.zh, column.en)


def stored_sums(figures: Mapping[str, object]) -> PlanSums | None:
    """Figures as they are stored with a plan; None where some are missing."""
    names = ("zones", "ratio", "compactness", "workload_max_over_mean", "contiguous", "unassigned")
    if any(name not in figures for name in names):
        return None
    return PlanSums(
        zones=int(str(figures["zones"])),
        ratio=float(str(figures["ratio"])),
        compactness=float(str(figures["compactness"])),
        workload_max_over_mean=float(str(figures["workload_max_over_mean"])),
        contiguous=bool(figures["contiguous"]),
        unassigned=int(str(figures["unassigned"])),
    )


def _sums(drawn: DrawnPlan) -> PlanSums:
    return PlanSums(
        zones=sum(zone.members > 0 for zone in drawn.figures),
        ratio=drawn.ratio,
        compactness=drawn.compactness,
        workload_max_over_mean=drawn.workload_max_over_mean,
        contiguous=drawn.contiguous,
        unassigned=len(drawn.unassigned),
    )


def _in_force(plan: OpenPlan) -> PlanSums | None:
    zone = plan.ground.units.in_force
    return None if zone is None else _sums(DrawnPlan.of(plan.ground.terrain, zone))


def _pairs(pairs: Ints, codes: tuple[str, ...]) -> Pairs:
    return tuple((codes[a], codes[b]) for a, b in pairs.tolist())


def shortfalls(figures: Mapping[str, object]) -> Iterable[Shortfall]:
    """What must still be worked on, of the figures of a plan."""
    faults = figures["faults"]
    assert isinstance(faults, list)
    for fault in faults:
        yield Shortfall(**{**fault, "units": tuple(fault["units"])})
