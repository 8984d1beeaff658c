"""Which figures make up the problem profile of the units, and how do incidents become these figures?"""

from dataclasses import dataclass

import numpy as np

from data.zoning.caseload import DAY_MINUTES, WEEK_DAYS, CaseClass, Caseload
from geo.zoning.graph import Floats, Ints
from geo.zoning.profile import (
    Profile,
    ProfilePart,
    problem_profile,
    rate_reliability,
    share_reliability,
    smoothed_rates,
    smoothed_shares,
)

BAND_HOURS = 4
BANDS = 24 // BAND_HOURS
FAMILIES = {"urban": ("城市管理", "Urban management"), "safety": ("社区平安", "Community safety")}


@dataclass(frozen=True, slots=True)
class ProfileWeights:
    """How much each part of the profile counts against the others; 0 leaves one out.

    Attributes:
        classes: shares of the class groups.
        rates: incidents per 1,000 people.
        hours: shares of the times of day.
        load: shares that are open and overdue.
    """

    classes: float = 1.0
    rates: float = 0.5
    hours: float = 0.5
    load: float = 0.5


@dataclass(frozen=True, slots=True)
class ProfileColumn:
    """A column of the profile as reason cards name it.

    Attributes:
        key: neutral name, `part:what`.
        part: `classes`, `rates`, `hours` or `load`.
        unit: `share` or `per_1000`.
    """

    key: str
    zh: str
    en: str
    part: str
    unit: str


@dataclass(frozen=True, slots=True)
class ProfileMaker:
    """Makes a profile of counts; the same for the whole period and for any resample of its weeks.

    Attributes:
        groups: class groups that occur.
        group_of: (c,) group of each class id, −1 for a class that does not occur.
        people: (n,) residents, 0 where nobody lives or nobody counted.
        weights: of the parts.
    """

    groups: tuple[CaseClass, ...]
    group_of: Ints
    people: Floats
    weights: ProfileWeights

    @classmethod
    def of(
        cls, cases: Caseload, classes: tuple[CaseClass, ...], people: Floats, weights: ProfileWeights
    ) -> "ProfileMaker":
        """The maker for the class groups that occur among incidents."""
        present = {int(class_id) for class_id in np.unique(cases.class_id)}
        groups: dict[str, CaseClass] = {}
        for row in classes:
            if row.id in present:
                groups.setdefault(row.group_key, row)
        number = {key: place for place, key in enumerate(groups)}
        group_of = np.full(max((row.id for row in classes), default=0) + 1, -1, np.int64)
        for row in classes:
            group_of[row.id] = number.get(row.group_key, -1)
        return cls(tuple(groups.values()), group_of, people, weights)

    def tally(self, cases: Caseload) -> Floats:
        """(n, c) counts of each unit: by group, by band of the day, open, overdue."""
        whole: Floats = self._tally(cases, np.zeros(cases.count, np.int64), 1)[0]
        return whole

    def weekly(self, cases: Caseload) -> Floats:
        """(weeks, n, c) the same of each whole week, counted from the first day; what is left over is left out."""
        week = cases.day // WEEK_DAYS
        return self._tally(cases, week, cases.weeks)

    def profile(self, counts: Floats) -> Profile:
        """The profile of (n, c) counts; a part for which there is nothing to count is 0 everywhere."""
        by_group, weights = counts[:, self._group], self.weights
        classes, certain_classes = _shares(by_group)
        hours, certain_hours = _shares(counts[:, self._band])
        rates, certain_rates = self._rates(by_group)
        load, certain_load = self._load(counts)
        return problem_profile(
            (
                ProfilePart("classes", self._names("classes"), classes, weights.classes, certain_classes),
                ProfilePart("rates", self._names("rates"), rates, weights.rates, certain_rates),
                ProfilePart("hours", self._names("hours"), hours, weights.hours, certain_hours),
                ProfilePart("load", self._names("load"), load, weights.load, certain_load),
            )
        )

    def columns(self) -> tuple[ProfileColumn, ...]:
        """What the columns of the profile are, in their order."""
        groups = (
            ProfileColumn(f"classes:{g.group_key}", g.group_zh, g.group_en, "classes", "share") for g in self.groups
        )
        rates = (ProfileColumn(f"rates:{f}", *FAMILIES.get(f, (f, f)), "rates", "per_1000") for f in self._families())
        bands = (_band_column(band) for band in range(BANDS))
        return (
            *groups,
            *rates,
            *bands,
            ProfileColumn("load:open", "未办结", "Open", "load", "share"),
            ProfileColumn("load:overdue", "超期未办", "Overdue", "load", "share"),
        )

    @property
    def _group(self) -> slice:
        return slice(0, len(self.groups))

    @property
    def _band(self) -> slice:
        return slice(len(self.groups), len(self.groups) + BANDS)

    def _names(self, part: str) -> tuple[str, ...]:
        return tuple(column.key.partition(":")[2] for column in self.columns() if column.part == part)

    def _families(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(group.family for group in self.groups))

    def _tally(self, cases: Caseload, part: Ints, parts: int) -> Floats:
        """(parts, n, c) counts; incidents of no part 0 … parts − 1 are left out."""
        count, wide = len(self.people), len(self.groups) + BANDS + 2
        used = part < parts
        row = part[used] * count + cases.unit[used]
        band = cases.minute[used] % DAY_MINUTES // (BAND_HOURS * 60)
        one = np.ones(len(row))
        last = len(self.groups) + BANDS
        tally = np.zeros(parts * count * wide)
        for column, weight in (
            (self.group_of[cases.class_id[used]], one),
            (len(self.groups) + band.astype(np.int64), one),
            (np.full(len(row), last), cases.is_open[used].astype(np.float64)),
            (np.full(len(row), last + 1), cases.is_overdue[used].astype(np.float64)),
        ):
            tally += np.bincount(row * wide + column, weight, len(tally))
        return tally.reshape(parts, count, wide)

    def _rates(self, by_group: Floats) -> tuple[Floats, Floats]:
        family = np.array([group.family for group in self.groups])
        columns = [by_group[:, family == name].sum(axis=1) for name in self._families()]
        if self.people.sum() <= 0 or not columns:
            return np.zeros((len(by_group), len(columns))), np.zeros(len(columns))
        rates = [smoothed_rates(column, self.people) for column in columns]
        return np.column_stack(rates), np.array([rate_reliability(column, self.people) for column in columns])

    def _load(self, counts: Floats) -> tuple[Floats, Floats]:
        total = counts[:, self._group].sum(axis=1)
        columns = [counts[:, column] for column in (-2, -1)]
        shares = [_shares(np.column_stack((column, total - column))) for column in columns]
        return np.column_stack([values[:, 0] for values, _ in shares]), np.array([sure[0] for _, sure in shares])


def _shares(counts: Floats) -> tuple[Floats, Floats]:
    """Smoothed shares and how reliable each column is; 0 everywhere where there is nothing to count."""
    if counts.sum() <= 0:
        return np.zeros(counts.shape), np.zeros(counts.shape[1])
    return smoothed_shares(counts), share_reliability(counts)


def _band_column(band: int) -> ProfileColumn:
    span = f"{band * BAND_HOURS:02d}–{(band + 1) * BAND_HOURS:02d}"
    return ProfileColumn(f"hours:{span}", f"{span} 时", f"{span} h", "hours", "share")
