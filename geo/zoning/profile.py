"""Which mix of problems does each unit have, as figures that can be compared between units?

Small units have few incidents, so their raw shares and rates jump. Both are drawn towards those of the whole area, the
more the fewer incidents or people a unit has (empirical Bayes). What differs between units by chance alone hardly
counts: the reliability of a column is the share of its variance between units that is not sampling noise.
"""

from dataclasses import dataclass

import numpy as np

from geo.errors import ParameterError, ShapeError
from geo.zoning.graph import Floats
from geo.zoning.problem import standardised

PER_PEOPLE = 1_000.0
LEAST_RELIABILITY = 0.01


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


def share_reliability(counts: Floats) -> Floats:
    """Share of the variance of each column of :func:`smoothed_shares` that is there and not by chance.

    Of N incidents of a unit those in one group have the variance N m (1 − m) (1 + (N − 1) ρ) around the area's share m:
    ρ, found by moments, is how much true shares differ. A smoothed share moves by w = N / (N + a) with the raw one, so
    the reliability is Σ w² ρ / Σ w² (ρ + (1 − ρ) / N) over units.

    Args:
        counts: (n, g) incidents of each unit in each group, 0 or more, not all 0.

    Returns:
        (g,) from 0 for nothing but chance to 1.

    Source: Williams, Extra-binomial variation in logistic linear models (1982), for ρ.
    """
    counts = counts[counts.sum(axis=1) > 0]
    size = counts.sum(axis=1)
    mix = counts.sum(axis=0) / size.sum()
    concentration = _concentration(counts, size, mix)
    if np.isinf(concentration) or size.sum() <= len(size):
        return np.zeros(counts.shape[1])
    binomial = np.maximum(mix * (1 - mix), 1e-300)
    squares = ((counts - size[:, None] * mix) ** 2 / size[:, None]).sum(axis=0) / binomial
    rho = np.clip((squares - (len(size) - 1)) / (size.sum() - len(size)), 0.0, 1.0)
    moved = (size / (size + concentration)) ** 2
    signal, noise = moved.sum() * rho, (moved / size).sum() * (1 - rho)
    reliability: Floats = signal / (signal + noise)
    return reliability


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
    raw, overall, variance, chance = _rate_moments(count, people)
    if variance <= 0:
        return np.full(len(count), PER_PEOPLE * overall)
    weight = variance / (variance + chance)
    rates: Floats = PER_PEOPLE * np.where(people > 0, overall + weight * (raw - overall), overall)
    return rates


def rate_reliability(count: Floats, people: Floats) -> float:
    """Share of the variance of :func:`smoothed_rates` that is there and not by chance, from 0 to 1.

    With τ² the variance of true rates, r the area's rate and w = τ² / (τ² + r / people) the share by which a rate moves
    with the raw one, it is Σ w² τ² / Σ w² (τ² + r / people) over units where somebody lives.

    Args:
        count: (n,) incidents of each unit.
        people: (n,) residents.

    Raises:
        ShapeError, ParameterError: as :func:`smoothed_rates`.
    """
    _, _, variance, chance = _rate_moments(count, people)
    if variance <= 0:
        return 0.0
    chance = chance[people > 0]
    moved = (variance / (variance + chance)) ** 2
    return float((moved * variance).sum() / (moved * (variance + chance)).sum())


def _rate_moments(count: Floats, people: Floats) -> tuple[Floats, float, float, Floats]:
    """Raw rates, the area's, the variance of true ones, and (n,) the variance by chance of each raw one."""
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
    return raw, overall, variance, overall / np.where(lived, people, 1.0)


@dataclass(frozen=True, slots=True)
class ProfilePart:
    """Columns of a profile that belong together.

    Attributes:
        name: what they tell, such as `classes` or `hours`.
        columns: name of each column.
        values: (n, q) figures.
        weight: how much the part counts, however many columns it has.
        reliability: (q,) share of the variance of each column that is not by chance; None counts each as 1.
    """

    name: str
    columns: tuple[str, ...]
    values: Floats
    weight: float = 1.0
    reliability: Floats | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What is compared between units.

    Attributes:
        columns: name of each column, `part: column`.
        values: (n, p) figures as they were given.
        weights: (p,) weight of each column after standardising: the root of its share of the weight of its part, times
            its reliability.
    """

    columns: tuple[str, ...]
    values: Floats
    weights: Floats

    def scores(self) -> Floats:
        """(n, p) weighted z-scores, as the engine compares them."""
        return standardised(self.values, self.weights)


def problem_profile(parts: tuple[ProfilePart, ...]) -> Profile:
    """Put the parts of a profile side by side.

    Columns that are the same everywhere tell nothing and do not dilute their part. Of the others of a part each has
    the same share of its weight, times its reliability, so that columns of chance hardly count; but at least a
    hundredth, so that units differ also where nothing is certain.

    Raises:
        ShapeError: if parts have different numbers of units, or not one name and reliability per column.
        ParameterError: if a weight is negative or no part is given.
    """
    if not parts:
        raise ParameterError("parts", "empty", "at least one part")
    weights = []
    for part in parts:
        wanted = (len(parts[0].values), len(part.columns))
        if part.values.shape != wanted:
            raise ShapeError(f"values of {part.name}", str(wanted), part.values.shape)
        if part.reliability is not None and part.reliability.shape != wanted[1:]:
            raise ShapeError(f"reliability of {part.name}", str(wanted[1:]), part.reliability.shape)
        if not 0 <= part.weight < np.inf:
            raise ParameterError(f"weight of {part.name}", part.weight, "0 or more")
        telling = int((standardised(part.values) != 0).any(axis=0).sum())
        certain = np.ones(len(part.columns)) if part.reliability is None else part.reliability
        weights.append(np.sqrt(part.weight / max(telling, 1) * np.maximum(certain, LEAST_RELIABILITY)))
    return Profile(
        tuple(f"{part.name}: {column}" for part in parts for column in part.columns),
        np.hstack([part.values for part in parts]),
        np.concatenate(weights),
    )
