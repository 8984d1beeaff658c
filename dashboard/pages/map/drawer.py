"""What does the drawer of the map page show, and what does a click on the map mean?"""

from typing import Any

from dash import Dash, Input, Output, State, html, no_update
from dash_mantine_components import Anchor

from dashboard import ids
from dashboard.errors import StateInvalid
from dashboard.i18n.translate import pick, t
from dashboard.pages.map import answers
from dashboard.pages.map.state import MapState, parse_state
from dashboard.services import Services
from dashboard.views.incidents import view_facts, view_incident, view_incidents
from dashboard.views.numbers import write_count
from dashboard.views.patches import patch_button
from data.reads.errors import NothingFound
from data.reads.question import Question

Query = dict[str, str] | None

FIGURES = {"all": "reported", "open": "open", "overdue": "overdue", "closed": "closed", "due": "on_time_share"}
"""Metric whose incidents a list panel shows, by the value after `list:`."""


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the drawer and of clicks on the map."""

    @app.callback(
        Output(ids.DRAWER, "opened"),
        Output(ids.DRAWER, "title"),
        Output(ids.DRAWER_BODY, "children"),
        Input(ids.PANEL, "data"),
        Input(ids.QUESTION, "data"),
    )
    async def show_panel(panel: Query, question: Query) -> tuple[Any, Any, Any]:
        state = parse_state({**(question or {}), **(panel or {})})
        if not state.panel:
            return False, no_update, no_update
        try:
            title, body = await _panel(services, state)
        except NothingFound:
            title, body = t("map.drawer.gone", state.lang), html.P(t("map.drawer.missing", state.lang))
        return True, title, body

    @app.callback(
        Output(ids.ANSWER, "data"),
        Input(ids.MAP, "clicked"),
        State(ids.QUESTION, "data"),
        prevent_initial_call=True,
    )
    async def follow_click(clicked: dict[str, Any] | None, question: Query) -> Any:
        patch = await _meaning(services, clicked or {}, parse_state(question))
        return {"patch": patch, "nonce": (clicked or {}).get("nonce")} if patch else no_update


async def _panel(services: Services, state: MapState) -> tuple[str, Any]:
    kind, _, key = state.panel.partition(":")
    match kind:
        case "list" if key in FIGURES:
            return await _list(services, state, key)
        case "incident" if key.isdigit():
            return await _incident(services, state, int(key))
        case "place" if key.isdigit():
            return await _place(services, state, int(key))
        case _:
            raise StateInvalid("panel", state.panel, "Use list:open, incident:123 or place:5.")


async def _list(services: Services, state: MapState, figure: str) -> tuple[str, Any]:
    behind = await answers.list_behind(services.database, state, figure)
    question, page = behind.question, behind.page
    unit = pick(state.lang, question.unit.name, question.unit.name_en)
    title = t("map.drawer.list", state.lang, metric=t(f"map.metric.{FIGURES[figure]}.list", state.lang), unit=unit)
    counts = t("map.drawer.more", state.lang, n=write_count(behind.total), shown=write_count(len(page.incidents)))
    days = t("map.timeline.range", state.lang, first=question.period.first, last=question.period.last)
    head = html.Div(
        [html.Span(f"{days} · {counts}", className="quiet"), _download(question, state, figure)], className="list-head"
    )
    return title, [head, view_incidents(page.incidents, question.moment.as_of, question.moment.zone, state.lang)]


def _download(question: Question, state: MapState, figure: str) -> Anchor:
    asked = {
        "unit": state.unit,
        "from": question.period.first.isoformat(),
        "to": question.period.last.isoformat(),
        "class": state.classes,
        "status": answers.status_terms(figure),
    }
    return Anchor(
        t("map.drawer.export", state.lang),
        href=answers.export_address("incidents.csv", asked),
        className="link",
        refresh=True,
    )


async def _incident(services: Services, state: MapState, incident_id: int) -> tuple[str, Any]:
    found = await answers.find_incident(services.database, state, incident_id)
    detail, moment = found.detail, found.question.moment
    title = pick(state.lang, detail.incident.class_zh, detail.incident.class_en)
    return title, view_incident(detail, found.names, moment.as_of, moment.zone, state.lang)


async def _place(services: Services, state: MapState, place_id: int) -> tuple[str, Any]:
    place = await answers.find_place_detail(services.database, place_id)
    radius = (
        None if place.service_radius_m is None else t("map.metres", state.lang, n=write_count(place.service_radius_m))
    )
    facts = [
        ("kind", t(f"place.{place.kind}", state.lang)),
        ("code", place.code),
        ("radius", radius),
        (
            "unit",
            patch_button(place.unit_name, {"unit": place.unit_code}, className="link") if place.unit_code else None,
        ),
    ]
    name = pick(state.lang, place.name, place.name_en)
    return name, view_facts([(key, value) for key, value in facts if value], state.lang)


async def _meaning(services: Services, clicked: dict[str, Any], state: MapState) -> dict[str, str | None] | None:
    layer, feature_id = clicked.get("layer"), clicked.get("id")
    if not layer or feature_id is None:
        return None
    if layer == "incidents":
        return {"panel": f"incident:{feature_id}"}
    if layer == "places":
        return {"panel": f"place:{feature_id}"}
    if str(layer).startswith("units-"):
        code = await answers.find_code(services.database, int(feature_id))
        return None if code is None or code == state.unit else {"unit": code}
    return None
