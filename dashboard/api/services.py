"""What does the HTTP interface need from outside to run?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dashboard.api.fold_watch import FoldWatch
from dashboard.api.request_meter import RequestMeter
from dashboard.services import Database
from dashboard.zoning.room import ZoneRoom
from data.attachments.desk import PhotoRoom
from data.attachments.files import PhotoFiles
from data.intake.desk import IntakeDesk
from data.reads.before import BeforeCache
from data.reads.choropleth_cache import ChoroplethCache
from data.wall.book import SceneBook


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
        photo_files: Where photos lie; None where the process keeps none.
        scenes: What the wall shows.
        zones: What the planner's routes share.
        photos: Cleans and keeps photos; one for all routes, so that few are decoded at once.
        intake: Takes reports; one for all routes, because it knows the city.
    """

    database: Database
    choropleths: ChoroplethCache = field(default_factory=ChoroplethCache)
    befores: BeforeCache = field(default_factory=BeforeCache)
    meter: RequestMeter = field(default_factory=RequestMeter)
    fold_watch: FoldWatch = field(default_factory=FoldWatch)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    photo_files: PhotoFiles | None = None
    scenes: SceneBook = field(default_factory=SceneBook)
    zones: ZoneRoom = field(init=False)
    photos: PhotoRoom = field(init=False)
    intake: IntakeDesk = field(init=False)

    def __post_init__(self) -> None:
        """Make what several routes share, over the database."""
        object.__setattr__(self, "zones", ZoneRoom.of(self.database))
        object.__setattr__(self, "photos", PhotoRoom(self.photo_files))
        object.__setattr__(self, "intake", IntakeDesk(self.database, self.now))
