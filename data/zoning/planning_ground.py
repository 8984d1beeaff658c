"""What is there to plan in a part of the city: units, borders, problems, workload, fence, plan in force and posts?"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from data.engine import AsyncRows
from data.reads.city import CityMoment, read_moment
from data.reads.levels import Level, find_level, read_levels
from data.zoning.base_units import BaseUnit, OutlineCache, Outlines, read_base_units
from data.zoning.caseload import CaseClass, Caseload, read_caseload, read_classes
from data.zoning.errors import ZoneQuestionInvalid
from data.zoning.in_force import read_in_force
from data.zoning.links import Links, read_links
from data.zoning.posts import Posts, patrol_kinds, read_posts
from data.zoning.profile_columns import ProfileColumn, ProfileMaker, ProfileWeights
from data.zoning.workload import Workload, workload_of
from geo.metric import LocalMetres
from geo.redraw.plan import Terrain
from geo.zoning.graph import Floats, Ints
from geo.zoning.problem import Wishes, ZoningUnits, standardised
from geo.zoning.profile import Profile

MOST_UNITS = 60_000
MOST_DAYS = 1_100
NO_FENCE = "none"


@dataclass(frozen=True, slots=True)
class GroundQuestion:
    """What is asked; equal questions in one scope, at one boundary revision and of the same incidents have one answer.

    Attributes:
        within: id of the unit in which zones are made.
        base: key of the level whose units are joined.
        since: first local day of the profile.
        until: the day after its last.
        weights: of the parts of the profile.
        workload: what a unit's work is.
        fence: key of the level that no zone may cross; empty for the one below the city, `none` for no fence.
        posts: kinds of places that are patrol posts; empty for the configured ones.
    """

    within: int
    base: str
    since: date
    until: date
    weights: ProfileWeights = field(default_factory=ProfileWeights)
    workload: Workload = Workload.CASES
    fence: str = ""
    posts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanningGround:
    """Units of one level within a unit, in rising order of their ids, with everything that plans of them need.

    Attributes:
        question: what was asked.
        unit_ids: (n,) ids, rising: the order of every array.
        codes, names, names_en: of each unit.
        parents: (n,) id of the unit above.
        ancestors: (n, r) ids of the units above, from the whole city down to the parent.
        people: (n,) residents, 0 where nobody lives or nobody counted.
        units: the engine's question: ids are codes, attributes z-scores, borders with links and cuts by hand.
        columns: what each attribute is.
        figures: (n, p) the attributes as shares and rates.
        weights: (p,) weight of each attribute; :meth:`wishes` has them.
        terrain: the same for redrawing by hand.
        outlines: borders before links, cuts and fence.
        posts: patrol posts that the reader sees.
        post_distance_m: (n,) from a point in each unit to its nearest post; infinity without posts.
        cases: the incidents behind the profile, as far as the reader sees them.
        classes: all classes of incidents.
        maker: makes the profile of other counts of the same units.
        without_cases, without_people: codes of units that have none; they have the area's mix and rate.
        plane: the plane in which positions are metres.
        rank: rank of the base level.
        time_zone: the city's.
        boundary_revision: newest accepted boundaries.
    """

    question: GroundQuestion
    unit_ids: Ints
    codes: tuple[str, ...]
    names: tuple[str, ...]
    names_en: tuple[str, ...]
    parents: Ints
    ancestors: Ints
    people: Floats
    units: ZoningUnits
    columns: tuple[ProfileColumn, ...]
    figures: Floats
    weights: Floats
    terrain: Terrain
    outlines: Outlines
    posts: Posts
    post_distance_m: Floats
    cases: Caseload
    classes: tuple[CaseClass, ...]
    maker: ProfileMaker
    without_cases: tuple[str, ...]
    without_people: tuple[str, ...]
    plane: LocalMetres
    rank: int
    time_zone: str
    boundary_revision: int

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.codes)

    def wishes(
        self, *, compactness: float = 0.2, spread: float = 0.0, in_force: float = 0.0, post: float = 0.0
    ) -> Wishes:
        """Soft rules with the weights of the attributes."""
        return Wishes(compactness, spread, in_force, post, self.weights)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read before it is put together."""

    moment: CityMoment
    base: Level
    fence_rank: int | None
    units: tuple[BaseUnit, ...]
    outlines: Outlines
    cases: Caseload
    classes: tuple[CaseClass, ...]
    posts: Posts
    links: Links
    in_force: Ints | None
    plane: LocalMetres


_OUTLINES = OutlineCache()


async def read_ground(rows: AsyncRows, question: GroundQuestion) -> PlanningGround:
    """Read the planning problem in the reader's scope: of units and incidents that he may not see it knows nothing.

    Args:
        rows: a connection with one snapshot.
        question: what is asked.

    Raises:
        ZoneQuestionInvalid: A value of the question cannot be used, or there are no such units.
        LevelUnknown: There is no such level.
    """
    _check(question)
    moment = await read_moment(rows)
    levels = await read_levels(rows)
    base = find_level(levels, question.base)
    units = await read_base_units(rows, question.within, base.key)
    _check_units(units, base)
    ids = np.array([unit.id for unit in units], np.int64)
    codes = tuple(unit.code for unit in units)
    plane = _plane(units)
    found = _Found(
        moment,
        base,
        fence_rank(question, levels, base),
        units,
        await _OUTLINES.read(rows, ids),
        await read_caseload(rows, ids, base.rank, question.since, question.until, moment.zone),
        await read_classes(rows),
        await read_posts(rows, question.posts or patrol_kinds(), ids, base.rank, plane),
        await read_links(rows, base.key, codes),
        await read_in_force(rows, question.within, base.key, codes, moment.today),
        plane,
    )
    return await asyncio.to_thread(_assemble, question, found)


