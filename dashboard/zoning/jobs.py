"""Who waits for which long computation on zones, how far is it, and how is it ended early?

Jobs run one after the other on a thread of their own; their heavy parts are compiled and let the event loop run on.
A job belongs to the account that started it: to all others it does not exist.
"""

import logging
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from dashboard.errors import DashboardError
from data.reads.errors import NothingFound
from geo.zoning.graph import Ints

logger = logging.getLogger(__name__)

MOST_OF_ACCOUNT = 4
MOST_WAITING = 16
MOST_KEPT = 40
KEPT_S = 3_600.0
MOST_POINTS = 400
CLOSING_S = 3.0


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    COMPILING = "compiling"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDED = frozenset({JobState.DONE, JobState.REFUSED, JobState.CANCELLED, JobState.FAILED})


class JobUnknown(NothingFound):
    """The account has no such job."""

    def __init__(self, job_id: str) -> None:
        super().__init__(
            "job",
            f"There is no job {job_id[:40]!r}; results are kept for an hour.",
            "Start it again; the same question and seed give the same answer.",
        )


class TooManyJobs(DashboardError):
    """No room for another job at this moment."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} {remedy}")
        self.field = "job"
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a computation came to.

    Attributes:
        answer: fields of the answer.
        zone: (n,) zone of each unit, where it is a plan.
        refused: whether there is no plan under these rules.
    """

    answer: Mapping[str, object] = field(default_factory=dict)
    zone: Ints | None = None
    refused: bool = False


class Report(Protocol):
    """Hears from a computation how far it is."""

    def compiling(self) -> None:
        """The search is being made ready."""
        ...

    def heard(self, share: float, point: tuple[float, float] | None = None, zone: Ints | None = None) -> bool:
        """So much is done; with ratio and objective of the best plan so far. False asks to stop."""
        ...


class Work(Protocol):
    """A computation that may take seconds."""

    @property
    def kind(self) -> str:
        """What it is: `propose`, `stability` or `replay`."""
        ...

    def run(self, report: Report) -> Outcome:
        """Do it; called on the thread of the jobs."""
        ...


@dataclass(slots=True)
class Job:
    """A job; only its thread writes it, once it runs, and what is read of it is never taken back.

    Attributes:
        id: unguessable.
        account_id: whose it is.
        work: what is computed.
        made_at_s: when it was started, by the clock of the jobs.
        state: where it stands.
        share: share of the work that is done; never falls.
        curve: (share, ratio, objective) of the best plan so far.
        zone: zones of that plan.
        plans: how many better plans there were, so that a client asks for new ones only.
        outcome: what it came to.
        cause: why it failed, for who started it.
        stop: set to end it early.
        ended: set when it has ended.
    """

    id: str
    account_id: int
    work: Work
    made_at_s: float
    state: JobState = JobState.QUEUED
    share: float = 0.0
    curve: tuple[tuple[float, float, float], ...] = ()
    zone: Ints | None = None
    plans: int = 0
    outcome: Outcome | None = None
    cause: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def compiling(self) -> None:
        """The search is being made ready."""
        if self.state not in ENDED:
            self.state = JobState.COMPILING

    def heard(self, share: float, point: tuple[float, float] | None = None, zone: Ints | None = None) -> bool:
        """Note how far it is; False once it is to end."""
        if self.state not in ENDED:
            self.state = JobState.RUNNING
            self.share = max(self.share, min(share, 1.0))
            if point is not None and len(self.curve) < MOST_POINTS:
                self.curve = (*self.curve, (self.share, *point))
            if zone is not None:
                self.zone, self.plans = zone, self.plans + 1
        return not self.stop.is_set()


class ZoneJobs:
    """The queue and its one thread; results are kept for an hour and in bounded number."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._waiting: deque[Job] = deque()
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def start(self, account_id: int, work: Work) -> Job:
        """Put a computation into the queue.

        Raises:
            TooManyJobs: The account has too many under way, or the queue is full.
        """
        with self._change:
            self._forget()
            live = [job for job in self._jobs.values() if job.state not in ENDED]
            if sum(job.account_id == account_id for job in live) >= MOST_OF_ACCOUNT:
                cause = f"{MOST_OF_ACCOUNT} of your computations are under way."
                raise TooManyJobs(cause, "Wait for one of them, or cancel it.")
            if len(self._waiting) >= MOST_WAITING or self._closed:
                raise TooManyJobs("The queue of computations is full.", "Try again in a minute.")
            job = Job(secrets.token_urlsafe(18), account_id, work, self._clock())
            self._jobs[job.id] = job
            self._waiting.append(job)
            self._wake()
        return job

    def find(self, account_id: int, job_id: str) -> Job:
        """A job of the account.

        Raises:
            JobUnknown: It has no such job.
        """
        with self._change:
            job = self._jobs.get(job_id)
        if job is None or job.account_id != account_id:
            raise JobUnknown(job_id)
        return job

    def place(self, job: Job) -> int | None:
        """How many computations are before this one, the one that runs included; None once it runs."""
        with self._change:
            if job not in self._waiting:
                return None
            running = any(j.state in (JobState.COMPILING, JobState.RUNNING) for j in self._jobs.values())
            return self._waiting.index(job) + int(running)

    def cancel(self, job: Job) -> None:
        """End a job early: at once where it waits, else as soon as its search looks up, in a fraction of a second."""
        with self._change:
            job.stop.set()
            if job in self._waiting:
                self._waiting.remove(job)
                _end(job, JobState.CANCELLED)

    def abandon(self, job: Job) -> None:
        """Give up a cancelled job that does not look up, such as while the search is compiled; no result is kept."""
        with self._change:
            if job.state not in ENDED:
                _end(job, JobState.CANCELLED)

    def close(self) -> None:
        """End everything; called when the application stops."""
        with self._change:
            self._closed = True
            for job in self._jobs.values():
                job.stop.set()
            self._waiting.clear()
            self._change.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(CLOSING_S)

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="zone-jobs", daemon=True)
            self._thread.start()
        self._change.notify_all()

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: bool(self._waiting) or self._closed)
                if self._closed:
                    return
                job = self._waiting.popleft()
                job.state = JobState.RUNNING
            self._work_on(job)

    def _work_on(self, job: Job) -> None:
        try:
            outcome = job.work.run(job)
            state = JobState.REFUSED if outcome.refused else JobState.DONE
        except Exception:
            # The edge of the thread: whoever asks for the job learns that it failed, and the next one runs.
            logger.exception("a computation on zones failed: %s", job.work.kind)
            outcome, state = None, JobState.FAILED
            job.cause = "The program met an error of its own; the log of the server tells more."
        with self._change:
            if job.state not in ENDED:
                job.outcome = outcome
                _end(job, JobState.CANCELLED if job.stop.is_set() and state is not JobState.FAILED else state)

    def _forget(self) -> None:
        """Let ended jobs go that are old, or the oldest where there are too many."""
        ended = [job for job in self._jobs.values() if job.state in ENDED]
        old = [job for job in ended if self._clock() - job.made_at_s > KEPT_S]
        spare = ended[: max(len(self._jobs) - MOST_KEPT, 0)]
        for job in {job.id: job for job in (*old, *spare)}:
            del self._jobs[job]


def _end(job: Job, state: JobState) -> None:
    if job.outcome is not None and job.outcome.zone is not None:
        job.zone, job.plans = job.outcome.zone, job.plans + 1
    if state is JobState.DONE:
        job.share = 1.0
    job.state = state
    job.ended.set()
