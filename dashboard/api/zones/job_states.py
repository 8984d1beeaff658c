"""How is the state of a computation on zones told?"""

from dashboard.zoning.jobs import Job, ZoneJobs
from dashboard.zoning.proposing import ProposalWork

CANCEL_S = 0.25
"""So long a cancelled computation has to end by itself and hand in its best plan."""


def started_body(jobs: ZoneJobs, job: Job) -> dict[str, object]:
    """A computation that was put into the queue."""
    return {"job": job.id, "state": job.state.value, "place_in_queue": jobs.place(job)}


def job_body(jobs: ZoneJobs, job: Job, after: int) -> dict[str, object]:
    """How far a computation is; the zones only where there is a better plan than the client knows.

    Args:
        jobs: where it is.
        job: the computation.
        after: number of plans that the client has heard of.
    """
    answer = {} if job.outcome is None else dict(job.outcome.answer)
    zone = job.zone if job.plans > after else None
    proposal = job.work if isinstance(job.work, ProposalWork) else None
    return {
        **started_body(jobs, job),
        "kind": job.work.kind,
        "share": round(job.share, 4),
        "curve": job.curve,
        "plans": job.plans,
        "units": None if proposal is None or zone is None else proposal.ground.codes,
        "zone": None if zone is None else zone.tolist(),
        "refusal": answer.pop("refusal", None),
        "figures": answer.pop("figures", None),
        "added": answer.pop("added", []),
        "result": answer or None,
        "within": None if proposal is None else proposal.within,
        "within_level": None if proposal is None else proposal.within_level,
        "base": None if proposal is None else proposal.ground.question.base,
        "parameters": None if proposal is None else proposal.parameters.as_json(),
        "cause": job.cause or None,
    }
