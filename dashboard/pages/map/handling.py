"""What does the map page show of figures of handling: the card, the cases behind a number, the league table?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, html

from dashboard import ids
from dashboard.components.still import still
from dashboard.errors import StateInvalid
from dashboard.i18n.translate import pick, t
from dashboard.pages.map.answers import LIST_LENGTH, ask_window
from dashboard.pages.map.state import MapState, parse_state, write_after
from dashboard.services import Services
from dashboard.views.handling import RANKED, view_handling, view_league
from dashboard.views.incidents import view_list, view_pages
from dashboard.views.numbers import write_count
from data.audit.asked import about_question
from data.audit.entry import Action
from data.audit.record import record_first
from data.figures.cases import PARTS, FigureList, read_cases
from data.figures.counting import Parts
from data.figures.definition import FigureDefinition, definition_of, definitions
from data.figures.league import league, league_rules
from data.figures.read import By, Subject, read_figures
from data.reads.incident_filter import decode_cursor
from data.reads.incidents import IncidentPage
from data.reads.question import Question

Query = dict[str, str] | None

_BY: Mapping[str, By] = {"": "none", "unit": "unit", "department": "department"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A number whose cases the drawer shows: `figure:KEY:PART:KIND`, or with `:unit:CODE` or `:department:KEY`."""

    figure: FigureDefinition
    part: str
    adjusted: bool
    by: By = "none"
    code: str = ""

    @property
    def listed(self) -> FigureList:
        """The cases of the number."""
        child = self.code if self.by == "unit" else ""
        department = self.code if self.by == "department" else ""
        return FigureList(self.figure, self.part, self.adjusted, child, department)


def register(app: Dash, services: Services) -> None:
    """Add the callback of the card."""

    @app.callback(Output(ids.HANDLING, "children"), Input(ids.QUESTION, "data"))
    async def show_handling(question: Query) -> Any:
        state = parse_state(question)
        async with services.database.reading() as conn:
            found = await read_figures(conn, await ask_window(conn, state), definitions())
        return still(view_handling(found, state.lang))


def parse_asked(key: str) -> Asked:
    """The number that an address names after `figure:`.

    Raises:
        StateInvalid: It names none.
        FigureUnknown: There is no such figure.
    """
    figure, part, kind, by, code = (*key.split(":", 4), "", "", "", "")[:5]
    if part not in PARTS or kind not in ("factual", "adjusted") or by not in _BY:
        raise StateInvalid("panel", f"figure:{key}", "Use figure:handling_rate:numerator:factual.")
    return Asked(definition_of(figure), part, kind == "adjusted", _BY[by], code)


async def show_cases(services: Services, state: MapState, key: str) -> tuple[str, Any]:
    """Title and body of the drawer for the cases behind a number."""
    asked = parse_asked(key)
    async with services.database.reading() as conn:
        question = await ask_window(conn, state)
        page = await read_cases(conn, question, asked.listed, after=decode_cursor(state.after), limit=LIST_LENGTH)
        found = await read_figures(conn, question, [asked.figure], asked.by)
    subject = next((item for item in found.items if item.code == asked.code), None)
    figures = found.total if asked.by == "none" else subject.figures if subject else {}
    count = figures.get(asked.figure.key)
    parts = Parts() if count is None else count.adjusted if asked.adjusted else count.factual
    await _record(services, question, asked, page, state)
    return _title(asked, question, subject, state.lang), _body(page, parts, asked, question, state)


async def show_league(services: Services, state: MapState, by: str) -> tuple[str, Any]:
    """Title and body of the drawer for the league table."""
    if by not in RANKED:
        raise StateInvalid("panel", f"league:{by}", "Use league:unit or league:department.")
    rules = league_rules()
    async with services.database.reading() as conn:
        found = await read_figures(conn, await ask_window(conn, state), rules.figures, _BY[by])
    return t("map.league", state.lang), view_league(found, league(found.items, rules), rules, state.lang)


async def _record(services: Services, question: Question, asked: Asked, page: IncidentPage, state: MapState) -> None:
    told = {"figure": asked.figure.key, "part": asked.part, "adjusted": asked.adjusted, asked.by: asked.code}
    more = told | {"shown": len(page.incidents), "follows_page": bool(state.after) or None}
    entry = about_question(Action.INCIDENTS_LISTED, "figures", question, None, **more)
    await record_first(services.database.writing, entry)


def _title(asked: Asked, question: Question, subject: Subject | None, lang: str) -> str:
    whose = subject or question.unit
    figure = pick(lang, asked.figure.zh, asked.figure.en)
    return t("map.handling.title", lang, figure=figure, unit=pick(lang, whose.name, whose.name_en))


def _body(page: IncidentPage, parts: Parts, asked: Asked, question: Question, state: MapState) -> list[Any]:
    lang = state.lang
    days = t("map.timeline.range", lang, first=question.period.first, last=question.period.last)
    kind = t(f"map.handling.{'adjusted' if asked.adjusted else 'factual'}", lang)
    n = parts.numerator if asked.part == "numerator" else parts.denominator
    words = t(f"map.handling.{asked.part}", lang, n=write_count(n))
    formula = pick(lang, asked.figure.formula_zh, asked.figure.formula_en)
    head = [html.Span(f"{days} · {kind} · {words}", className="quiet"), html.P(formula, className="quiet")]
    listed = view_list(page.incidents, question, lang)
    return [html.Div(head), listed, view_pages(state.before_page, write_after(page, state.before_page), lang)]
