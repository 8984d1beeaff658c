"""In which words do the pages about accounts say what they know and what went wrong?"""

from datetime import datetime
from typing import Any

from dash import html

from dashboard.i18n.translate import t
from dashboard.views.patches import attributes
from data.accounts import errors
from data.accounts.errors import AccountRefused

REASONS: dict[type[AccountRefused], str] = {
    errors.LoginNameInvalid: "name",
    errors.LoginNameTaken: "taken",
    errors.AccountUnknown: "gone",
    errors.AreaUnknown: "area",
    errors.AreaNeeded: "area_needed",
    errors.DepartmentUnknown: "department",
    errors.DepartmentNeeded: "department_needed",
    errors.LastAdmin: "last_admin",
    errors.WallNameTaken: "wall_taken",
    errors.WallTokenRefused: "wall_days",
    errors.WallTokenUnknown: "gone",
    errors.TokenRefused: "token",
    errors.TokenUnknown: "gone",
}


def view_refused_value(error: AccountRefused, lang: str) -> Any:
    """Why a value cannot be used, and what to do."""
    reason = next((REASONS[kind] for kind in type(error).__mro__ if kind in REASONS), "other")
    sign = html.Span("▲", className="shape m-breached", **attributes({"aria-hidden": "true"}))
    return html.P([sign, t(f"accounts.refused.{reason}", lang)], className="said-line", role="alert")


def view_done(text: str) -> Any:
    """That something was done."""
    sign = html.Span("✓", className="shape m-within", **attributes({"aria-hidden": "true"}))
    return html.P([sign, text], className="said-line", role="status")


def view_secret(what: str, secret: str, close: Any, lang: str) -> Any:
    """Something that is shown once, in full width, so that it can be copied."""
    parts = [
        html.H2(what),
        html.Code(secret, className="secret", tabIndex="0"),
        html.P(t("accounts.once", lang), className="quiet"),
        close,
    ]
    return html.Div(parts, className="card secret-card", role="alert")


def write_time(moment: datetime | None, now: datetime, lang: str) -> str:
    """A moment to the minute in the time zone of `now`; a word where there is none."""
    return t("accounts.never", lang) if moment is None else moment.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M")
