"""How does an error reach a reader of tiles?

Source: RFC 9457, Problem Details for HTTP APIs.
"""

import json
import logging

import psycopg
from psycopg_pool import PoolTimeout

from data.privacy.masking import masked_text
from data.reads.errors import CityEmpty, NothingFound, RequestRefused
from geo.errors import GeoError
from layers.errors import (
    AddressUnknown,
    ClassesUndefined,
    LayerError,
    LayerForbidden,
    LayerUnknown,
    TileFormatUnknown,
    TileOutOfRange,
)

_log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (LayerUnknown, 404, "There is no such layer"),
    (AddressUnknown, 404, "There is nothing at this address"),
    (TileFormatUnknown, 404, "There is no such tile"),
    (TileOutOfRange, 404, "There is no such tile"),
    (LayerForbidden, 403, "Not permitted"),
    (ClassesUndefined, 400, "Values cannot be divided into classes"),
    (LayerError, 400, "The request cannot be used"),
    (NothingFound, 404, "Not found"),
    (RequestRefused, 400, "The request cannot be used"),
    (GeoError, 400, "The request cannot be computed"),
    (CityEmpty, 404, "The city is empty"),
    (PoolTimeout, 503, "The database is busy"),
    (psycopg.OperationalError, 503, "The database does not answer"),
)


def problem_of(error: Exception) -> tuple[int, bytes]:
    """Status and problem+json body for an error; what is nobody's request goes to the log and stays there."""
    unforeseen = (500, "The tile could not be made")
    status, title = next(((code, text) for kind, code, text in _STATUS if isinstance(error, kind)), unforeseen)
    if status >= 500:
        _log.error("tile request failed: %s", title, exc_info=error)
    said = _problem(error, status, title)
    masked = {name: masked_text(value) if isinstance(value, str) else value for name, value in said.items()}
    return status, json.dumps(masked, ensure_ascii=False).encode()


def _problem(error: Exception, status: int, title: str) -> dict[str, object]:
    problem: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if status >= 500:
        remedy = "Nothing is lost; try again, and look at the program's log if it stays."
        return problem | {"detail": remedy, "field": None, "cause": title, "remedy": remedy}
    if isinstance(error, LayerError | RequestRefused):
        said = {"field": error.field, "cause": error.cause, "remedy": error.remedy}
        return problem | {"detail": str(error)} | said
    return problem | {"detail": str(error), "field": None, "cause": str(error), "remedy": "Change the request."}