async def with_plans_in_force(rows: AsyncRows, ground: PlanningGround) -> PlanningGround:
    """The ground with the zones that are in force now: an adoption changes these, and no border, case or post.

    Args:
        rows: a connection with one snapshot, in the scope in which the ground was read.
        ground: as it was read before, of the same borders and links.
    """
    question, moment = ground.question, await read_moment(rows)
    in_force = await read_in_force(rows, question.within, question.base, ground.codes, moment.today)
    return replace(ground, units=replace(ground.units, in_force=in_force))


def _check(question: GroundQuestion) -> None:
    if not question.since < question.until:
        cause = f"{question.since} is not before {question.until}."
        raise ZoneQuestionInvalid("since", cause, "Give a first day before the day that ends the period.")
    if (question.until - question.since).days > MOST_DAYS:
        cause = f"{(question.until - question.since).days} days are too many."
        raise ZoneQuestionInvalid("since", cause, f"Ask for at most {MOST_DAYS} days.")
    weights = question.weights
    values = (weights.classes, weights.rates, weights.hours, weights.load)
    if not all(0 <= value < np.inf for value in values) or sum(values) <= 0:
        raise ZoneQuestionInvalid(
            "weights", "The weights are not numbers of 0 or more, one of them above 0.", "Correct them."
        )


def _check_units(units: tuple[BaseUnit, ...], base: Level) -> None:
    if len(units) < 2:
        cause = f"There are {len(units)} units of level {base.key!r} here that could be joined."
        raise ZoneQuestionInvalid("base", cause, "Choose a lower level, or a larger unit to make zones in.")
    if len(units) > MOST_UNITS:
        cause = f"{len(units):,} units are too many."
        raise ZoneQuestionInvalid("base", cause, f"Make zones of at most {MOST_UNITS:,} units at a time.")


def fence_rank(question: GroundQuestion, levels: tuple[Level, ...], base: Level) -> int | None:
    """Rank of the fence; None where there is none, such as for units as large as the fence itself.

    Raises:
        ZoneQuestionInvalid: The level that is asked for is not above that of the units.
        LevelUnknown: There is no such level.
    """
    if question.fence == NO_FENCE:
        return None
    if not question.fence:
        return 1 if base.rank > 1 else None
    fence = find_level(levels, question.fence)
    if fence.rank >= base.rank:
        cause = f"The level {fence.key!r} is not above {base.key!r}, so every zone would be one unit."
        raise ZoneQuestionInvalid("fence", cause, "Choose a level above that of the units.")
    return fence.rank


def _plane(units: tuple[BaseUnit, ...]) -> LocalMetres:
    return LocalMetres(float(np.mean([u.lon for u in units])), float(np.mean([u.lat for u in units])))


def _assemble(question: GroundQuestion, found: _Found) -> PlanningGround:
    units = found.units
    people = np.array([unit.population or 0 for unit in units], np.float64)
    maker = ProfileMaker.of(found.cases, found.classes, people, question.weights)
    profile = maker.profile(maker.tally(found.cases))
    place_m = found.plane.forward(np.array([(unit.lon, unit.lat) for unit in units]))
    post, distance_m = found.posts.nearest(place_m)
    ancestors = np.array([unit.path[:-1] for unit in units], np.int64).reshape(len(units), -1)
    fence = None if found.fence_rank is None else ancestors[:, found.fence_rank]
    zoning = ZoningUnits(
        tuple(unit.code for unit in units),
        standardised(profile.values),
        workload_of(question.workload, found.cases, len(units)),
        found.links.applied(found.outlines.graph),
        fence=fence,
        in_force=found.in_force,
        post=post if found.posts.rows else None,
        place_m=place_m,
    )
    seen = np.bincount(found.cases.unit, minlength=len(units))
    return PlanningGround(
        question=question,
        unit_ids=np.array([unit.id for unit in units], np.int64),
        codes=zoning.ids,
        names=tuple(unit.name for unit in units),
        names_en=tuple(unit.name_en for unit in units),
        parents=ancestors[:, -1],
        ancestors=ancestors,
        people=people,
        units=zoning,
        columns=maker.columns(),
        figures=profile.values,
        weights=profile.weights,
        terrain=_terrain(zoning, profile, found),
        outlines=found.outlines,
        posts=found.posts,
        post_distance_m=distance_m,
        cases=found.cases,
        classes=found.classes,
        maker=maker,
        without_cases=tuple(unit.code for unit, n in zip(units, seen.tolist(), strict=True) if not n),
        without_people=tuple(unit.code for unit in units if not unit.population),
        plane=found.plane,
        rank=found.base.rank,
        time_zone=found.moment.time_zone,
        boundary_revision=found.moment.boundary_revision,
    )


def _terrain(zoning: ZoningUnits, profile: Profile, found: _Found) -> Terrain:
    area_m2 = np.array([unit.area_m2 for unit in found.units], np.float64)
    return Terrain.of(
        zoning.graph, profile.scores(), zoning.workload, area_m2, found.outlines.perimeter_m, zoning.fence
    )
