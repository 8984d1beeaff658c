"""How do incidents look, in a list and one by one?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.i18n.translate import pick, t
from dashboard.theme.tokens import MEANING_SHAPES
from dashboard.views.numbers import write_moment, write_short_moment
from dashboard.views.patches import attributes, patch_button, to_unit
from data.reads.catalog import NamedEntry
from data.reads.incidents import Incident, IncidentDetail, UnitName
from data.reads.question import Question
from geo.status import OPEN_STATUSES, TIMED_STATUSES, CaseStatus

APPROACHING_SHARE = 0.75
"""A time limit counts as approaching when this much of it has passed."""


def meaning_of(incident: Incident, now: datetime) -> str:
    """within, approaching, breached or closed."""
    status = CaseStatus(incident.status)
    if status not in OPEN_STATUSES:
        return "closed"
    if incident.overdue:
        return "breached"
    if incident.due_at is None or status not in TIMED_STATUSES:
        return "within"
    allowed = (incident.due_at - incident.reported_at).total_seconds()
    passed = (now - incident.reported_at).total_seconds()
    return "approaching" if allowed > 0 and passed >= APPROACHING_SHARE * allowed else "within"


def view_incidents(incidents: Sequence[Incident], now: datetime, zone: ZoneInfo, lang: str) -> Any:
    """A list, newest first; a click opens the drawer."""
    if not incidents:
        return html.P(t("map.newest.empty", lang), className="quiet")
    rows = [_item(incident, now, zone, lang) for incident in incidents]
    return html.Div(rows, className="items", **attributes({"data-list": "incidents"}))


def view_list(incidents: Sequence[Incident], question: Question, lang: str) -> Any:
    """The list of a question; where it is empty it says whether there may be some that are not shown one by one."""
    if not incidents and question.is_withheld:
        return html.P(t("map.newest.withheld", lang), className="quiet")
    return view_incidents(incidents, question.moment.as_of, question.moment.zone, lang)


def view_pages(before: int, following: str | None, lang: str) -> Any:
    """The ways to the newest incidents and to older ones, where there are any.

    Args:
        before: How many incidents the pages before held.
        following: Value of the address key `after` for the next page.
    """
    newest = patch_button(t("map.drawer.newest", lang), {"after": None}, className="link")
    older = patch_button(t("map.drawer.older", lang), {"after": following}, className="link")
    ways = [*([newest] if before else []), *([older] if following else [])]
    return html.Nav(ways, className="list-pages", **attributes({"aria-label": t("map.drawer.pages", lang)}))


def _item(incident: Incident, now: datetime, zone: ZoneInfo, lang: str) -> html.Button:
    where = " · ".join(part for part in (incident.unit_name or t("map.unassigned", lang), incident.address) if part)
    what = pick(lang, incident.class_zh, incident.class_en)
    return patch_button(
        [
            html.Span([what, _summary(incident.text)], className="what"),
            _state(incident, now, lang),
            html.Span(where, className="where"),
            html.Span(write_short_moment(incident.reported_at, zone), className="when"),
        ],
        {"panel": f"incident:{incident.id}"},
        className="item",
        title=incident.text or what,
    )


def _summary(text: str | None) -> html.Span | None:
    return html.Span(text, className="quiet said") if text else None


def _state(incident: Incident, now: datetime, lang: str) -> html.Span:
    meaning = meaning_of(incident, now)
    label = t(f"status.{CaseStatus(incident.status).key}", lang)
    shape = html.Span(MEANING_SHAPES[meaning], className="shape", **attributes({"aria-hidden": "true"}))
    return html.Span([shape, label], className=f"state m-{meaning}", title=t(f"meaning.{meaning}", lang))


def view_incident(
    detail: IncidentDetail, names: Mapping[str, NamedEntry], now: datetime, zone: ZoneInfo, lang: str
) -> list[Any]:
    """Everything that is known about one incident.

    Args:
        names: Sources and departments by key.
    """
    incident = detail.incident
    facts: list[tuple[str, Any]] = [
        ("status", _state(incident, now, lang)),
        ("class", pick(lang, incident.class_zh, incident.class_en)),
        ("unit", _located(detail.located, lang)),
        ("stated", _unit_button(detail.stated, lang) if detail.stated else None),
        ("address", incident.address),
        ("reported", write_moment(incident.reported_at, zone)),
        ("due", _moment(incident.due_at, zone)),
        ("handled", _moment(incident.handled_at, zone)),
        ("closed", _moment(incident.closed_at, zone)),
        ("close_reason", incident.close_reason),
        ("source", _named(incident.source, names, lang)),
        ("department", _named(incident.department, names, lang)),
        ("code", incident.external_id),
    ]
    return [
        html.P(incident.text, className="prose") if incident.text else None,
        view_facts([(name, value) for name, value in facts if value], lang),
        html.A(t("map.drawer.case", lang), href=f"/cases?queue=all&case={incident.id}", className="link"),
    ]


def _named(key: str | None, names: Mapping[str, NamedEntry], lang: str) -> str | None:
    entry = names.get(key or "")
    return key if entry is None else pick(lang, entry.name_zh, entry.name_en)


def view_facts(facts: Sequence[tuple[str, Any]], lang: str) -> html.Dl:
    """Names and values; a name is the last part of a key `map.field.…`."""
    parts = [part for name, value in facts for part in (html.Dt(t(f"map.field.{name}", lang)), html.Dd(value))]
    return html.Dl(parts, className="facts")


def _moment(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else write_moment(moment, zone)


def _located(units: Sequence[UnitName], lang: str) -> Any:
    if not units:
        return t("map.unassigned", lang)
    steps: list[Any] = []
    for unit in units[1:] or units:
        steps += [_unit_button(unit, lang), " › "]
    return steps[:-1]


def _unit_button(unit: UnitName, lang: str) -> Any:
    return patch_button(pick(lang, unit.name, unit.name_en), to_unit(unit.code, unit.level), className="link")
