"""Which answer does each error become?"""

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
import psycopg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dashboard.errors import DashboardError
from dashboard.zoning.jobs import TooManyJobs
from data.accounts.errors import NotPermitted
from data.attachments import errors as photos
from data.cases import errors as cases
from data.errors import DatabaseUnreachable, DataError
from data.privacy.masking import masked_text
from data.reads import errors as reads
from data.risk import errors as risks
from data.statement_limit import StatementTooLong
from data.webhooks import errors as hooks
from data.zoning import plan_errors as plans

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class RouteUnknown(DashboardError):
    """The interface has no such path."""

    def __init__(self, path: str) -> None:
        super().__init__(f"There is nothing at {path}. See /api/docs for what there is.")
        self.field = "path"
        self.cause = f"There is nothing at {path}."
        self.remedy = "See /api/docs for what there is."


@dataclass(frozen=True, slots=True)
class Kind:
    """How errors of one class are presented."""

    status: int
    key: str
    title: str


UNEXPECTED = Kind(500, "unexpected", "Something unexpected went wrong")
MALFORMED = Kind(400, "malformed", "The request is malformed")
UNREACHABLE = Kind(503, "database-unreachable", "The database does not answer")
BUSY = Kind(503, "database-busy", "The database is busy")
TOO_LONG = Kind(503, "question-too-long", "The question took too long")

KINDS: dict[type[Exception], Kind] = {
    reads.UnitUnknown: Kind(404, "unit-unknown", "Unknown unit"),
    reads.IncidentUnknown: Kind(404, "incident-unknown", "Unknown incident"),
    reads.NothingFound: Kind(404, "not-found", "Not found"),
    reads.PeriodInvalid: Kind(400, "period-invalid", "Unusable period"),
    reads.ClassUnknown: Kind(400, "class-unknown", "Unknown class"),
    reads.StatusUnknown: Kind(400, "status-unknown", "Unknown status"),
    reads.LevelUnknown: Kind(400, "level-unknown", "Unknown level"),
    reads.MetricUnknown: Kind(400, "metric-unknown", "Unknown metric"),
    reads.BreakdownUnknown: Kind(400, "breakdown-unknown", "Unknown breakdown"),
    reads.MomentUnavailable: Kind(400, "moment-unavailable", "Past moment not available"),
    reads.CursorInvalid: Kind(400, "cursor-invalid", "Unusable cursor"),
    reads.LevelsMixed: Kind(400, "levels-mixed", "Units of several levels"),
    reads.SelectionInvalid: Kind(400, "selection-unusable", "Unusable selection"),
    reads.RequestRefused: Kind(400, "value-unusable", "Unusable value"),
    reads.CityEmpty: Kind(409, "city-empty", "No city is loaded"),
    reads.FiguresDisagree: Kind(500, "figures-disagree", "Figures do not add up"),
    plans.MoveNotMade: Kind(422, "move-refused", "The change would break the plan"),
    plans.NotTheSameRequest: Kind(422, "idempotency-key-reused", "The key was used for another request"),
    plans.NothingToRepeat: Kind(409, "nothing-to-repeat", "Nothing to take back or make again"),
    plans.OutsideArea: Kind(403, "outside-area", "Outside of the own area"),
    plans.PlanOutdated: Kind(409, "plan-outdated", "The plan was changed meanwhile"),
    plans.PlanOverlaps: Kind(409, "plan-overlaps", "Another plan is in force"),
    plans.PlanSettled: Kind(409, "plan-settled", "The plan's state does not allow it"),
    plans.PlanStale: Kind(409, "plan-stale", "Boundaries have changed since"),
    plans.PlanUnfit: Kind(422, "plan-unfit", "The plan cannot be adopted as it is"),
    cases.CaseUnknown: Kind(404, "case-unknown", "Unknown case"),
    cases.CaseRefused: Kind(422, "act-refused", "The act is not possible"),
    cases.CaseMoved: Kind(409, "case-moved", "The case was changed meanwhile"),
    cases.CaseKeyReused: Kind(422, "idempotency-key-reused", "The key was used for another request"),
    photos.PhotoRefused: Kind(422, "photo-refused", "The photo cannot be taken"),
    photos.PhotoTooLarge: Kind(413, "photo-too-large", "The photo is too large"),
    photos.PhotosFull: Kind(409, "photos-full", "The case has enough photos"),
    photos.AttachmentUnknown: Kind(404, "attachment-unknown", "Unknown photo"),
    photos.PhotoLost: Kind(410, "photo-lost", "The file of the photo is missing"),
    photos.PhotosOff: Kind(503, "photos-off", "Photos are not kept here"),
    risks.RiskUnknown: Kind(404, "risk-unknown", "Not on the risk list"),
    risks.RiskMoved: Kind(409, "risk-moved", "The alert was changed meanwhile"),
    risks.RiskRefused: Kind(422, "act-refused", "The act is not possible"),
    hooks.WebhookUnknown: Kind(404, "webhook-unknown", "Unknown webhook"),
    hooks.SecretKeyMissing: Kind(409, "secret-key-missing", "No secret key is set"),
    hooks.WebhookRefused: Kind(400, "webhook-refused", "Unusable webhook"),
    RouteUnknown: Kind(404, "route-unknown", "Unknown path"),
    TooManyJobs: Kind(429, "too-many-jobs", "Too many computations"),
    NotPermitted: Kind(403, "not-permitted", "Not permitted"),
    RequestValidationError: MALFORMED,
    DatabaseUnreachable: UNREACHABLE,
    PoolTimeout: BUSY,
    TooManyRequests: BUSY,
    psycopg.errors.QueryCanceled: TOO_LONG,
    StatementTooLong: TOO_LONG,
    PoolClosed: UNREACHABLE,
    psycopg.OperationalError: UNREACHABLE,
    DataError: UNEXPECTED,
    Exception: UNEXPECTED,
}
"""The one table: the entry of an error's nearest class counts."""

