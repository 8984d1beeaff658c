"""What do the planner's routes share in one process: grounds, open plans, jobs, what is known of stability?"""

from dataclasses import dataclass, field

from dashboard.services import Database
from dashboard.zoning.desk import PlanDesk
from dashboard.zoning.grounds import Grounds
from dashboard.zoning.jobs import ZoneJobs
from dashboard.zoning.stability_work import KnownStability


@dataclass(frozen=True, slots=True)
class ZoneRoom:
    """One per process; made with the application and closed with it.

    Attributes:
        desk: opens and changes plans.
        grounds: planning problems at hand.
        jobs: long computations.
        stability: results of those that tell how stable plans are.
    """

    desk: PlanDesk
    grounds: Grounds
    jobs: ZoneJobs = field(default_factory=ZoneJobs)
    stability: KnownStability = field(default_factory=KnownStability)

    @classmethod
    def of(cls, database: Database) -> "ZoneRoom":
        """The room over a database."""
        grounds = Grounds()
        return cls(PlanDesk(database, grounds), grounds)

    def close(self) -> None:
        """End all computations."""
        self.jobs.close()
