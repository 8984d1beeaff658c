"""In which datum were a file's coordinates written?

Each candidate turns the points into WGS 84, and scores the share of points that then fall where they should: in the
unit that they state, or, where none is stated, in any unit at all. A shift of half a kilometre hardly changes the
share inside a city, so without stated units WGS 84 and GCJ-02 usually cannot be told apart; then none is chosen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geo.datum import Datum, to_wgs84
from geo.errors import ParameterError, ShapeError
from geo.locate import Located

LARGEST_SAMPLE = 20_000
LEAST_POINTS = 30
LEAST_SCORE_STATED = 0.6
LEAST_SCORE_INSIDE = 0.9
LEAST_MARGIN = 0.02
LEAST_Z = 4.0
_SAME_DEG = 1e-7

Transform = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Locator(Protocol):
    """Whatever finds units for points, such as :class:`geo.locate.UnitLocator`."""

    def locate(self, lonlat: NDArray[np.float64]) -> Located:
        """Units of (n, 2) points in degrees."""
        ...


class Basis(StrEnum):
    """What a hit is."""

    STATED_UNIT = "stated_unit"
    INSIDE = "inside"


class Outcome(StrEnum):
    """Why a datum was chosen or not."""

    CLEAR = "clear"
    TOO_FEW = "too_few"
    LOW_SCORE = "low_score"
    CLOSE_CALL = "close_call"


@dataclass(frozen=True, slots=True)
class CandidateScore:
    """How well one candidate does.

    Attributes:
        name: name of the candidate.
        score: hits / tried, 0 where nothing was tried.
        hits: points that fall where they should.
        tried: points in the sample.
        same_as: an earlier candidate that moves every point to the same place, else None.
    """

    name: str
    score: float
    hits: int
    tried: int
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class DatumVerdict:
    """The candidates and which of them is clearly best.

    Attributes:
        candidates: all of them, best first; equal ones in the order given.
        chosen: name of the clearly best, or None: the user must say.
        reason: one sentence with the figures.
        basis: what counted as a hit.
        outcome: the reason as a key, for messages in other languages.
    """

    candidates: tuple[CandidateScore, ...]
    chosen: str | None
    reason: str
    basis: Basis
    outcome: Outcome


def datum_candidates() -> dict[str, Transform]:
    """The candidates of every import, in order of preference; add the file's projected systems to them."""

    def transform_of(datum: Datum) -> Transform:
        return lambda lonlat: to_wgs84(lonlat, datum)

    named = (Datum.WGS84, Datum.GCJ02, Datum.BD09, Datum.SWAPPED, Datum.MERCATOR)
    return {datum.value: transform_of(datum) for datum in named}


def detect_datum(
    locator: Locator,
    points: NDArray[np.float64],
    stated: NDArray[np.int32] | None,
    candidates: Mapping[str, Transform],
    *,
    rng: np.random.Generator,
) -> DatumVerdict:
    """Score every candidate on a sample and choose one only when it is clearly best.

    Clearly best means: at least 30 points; a score of at least 0.6 with stated units, or 0.9 without; and ahead of
    every candidate that moves points elsewhere by at least 2 percentage points and by z >= 4 of the two-proportion
    test. Where at least 30 located points state a unit, only those are tried.

    Args:
        locator: finds units for WGS 84 points.
        points: (n, 2) numbers as the file has them; rows with NaN are not tried.
        stated: (n,) id of the unit that each row states, 0 where it states none; None where no row does.
        candidates: name → function to WGS 84, in order of preference.
        rng: draws the sample of at most 20,000 rows.

    Returns:
        The verdict; the same generator state gives the same verdict.

    Raises:
        ShapeError: if the arrays do not fit together.
        ParameterError: if there is no candidate.

    Source: two-proportion z test with pooled variance.
    """
    if points.ndim != 2 or points.shape[1] != 2:
        raise ShapeError("points", "(n, 2)", points.shape)
    if stated is not None and stated.shape != (len(points),):
        raise ShapeError("stated", f"({len(points)},) like points", stated.shape)
    if not candidates:
        raise ParameterError("candidates", {}, "at least one candidate")
    rows, basis = _sample(points, stated, rng)
    wanted = stated[rows] if stated is not None and basis is Basis.STATED_UNIT else None
    scores = _scores(locator, points[rows], wanted, candidates)
    ranked = tuple(sorted(scores, key=lambda score: -score.score))
    outcome, rival = _judge(ranked, basis)
    chosen = _first_of(ranked, scores) if outcome is Outcome.CLEAR else None
    return DatumVerdict(ranked, chosen, _reason(outcome, ranked[0], rival, basis), basis, outcome)


