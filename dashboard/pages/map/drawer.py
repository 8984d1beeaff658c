"""What does the drawer of the map page show, and what does a click on the map mean?"""

from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from dashboard import ids
from dashboard.components.still import still
from dashboard.errors import StateInvalid
from dashboard.i18n.translate import pick, t
from dashboard.pages.map import answers
from dashboard.pages.map.answers import Behind
from dashboard.pages.map.handling import show_cases, show_league
from dashboard.pages.map.state import MapState, parse_state, write_after, write_picked
from dashboard.services import Services
from dashboard.views.incidents import view_facts, view_incident, view_list, view_pages
from dashboard.views.numbers import write_count
from dashboard.views.patches import patch_button, to_unit
from dashboard.views.selection import view_nothing_picked, view_selection
from dashboard.views.withheld import explain_withheld
from data.accounts.account import acting_account_or_none
from data.accounts.errors import NotPermitted
from data.accounts.permissions import Permission
from data.audit.asked import about_incident, about_question
from data.audit.entry import Action
from data.audit.record import record_first
from data.reads.errors import LevelsMixed, NothingFound, SelectionInvalid
from data.reads.question import Question
from data.reads.whereabouts import NO_PART, NO_ZONE

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
        Input(ids.SELECT, "data"),
    )
    async def show_panel(panel: Query, question: Query, select: Query) -> tuple[Any, Any, Any]:
        state = parse_state({**(question or {}), **(panel or {}), **(select or {})})
        if not state.panel:
            return False, no_update, no_update
        try:
            title, body = await _panel(services, state)
        except NothingFound:
            title, body = t("map.drawer.gone", state.lang), html.P(t("map.drawer.missing", state.lang))
        except (LevelsMixed, SelectionInvalid) as error:
            title, body = t("map.picked.refused", state.lang), html.P(f"{error.cause} {error.remedy}")
        except NotPermitted:
            title, body = t("refused.title", state.lang), html.P(t("error.permission", state.lang))
        return True, title, still(body)

    @app.callback(
        Output(ids.ANSWER, "data"),
        Input(ids.MAP, "clicked"),
        Input(ids.MAP, "selected"),
        State(ids.QUESTION, "data"),
        prevent_initial_call=True,
    )
    async def follow_click(clicked: dict[str, Any] | None, selected: dict[str, Any] | None, question: Query) -> Any:
        if ctx.triggered_prop_ids.keys() == {f"{ids.MAP}.selected"}:
            return {"patch": await _picked(services, selected or {}), "nonce": (selected or {}).get("nonce")}
        patch = await _meaning(services, clicked or {}, parse_state(question))
        return {"patch": patch, "nonce": (clicked or {}).get("nonce")} if patch else no_update


async def _panel(services: Services, state: MapState) -> tuple[str, Any]:
    kind, _, key = state.panel.partition(":")
    match kind:
        case "list" if key.partition(":")[0] in FIGURES:
            return await _list(services, state, *key.split(":", 1))
        case "figure":
            return await show_cases(services, state, key)
        case "league":
            return await show_league(services, state, key)
        case "picked":
            return await _selection(services, state)
        case "incident" if key.isdigit():
            return await _incident(services, state, int(key))
        case "place" if key.isdigit():
            return await _place(services, state, int(key))
        case _:
            raise StateInvalid("panel", state.panel, "Use list:open, incident:123 or place:5.")


async def _picked(services: Services, selected: dict[str, Any]) -> dict[str, str | None]:
    """What a selection made on the map changes in the address."""
    level, codes = await answers.pick_units(services.database, selected.get("ids") or [])
    return {"select": write_picked(level, codes), "panel": "picked" if codes else None}


async def _selection(services: Services, state: MapState) -> tuple[str, Any]:
    selection = await answers.find_picked(services.database, state)
    if selection is None:
        return t("map.picked", state.lang), view_nothing_picked(state.lang)
    level = selection.chosen.level
    name = pick(state.lang, level.name_zh, level.name_en)
    title = t("map.picked.title", state.lang, n=write_count(len(selection.items)), level=name)
    return title, view_selection(selection, state.classes, state.lang, may_export=_may_export())


