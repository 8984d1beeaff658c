"""Which mix of problems does each unit have, as figures that can be compared between units?

Small units have few incidents, so their raw shares and rates jump. Both are drawn towards those of the whole area, the
more the fewer incidents or people a unit has (empirical Bayes).
"""

from dataclasses import dataclass

import numpy as np

from geo.errors import ParameterError, ShapeError
from geo.zoning.graph import Floats
from geo.zoning.problem import standardised

PER_PEOPLE = 1_000.0


def smoothed_shares(counts: Floats) -> Floats:
    """Share of each group of a unit's incidents, drawn towards the area's mix.

    The counts of a unit are taken as drawn from a Dirichlet distribution around the area's mix; its concentration is
    found by moments. A unit without incidents gets the area's mix.

    Args:
        counts: (n, g) incidents of each unit in each group, 0 or more; groups may be classes or times of day.

    Returns:
        (n, g) shares; each row sums to 1.

    Raises:
        ParameterError: if a count is negative or missing, or there are no incidents at all.

    Source: Brier, Analysis of contingency tables under cluster sampling (1980).

    Example:
        >>> smoothed_shares(np.array([[8.0, 2.0], [0.0, 0.0]]))[1].tolist()
        [0.8, 0.2]
    """
    if not (np.isfinite(counts) & (counts >= 0)).all() or counts.sum() <= 0:
        raise ParameterError("counts", "negative, missing or all 0", "0 or more, with at least one incident")
    size = counts.sum(axis=1)
    mix = counts.sum(axis=0) / size.sum()
    concentration = _concentration(counts, size, mix)
    if np.isinf(concentration):
        return np.tile(mix, (len(counts), 1))
    shares: Floats = (counts + concentration * mix) / (size + concentration)[:, None]
    return shares


def _concentration(counts: Floats, size: Floats, mix: Floats) -> float:
    """How many incidents the area's mix is worth; infinite where units differ no more than by chance."""
    some = size > 0
    expected = size[some, None] * mix[mix > 0]
    squares = ((counts[some][:, mix > 0] - expected) ** 2 / expected).sum()
    freedom = float(int((mix > 0).sum()) - 1) * int(some.sum())
    if freedom == 0 or squares <= freedom:
        return float("inf")
    # A unit of N incidents has its squares stretched by (N + a) / (1 + a): solve the sum over units for a.
    mean_size, stretch = float(size[some].mean()), squares / freedom
    return float(max((mean_size - stretch) / (stretch - 1), 1e-3))


def smoothed_rates(count: Floats, people: Floats) -> Floats:
    """Incidents per 1,000 people, drawn towards the area's rate.

    Args:
        count: (n,) incidents of each unit.
        people: (n,) residents; a unit without any gets the area's rate.

    Raises:
        ShapeError: if the arrays differ in length.
        ParameterError: if a figure is negative or missing, or nobody lives in the area.

    Source: Marshall, Mapping disease and mortality rates using empirical Bayes estimators (1991), global estimator.
    """
    if count.shape != people.shape:
        raise ShapeError("people", f"{count.shape} like count", people.shape)
    for name, figures in (("count", count), ("people", people)):
        if not (np.isfinite(figures) & (figures >= 0)).all():
            raise ParameterError(name, "negative or missing", "0 or more for each unit")
    if people.sum() <= 0:
        raise ParameterError("people", "0 in every unit", "people in at least one unit")
    overall, mean = float(count.sum() / people.sum()), float(people[people > 0].mean())
    lived = people > 0
    raw = np.where(lived, count / np.where(lived, people, 1.0), overall)
    variance = float((people * (raw - overall) ** 2).sum() / people.sum()) - overall / mean
    if variance <= 0:
        return np.full(len(count), PER_PEOPLE * overall)
    weight = variance / (variance + overall / np.where(lived, people, 1.0))
    rates: Floats = PER_PEOPLE * np.where(lived, overall + weight * (raw - overall), overall)
    return rates


@dataclass(frozen=True, slots=True)
class ProfilePart:
    """Columns of a profile that belong together.

    Attributes:
        name: what they tell, such as `classes` or `hours`.
        columns: name of each column.
        values: (n, q) figures.
        weight: how much the part counts, however many columns it has.
    """

    name: str
    columns: tuple[str, ...]
    values: Floats
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What is compared between units.

    Attributes:
        columns: name of each column, `part: column`.
        values: (n, p) figures as they were given.
        weights: (p,) weight of each column after standardising; the columns of a part share its weight.
    """

    columns: tuple[str, ...]
    values: Floats
    weights: Floats

    def scores(self) -> Floats:
        """(n, p) weighted z-scores, as the engine compares them."""
        return standardised(self.values, self.weights)


def problem_profile(parts: tuple[ProfilePart, ...]) -> Profile:
    """Put the parts of a profile side by side.

    Columns that are the same everywhere tell nothing and do not dilute their part.

    Raises:
        ShapeError: if parts have different numbers of units, or not one name per column.
        ParameterError: if a weight is negative or no part is given.
    """
    if not parts:
        raise ParameterError("parts", "empty", "at least one part")
    weights = []
    for part in parts:
        wanted = (len(parts[0].values), len(part.columns))
        if part.values.shape != wanted:
            raise ShapeError(f"values of {part.name}", str(wanted), part.values.shape)
        if not 0 <= part.weight < np.inf:
            raise ParameterError(f"weight of {part.name}", part.weight, "0 or more")
        telling = int((standardised(part.values) != 0).any(axis=0).sum())
        weights.append(np.full(len(part.columns), np.sqrt(part.weight / max(telling, 1))))
    return Profile(
        tuple(f"{part.name}: {column}" for part in parts for column in part.columns),
        np.hstack([part.values for part in parts]),
        np.concatenate(weights),
    )
