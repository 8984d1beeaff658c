"""By when should incidents have been handled of which a file does not say it?

The limit of the class, counted from the dispatch (else the filing, else the report), as an act on the case would count
it. A case that has not been dispatched, or whose limit stands still, has no deadline.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray

from data.cases.class_limits import limit_rows
from data.cases.local_rules import load_city_rules
from data.cases.state import Stage
from data.incident_batch import IncidentBatch, Moments
from geo.deadlines.clock import TimeLimit
from geo.deadlines.due import due_many
from geo.deadlines.limit_rows import LimitRow, choose_limit
from geo.status import CaseStatus

STARTED = frozenset(
    {CaseStatus.dispatched, CaseStatus.handling, CaseStatus.handled, CaseStatus.closed, CaseStatus.rework}
)
"""States in which a limit of handling runs, or ran."""

_LIMITS = "SELECT id, limits FROM incident_class WHERE id = ANY(%s)"
_SOURCES = "SELECT id, key FROM source"
_COUNTIES = "SELECT cell.id, county.code FROM cell JOIN unit AS county ON county.id = cell.unit_ids[2]"
_PLAIN = frozenset({"severity"})
_SEVERITIES = 4


@dataclass(frozen=True, slots=True)
class _Facts:
    """What decides on the limit of some cases; empty and 0 where no condition of the class asks for it."""

    class_id: int
    severity: int
    source: str | None = None
    county: str | None = None
    hour: int | None = None

    def named(self) -> dict[str, str]:
        """The facts that are known, as conditions ask for them."""
        facts = {"severity": self.severity, "source": self.source, "county": self.county, "hour": self.hour}
        return {name: str(value) for name, value in facts.items() if value is not None}


class ClassDeadlines:
    """Deadlines by class, inside the transaction of an import; rules and calendar are read once."""

    def __init__(self, connection: psycopg.Connection) -> None:
        """Read rules and calendar."""
        self._connection = connection
        self._rules = load_city_rules(connection)
        self._rows: dict[int, tuple[LimitRow, ...]] = {}

    def fill(self, batch: IncidentBatch) -> IncidentBatch:
        """The batch with deadlines where it has none and its cases were begun."""
        rows = np.flatnonzero(np.isnat(batch.due_at) & _is_begun(batch))
        due_at = batch.due_at.astype("datetime64[us]")
        due_at[rows] = self._by_class(batch, rows)
        return replace(batch, due_at=due_at)

    def beyond(self, batch: IncidentBatch) -> Moments:
        """Deadlines (n,) as stated, NaT where the class gives the same: an export says what the first file left out."""
        rows = np.flatnonzero(~np.isnat(batch.due_at) & _is_begun(batch))
        due_at = batch.due_at.astype("datetime64[us]")
        due_at[rows[due_at[rows] == self._by_class(batch, rows)]] = np.datetime64("NaT")
        return due_at

    def _by_class(self, batch: IncidentBatch, rows: NDArray[np.intp]) -> Moments:
        """Deadlines of some rows by the limits of their classes."""
        if not len(rows):
            return np.empty(0, "datetime64[us]")
        starts = _begun(batch)[rows]
        facts, which = self._facts(batch, starts, rows)
        chosen = [self._limit(one) for one in facts]
        limits = list(dict.fromkeys(chosen))
        place = np.array([limits.index(limit) for limit in chosen])
        return due_many(starts, limits, place[which], self._rules.calendar)

    def _facts(
        self, batch: IncidentBatch, starts: Moments, rows: NDArray[np.intp]
    ) -> tuple[list[_Facts], NDArray[np.intp]]:
        """The distinct facts of some rows, and which of them each row has."""
        code = batch.class_id[rows].astype(np.int64) * _SEVERITIES + batch.severity[rows]
        plain, which = np.unique(code, return_inverse=True)
        self._learn([int(one) // _SEVERITIES for one in plain])
        facts = [_Facts(*divmod(int(one), _SEVERITIES)) for one in plain]
        asking = [place for place, one in enumerate(facts) if not self._is_plain(one.class_id)]
        if asking:
            more, of_more = self._more_facts(batch, starts, rows, np.isin(which, asking))
            which = np.where(np.isin(which, asking), len(facts) + of_more, which)
            facts += more
        return facts, which

    def _more_facts(
        self, batch: IncidentBatch, starts: Moments, rows: NDArray[np.intp], asking: NDArray[np.bool_]
    ) -> tuple[list[_Facts], NDArray[np.intp]]:
        """The same with source, county and local hour, of the rows whose classes ask for them; 0 for others."""
        sources: dict[int, str] = dict(self._connection.execute(_SOURCES).fetchall())
        counties: dict[int, str] = dict(self._connection.execute(_COUNTIES).fetchall())
        names: list[str | None] = [None, *sorted(set(counties.values()))]
        chosen = rows[asking]
        county = [names.index(counties.get(int(cell))) for cell in batch.cell_id[chosen]]
        local = pd.DatetimeIndex(starts[asking]).tz_localize("UTC").tz_convert(self._rules.calendar.zone.key)
        table = np.column_stack(
            [batch.class_id[chosen], batch.severity[chosen], batch.source_id[chosen], county, local.hour]
        )
        distinct, inverse = np.unique(table.astype(np.int64), axis=0, return_inverse=True)
        which = np.zeros(len(rows), np.intp)
        which[asking] = inverse.ravel()
        return [
            _Facts(class_id, severity, sources.get(source), names[place], hour)
            for class_id, severity, source, place, hour in distinct.tolist()
        ], which

    def _limit(self, facts: _Facts) -> TimeLimit:
        found = choose_limit(self._rows[facts.class_id], facts.named())
        return found or self._rules.flow.stages[Stage.HANDLING]

    def _is_plain(self, class_id: int) -> bool:
        return all(row.needs.keys() <= _PLAIN for row in self._rows[class_id])

    def _learn(self, class_ids: Sequence[int]) -> None:
        """Read the limits of classes that were not met before; an import makes new ones on its way."""
        unmet = sorted(set(class_ids) - self._rows.keys())
        if unmet:
            found: dict[int, list[dict[str, object]]] = dict(self._connection.execute(_LIMITS, [unmet]).fetchall())
            self._rows |= {class_id: limit_rows(found.get(class_id, [])) for class_id in unmet}


def _is_begun(batch: IncidentBatch) -> NDArray[np.bool_]:
    return np.isin(batch.status, sorted(STARTED)) & ~np.isnat(batch.reported_at)


def _begun(batch: IncidentBatch) -> Moments:
    """When the limit of handling of each case began: at its dispatch, else its filing, else its report."""
    begun = np.where(np.isnat(batch.filed_at), batch.reported_at, batch.filed_at)
    return np.asarray(np.where(np.isnat(batch.dispatched_at), begun, batch.dispatched_at))