async def _list(services: Services, state: MapState, figure: str, where: str = "") -> tuple[str, Any]:
    behind = await answers.list_behind(services.database, state, figure, where)
    question, page = behind.question, behind.page
    shown, follows = len(page.incidents), bool(state.after) or None
    entry = about_question(
        Action.INCIDENTS_LISTED, "incidents", question, figure=figure, shown=shown, follows_page=follows
    )
    await record_first(services.database.writing, entry)
    unit = _whose(behind, where, state.lang)
    title = t("map.drawer.list", state.lang, metric=t(f"map.metric.{FIGURES[figure]}.list", state.lang), unit=unit)
    days = t("map.timeline.range", state.lang, first=question.period.first, last=question.period.last)
    head = html.Div(
        [
            html.Span(f"{days} · {_counts(behind, state)}", className="quiet"),
            *_download(question, state, figure, where),
        ],
        className="list-head",
    )
    back = (
        [patch_button(t("map.picked.back", state.lang), {"panel": "picked"}, className="link")] if state.picked else []
    )
    listed = view_list(page.incidents, question, state.lang)
    return title, [*back, head, listed, view_pages(state.before_page, write_after(page, state.before_page), state.lang)]


def _counts(behind: Behind, state: MapState) -> str:
    """How many there are, and which of them are shown."""
    total, shown = write_count(behind.total), len(behind.page.incidents)
    if behind.question.hides(behind.total):
        return explain_withheld(behind.question, state.lang)
    ends = {"first": write_count(state.before_page + 1), "last": write_count(state.before_page + shown)}
    text = t("map.drawer.more", state.lang, n=total, shown=write_count(shown))
    if state.after:
        text = t("map.drawer.page", state.lang, n=total, **ends)
    if behind.unlisted:
        text += t("map.drawer.unlisted", state.lang, n=write_count(behind.unlisted))
    return text


def _whose(behind: Behind, where: str, lang: str) -> str:
    """Whose incidents a list holds."""
    names = {answers.PICKED: "map.picked", NO_PART: "map.unassigned", NO_ZONE: "map.unassigned.zone"}
    if where in names:
        return t(names[where], lang)
    unit = behind.part or behind.question.unit
    return pick(lang, unit.name, unit.name_en)


def _may_export() -> bool:
    account = acting_account_or_none()
    return account is None or account.may(Permission.EXPORT)


def _download(question: Question, state: MapState, figure: str, where: str) -> list[html.A]:
    if not _may_export():
        return []
    asked = {
        **_asked_where(state, where),
        "from": question.period.first.isoformat(),
        "to": question.period.last.isoformat(),
        "class": state.classes,
        "status": answers.status_terms(figure),
        "as_of": state.as_of,
    }
    link = html.A(
        t("map.drawer.export", state.lang),
        href=answers.export_address("incidents.csv", asked),
        className="link",
    )
    return [link]


def _asked_where(state: MapState, where: str) -> dict[str, str]:
    """Where the incidents of a list lie, as the interface is asked for them."""
    if where == answers.PICKED:
        return {"units": ",".join(state.picked), "level": state.picked_level}
    return {"unit": state.unit, "level": state.at if state.unit else "", "part": where}


async def _incident(services: Services, state: MapState, incident_id: int) -> tuple[str, Any]:
    found = await answers.find_incident(services.database, state, incident_id)
    detail, moment = found.detail, found.question.moment
    await record_first(services.database.writing, about_incident(detail))
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
            patch_button(place.unit_name, to_unit(place.unit_code, place.unit_level or ""), className="link")
            if place.unit_code
            else None,
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
        unit = await answers.find_unit(services.database, int(feature_id))
        if unit is None or (unit.code == state.unit and unit.level == (state.at or unit.level)):
            return None
        return to_unit(unit.address, unit.level)
    return None
