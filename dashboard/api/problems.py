"""Which answer does each error become?"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolClosed, PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from dashboard.errors import DashboardError
from data.errors import DatabaseUnreachable, DataError
from data.reads import errors as reads

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
    reads.RequestRefused: Kind(400, "value-unusable", "Unusable value"),
    reads.CityEmpty: Kind(409, "city-empty", "No city is loaded"),
    reads.FiguresDisagree: Kind(500, "figures-disagree", "Figures do not add up"),
    RouteUnknown: Kind(404, "route-unknown", "Unknown path"),
    RequestValidationError: MALFORMED,
    DatabaseUnreachable: UNREACHABLE,
    PoolTimeout: UNREACHABLE,
    PoolClosed: UNREACHABLE,
    psycopg.OperationalError: UNREACHABLE,
    DataError: UNEXPECTED,
    Exception: UNEXPECTED,
}
"""The one table: the entry of an error's nearest class counts."""

_SAFE = {
    UNEXPECTED: ("The program met an error of its own.", "Try again; if it stays, the log of the server tells more."),
    UNREACHABLE: ("The database does not answer.", "Nothing is lost. Wait a moment and try again."),
}


def kind_of(error: Exception) -> Kind:
    """The entry of the table for an error."""
    return next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)


def problem_of(error: Exception) -> Response:
    """The error as problem+json (RFC 9457) with field, cause and remedy; internals stay in the log."""
    kind = kind_of(error)
    if kind.status >= 500:
        logger.error("request failed: %s", kind.key, exc_info=error)
    field, cause, remedy = _texts(error, kind)
    return problem(kind, field, cause, remedy)


def problem(kind: Kind, field: str | None, cause: str, remedy: str) -> Response:
    """A problem+json answer."""
    body = {
        "type": f"urn:minqing:problem:{kind.key}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{cause} {remedy}",
        "field": field,
        "cause": cause,
        "remedy": remedy,
    }
    return Response(orjson.dumps(body), kind.status, {"Cache-Control": "no-store"}, MEDIA_TYPE)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer the errors of the table as problems, for all routes of the application."""

    async def handle(_: Request, error: Exception) -> Response:
        return problem_of(error)

    for kind in KINDS:
        app.add_exception_handler(kind, handle)


def _texts(error: Exception, kind: Kind) -> tuple[str | None, str, str]:
    if isinstance(error, RequestValidationError):
        return _validation_texts(error.errors())
    if isinstance(error, reads.RequestRefused | RouteUnknown):
        return error.field, error.cause, error.remedy
    if kind in _SAFE:
        return None, *_SAFE[kind]
    cause, _, remedy = str(error).partition(". ")
    return None, cause.rstrip(".") + ".", remedy


def _validation_texts(errors: Sequence[Any]) -> tuple[str, str, str]:
    first = errors[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return field, f"{first['msg']}.", f"Correct the field {field}; see /api/docs."
