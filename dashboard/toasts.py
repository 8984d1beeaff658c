"""What does a person read when a callback fails? The table from error to message, used by Dash's `on_error`."""

import logging
from typing import Any

import psycopg
from dash import ctx, set_props
from psycopg_pool import PoolTimeout

from dashboard import ids
from dashboard.errors import StateInvalid
from dashboard.i18n.translate import t
from data.accounts.errors import NotPermitted
from data.errors import DataError
from data.reads.errors import CityEmpty, RequestRefused, UnitUnknown

logger = logging.getLogger(__name__)


def message_for(error: Exception, lang: str) -> str | None:
    """What happened, what is safe, what to do, in the reader's language; None where the page itself says it."""
    match error:
        case CityEmpty():
            return None
        case UnitUnknown():
            return t("error.unit", lang, code=error.code)
        case StateInvalid() | RequestRefused():
            return t("error.state", lang, field=error.field)
        case NotPermitted():
            return t("error.permission", lang)
        case psycopg.OperationalError() | PoolTimeout() | DataError():
            return t("error.database", lang)
        case _:
            return t("error.other", lang)


def show_error(error: Exception) -> None:
    """Log the error and show a toast; the outputs of the callback stay as they are."""
    is_expected = isinstance(error, StateInvalid | RequestRefused | CityEmpty)
    if is_expected:
        logger.info("callback %s refused: %s", ctx.triggered_id, error)
    else:
        logger.error("callback %s failed", ctx.triggered_id, exc_info=error)
    stores = [value for value in (*ctx.inputs.values(), *ctx.states.values()) if isinstance(value, dict)]
    lang = next((store["lang"] for store in stores if "lang" in store), "zh")
    message = message_for(error, lang)
    if message is not None:
        set_props(ids.TOASTS, {"sendNotifications": [notification(message, lang)]})


def notification(message: str, lang: str) -> dict[str, Any]:
    """A toast that stays until it is read."""
    return {
        "id": "error",
        "action": "show",
        "title": t("error.title", lang),
        "message": message,
        "color": "red",
        "autoClose": 12000,
        "position": "bottom-right",
    }