_SAFE = {
    UNEXPECTED: ("The program met an error of its own.", "Try again; if it stays, the log of the server tells more."),
    UNREACHABLE: ("The database does not answer.", "Nothing is lost. Wait a moment and try again."),
    BUSY: ("Too many questions wait for the database.", "Wait a moment and try again."),
    TOO_LONG: ("The question took too long and was given up.", "Ask for a shorter period or a smaller unit."),
}


def kind_of(error: Exception) -> Kind:
    """The entry of the table for an error."""
    return next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)


def problem_of(error: Exception) -> Response:
    """The error as problem+json (RFC 9457) with field, cause and remedy; internals stay in the log."""
    kind = kind_of(error)
    reference = tell(error, kind) if kind.status >= 500 else None
    field, cause, remedy = _texts(error, kind)
    facts = error.facts if isinstance(error, plans.PlanRefused | cases.CaseProblem) else None
    return problem(kind, field, cause, remedy, reference=reference, facts=facts)


def tell(error: Exception, kind: Kind) -> str:
    """Log an error of the program itself.

    Returns:
        The mark by which an administrator finds the line; letters only, so that nothing takes it for a number.
    """
    reference = "".join(secrets.choice("abcdefghkmnpqrstuvwxyz") for _ in range(8))
    # Where the program itself erred the trace tells where; an outage would fill the log with the same one.
    trace = error if kind is UNEXPECTED else None
    logger.error("request failed: %s, reference %s", kind.key, reference, exc_info=trace)
    return reference


def problem(
    kind: Kind,
    field: str | None,
    cause: str,
    remedy: str,
    *,
    reference: str | None = None,
    facts: Mapping[str, object] | None = None,
) -> Response:
    """A problem+json answer; what it repeats of the request is masked. Facts stand beside what every problem has."""
    field, cause, remedy = field and masked_text(field), masked_text(cause), masked_text(remedy)
    body: dict[str, object] = {
        "type": f"urn:minqing:problem:{kind.key}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{cause} {remedy}",
        "field": field,
        "cause": cause,
        "remedy": remedy,
    }
    body = {**(facts or {}), **body}
    if reference is not None:
        body["instance"] = f"urn:minqing:log:{reference}"
    return Response(orjson.dumps(body), kind.status, {"Cache-Control": "no-store"}, MEDIA_TYPE)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer the errors of the table as problems, for all routes of the application."""

    async def handle(_: Request, error: Exception) -> Response:
        return problem_of(error)

    for kind in KINDS:
        app.add_exception_handler(kind, handle)
    app.add_exception_handler(HTTPException, _handle_http)


async def _handle_http(_: Request, error: Exception) -> Response:
    """What the framework itself refuses."""
    assert isinstance(error, HTTPException)
    kind = Kind(error.status_code, "refused", HTTPStatus(error.status_code).phrase)
    answer = problem(kind, None, f"{str(error.detail).rstrip('.')}.", "Correct the request; see /api/docs.")
    answer.headers.update(error.headers or {})
    return answer


def _texts(error: Exception, kind: Kind) -> tuple[str | None, str, str]:
    if isinstance(error, RequestValidationError):
        return _validation_texts(error.errors())
    if isinstance(error, hooks.WebhookRefused | reads.RequestRefused | RouteUnknown | TooManyJobs):
        return error.field, error.cause, error.remedy
    if kind in _SAFE:
        return None, *_SAFE[kind]
    cause, _, remedy = str(error).partition(". ")
    return None, cause.rstrip(".") + ".", remedy


def _validation_texts(errors: Sequence[Any]) -> tuple[str, str, str]:
    first = errors[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return field, f"{first['msg']}.", f"Correct the field {field}; see /api/docs."
