"""What does the HTTP interface need from outside to run?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dashboard.api.fold_watch import FoldWatch
from dashboard.api.request_meter import RequestMeter
from dashboard.services import Database
from dashboard.zoning.room import ZoneRoom
from data.reads.before import BeforeCache
from data.reads.choropleth_cache import ChoroplethCache


@dataclass(frozen=True, slots=True)
class ApiServices:
    """Everything that the routes are given.

    Attributes:
        database: Where all figures come from; opened and closed by the application.
        choropleths: Values that are still exact.
        befores: Figures of periods before that need no new recount.
        meter: Counts requests of the whole application.
        fold_watch: Notices when the rollups are no longer folded.
        now: The present moment, aware.
        zones: What the planner's routes share.
    """

    database: Database
    choropleths: ChoroplethCache = field(default_factory=ChoroplethCache)
    befores: BeforeCache = field(default_factory=BeforeCache)
    meter: RequestMeter = field(default_factory=RequestMeter)
    fold_watch: FoldWatch = field(default_factory=FoldWatch)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zones: ZoneRoom = field(init=False)

    def __post_init__(self) -> None:
        """Make the planner's room over the database."""
        object.__setattr__(self, "zones", ZoneRoom.of(self.database))