def _sample(
    points: NDArray[np.float64], stated: NDArray[np.int32] | None, rng: np.random.Generator
) -> tuple[NDArray[np.int64], Basis]:
    located = np.isfinite(points).all(axis=1)
    rows, basis = np.flatnonzero(located), Basis.INSIDE
    if stated is not None:
        telling = np.flatnonzero(located & (stated > 0))
        if len(telling) >= LEAST_POINTS:
            rows, basis = telling, Basis.STATED_UNIT
    if len(rows) > LARGEST_SAMPLE:
        rows = np.sort(rng.choice(rows, LARGEST_SAMPLE, replace=False))
    return rows, basis


def _scores(
    locator: Locator,
    points: NDArray[np.float64],
    wanted: NDArray[np.int32] | None,
    candidates: Mapping[str, Transform],
) -> list[CandidateScore]:
    moved: dict[str, NDArray[np.float64]] = {}
    scores = []
    for name, transform in candidates.items():
        lonlat = _on_globe(transform(points))
        same_as = next((other for other, place in moved.items() if _same_places(place, lonlat)), None)
        if same_as is None:
            moved[name] = lonlat
        found = locator.locate(lonlat).unit_id
        hits = int(np.count_nonzero(found == wanted if wanted is not None else found > 0))
        scores.append(CandidateScore(name, hits / len(points) if len(points) else 0.0, hits, len(points), same_as))
    return scores


def _on_globe(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points with NaN where a transform led off the globe."""
    on = (np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)
    return np.where(on[:, None], lonlat, np.nan)


def _same_places(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool(np.allclose(one, other, rtol=0, atol=_SAME_DEG, equal_nan=True))


def _judge(ranked: tuple[CandidateScore, ...], basis: Basis) -> tuple[Outcome, CandidateScore | None]:
    """The outcome, and the closest candidate that moves points elsewhere."""
    best = ranked[0]
    group = best.same_as or best.name
    rival = next((score for score in ranked if (score.same_as or score.name) != group), None)
    if best.tried < LEAST_POINTS:
        return Outcome.TOO_FEW, rival
    if best.score < (LEAST_SCORE_STATED if basis is Basis.STATED_UNIT else LEAST_SCORE_INSIDE):
        return Outcome.LOW_SCORE, rival
    if rival is not None and (best.score - rival.score < LEAST_MARGIN or _z(best, rival) < LEAST_Z):
        return Outcome.CLOSE_CALL, rival
    return Outcome.CLEAR, rival


def _first_of(ranked: tuple[CandidateScore, ...], scores: list[CandidateScore]) -> str:
    """The earliest given candidate among those that do what the best does."""
    group = ranked[0].same_as or ranked[0].name
    return next(score.name for score in scores if (score.same_as or score.name) == group)


def _z(best: CandidateScore, rival: CandidateScore) -> float:
    pooled = (best.hits + rival.hits) / (best.tried + rival.tried)
    deviation = np.sqrt(pooled * (1 - pooled) * (1 / best.tried + 1 / rival.tried))
    return float((best.score - rival.score) / deviation) if deviation > 0 else 0.0


def _reason(outcome: Outcome, best: CandidateScore, rival: CandidateScore | None, basis: Basis) -> str:
    place = "the unit that they state" if basis is Basis.STATED_UNIT else "some unit"
    figures = f"{best.hits} of {best.tried} points ({best.score:.1%}) lie in {place} as {best.name}"
    if rival is not None:
        figures += f", {rival.hits} ({rival.score:.1%}) as {rival.name}"
    return f"{figures}{_ENDINGS[outcome]}"


_ENDINGS = {
    Outcome.CLEAR: ": clearly best.",
    Outcome.TOO_FEW: f": fewer than {LEAST_POINTS} points tell nothing. Say which datum the file has.",
    Outcome.LOW_SCORE: ": no datum puts enough points in place. Check the units, the codes and the columns.",
    Outcome.CLOSE_CALL: ": too close to choose. Say which datum the file has, or name a column with unit codes.",
}
