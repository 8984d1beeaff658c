"""What does the server do when the state of the map page changes? Parse, ask, view, return."""

from datetime import date
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from dashboard import ids
from dashboard.components.still import still
from dashboard.i18n.translate import pick, t
from dashboard.pages.map import answers
from dashboard.pages.map.answers import Place
from dashboard.pages.map.state import MapState, parse_state, preset_of
from dashboard.services import Services
from dashboard.views.charts import Look, view_charts
from dashboard.views.choices import class_choices, level_choices
from dashboard.views.figures import view_change, view_figures
from dashboard.views.incidents import view_list
from dashboard.views.notices import view_empty_city, view_nothing_in_period, view_refusal
from dashboard.views.numbers import write_count, write_moment
from dashboard.views.ranking import view_ranking, view_totals
from dashboard.views.replay import write_as_of
from dashboard.views.scenarios import view_scenarios
from dashboard.views.suggestions import view_suggestions
from dashboard.views.timeline import brush_range, view_strip, view_ticks, view_window
from dashboard.views.tree import unit_name, view_breadcrumb, view_tree
from dashboard.views.withheld import write_withheld
from data.reads.before import BeforeCache
from data.reads.catalog import groups_of
from data.reads.city import CityMoment
from data.reads.errors import CityEmpty, RequestRefused
from data.reads.levels import Level
from data.reads.question import Question
from data.reads.zone_facts import ZONE

Query = dict[str, str] | None


def register(app: Dash, services: Services) -> None:
    """Add every server callback of the page."""
    _register_place(app, services)
    _register_choices(app, services)
    kept = BeforeCache()
    _register_figures(app, services, kept)
    _register_changes(app, services, kept)
    _register_timeline(app, services)
    _register_charts(app, services)
    _register_newest(app, services)
    _register_search(app, services)


def _register_place(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.BREADCRUMB, "children"),
        Output(ids.TREE, "children"),
        Output(ids.CONTEXT, "data"),
        Output(ids.LEVEL, "data"),
        Output(ids.AS_OF, "children"),
        Output(ids.NOTICE, "children"),
        Output(ids.NOTICE, "className"),
        Input(ids.QUESTION, "data"),
        Input(ids.TREE_OPEN, "data"),
    )
    async def show_place(question: Query, opened: list[int] | None) -> tuple[Any, ...]:
        state = parse_state(question)
        try:
            place = await answers.find_place(services.database, state, opened or [])
        except CityEmpty:
            return _nowhere(still(view_empty_city(state.lang)))
        except RequestRefused as error:
            newest = await answers.find_newest_day(services.database)
            # The period buttons must still lead out of a period that cannot be used.
            return _nowhere(still(view_refusal(error, state.lang)), {"newest": newest.isoformat(), "preset": ""})
        return _somewhere(place, state)


def _nowhere(card: Any, context: dict[str, str] | None = None) -> tuple[Any, ...]:
    return ([], [], context, [], "", card, "notice")


def _somewhere(place: Place, state: MapState) -> tuple[Any, ...]:
    moment, lang = place.question.moment, state.lang
    level = place.level_of_unit
    path = [unit.id for unit in place.path]
    return (
        still(view_breadcrumb(place.path, pick(lang, level.name_zh, level.name_en), lang)),
        still(view_tree(place.path[0], place.opened, path, lang)),
        _context(place, state),
        level_choices(_levels_offered(place, state), lang),
        view_as_of(moment, lang),
        _notice(place, lang),
        "notice low",
    )


def _levels_offered(place: Place, state: MapState) -> tuple[Level, ...]:
    """The levels of the tree, and that of zones where there are any or it is chosen."""
    zones = place.tree.level
    return (*place.levels, zones) if zones.current or state.level == ZONE else place.levels


def view_as_of(moment: CityMoment, lang: str) -> str:
    """Time of the snapshot and version of the boundaries, in words."""
    return f"{write_as_of(moment, lang)} · {t('map.revision', lang, n=moment.boundary_revision)}"


def _context(place: Place, state: MapState) -> dict[str, Any]:
    period = place.question.period
    newest = newest_day(place.question.moment)
    return {
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "newest": newest.isoformat(),
        "preset": preset_of(period, newest),
        "level": place.level_shown(state).key,
        "zone": place.question.moment.time_zone,
        "past": {"asked": state.as_of, "as_of": place.question.moment.as_of.isoformat()} if state.as_of else None,
    }


def newest_day(moment: CityMoment) -> date:
    """The day on which the period buttons end."""
    return moment.last_day or moment.today


def _notice(place: Place, lang: str) -> Any:
    moment, period = place.question.moment, place.question.period
    if moment.first_day is None or moment.last_day is None:
        return None
    touches = period.last >= moment.first_day and period.first <= moment.last_day
    return None if touches else still(view_nothing_in_period(moment.last_day, lang))


def _register_choices(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.CLASS, "data"),
        Output(ids.SCENARIOS, "children"),
        Input(ids.QUESTION, "data"),
        State(ids.CLASS, "data"),
    )
    async def show_choices(question: Query, held: list[Any] | None) -> tuple[Any, Any]:
        state = parse_state(question)
        catalog = await answers.read_catalog(services.database)
        scenarios = still(view_scenarios(catalog.scenarios, state.scenario, state.lang))
        if held:
            return no_update, scenarios
        return class_choices(groups_of(catalog.classes), catalog.classes, catalog.scenarios, state.lang), scenarios


def _register_figures(app: Dash, services: Services, kept: BeforeCache) -> None:
    @app.callback(
        Output(ids.FIGURES, "children"),
        Output(ids.TOTALS, "children"),
        Output(ids.RANKING, "children"),
        Input(ids.QUESTION, "data"),
        Input(ids.LIVE, "data"),
        running=[(Output(ids.SIDE, "data-busy"), "true", "")],
    )
    async def show_figures(question: Query, _: Any) -> tuple[Any, Any, Any]:
        state = parse_state(question)
        figures = await answers.summarise(services.database, state)
        # What is brought up to date keeps its comparison, so that nothing flickers.
        before = await answers.compare(services.database, kept, state) if ctx.triggered_id == ids.LIVE else None
        summary = figures.summary
        moment = summary.question.moment
        as_of = write_moment(moment.as_of, moment.zone)
        return (
            view_figures(summary, as_of, state.lang, before),
            still(view_totals(summary, as_of, state.lang)),
            still(view_ranking(figures, state.metric, state.lang)),
        )


def _register_changes(app: Dash, services: Services, kept: BeforeCache) -> None:
    @app.callback(
        Output(ids.change(ALL), "children"),
        Input(ids.FIGURES, "children"),
        State(ids.QUESTION, "data"),
        prevent_initial_call=True,
    )
    async def show_changes(_: Any, question: Query) -> Any:
        keys = [output["id"]["name"] for output in ctx.outputs_list]
        state = parse_state(question)
        before = await answers.compare(services.database, kept, state)
        return [view_change(before, key, state.lang) for key in keys]


def _register_timeline(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.TIMELINE, "children"),
        Output(f"{ids.TIMELINE}-window", "children"),
        Output(f"{ids.TIMELINE}-ticks", "children"),
        Output(ids.BRUSH, "max"),
        Output(ids.BRUSH, "value"),
        Output(ids.SPAN, "data"),
        Input(ids.QUESTION, "data"),
    )
    async def show_timeline(question: Query) -> tuple[Any, ...]:
        state = parse_state(question)
        series = await answers.count_days(services.database, state)
        period, window = series.question.period, series.window
        brushed = list(brush_range(period, window))
        n = sum(count.n for count in series.days if window.first <= count.day <= window.last)
        return (
            still(view_strip(series.days, window, withheld=series.question.is_withheld)),
            still(view_window(period, window, _told(n, series.question, state.lang), state.lang)),
            still(view_ticks(period)),
            max(1, period.length_days - 1),
            brushed,
            {"first": period.first.isoformat(), "last": period.last.isoformat(), "range": brushed},
        )


def _told(n: int, question: Question, lang: str) -> str:
    return write_withheld(lang) if question.hides(n) else t("map.timeline.sum", lang, n=write_count(n))


def _register_charts(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.CHARTS, "children"),
        Input(ids.QUESTION, "data"),
        Input(ids.THEME, "data"),
        Input(ids.VIEWPORT, "data"),
        prevent_initial_call=True,
    )
    async def show_charts(question: Query, theme: Query, viewport: dict[str, float] | None) -> Any:
        if not viewport:
            return no_update
        state = parse_state({**(question or {}), **(theme or {})})
        classes = await answers.count_classes(services.database, state)
        series = await answers.count_days(services.database, state)
        days = [count for count in series.days if series.window.first <= count.day <= series.window.last]
        look = Look(state.theme, state.lang, viewport["rem"])
        return view_charts(classes, days if len(days) > 1 else series.days, state.classes, look, series.question)


def _register_newest(app: Dash, services: Services) -> None:
    @app.callback(Output(ids.NEWEST, "children"), Input(ids.QUESTION, "data"), Input(ids.LIVE, "data"))
    async def show_newest(question: Query, _: Any) -> Any:
        state = parse_state(question)
        asked, page = await answers.list_newest(services.database, state)
        return still(view_list(page.incidents, asked, state.lang))


def _register_search(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.SUGGESTIONS, "children"),
        Input(ids.SEARCH, "value"),
        State(ids.QUESTION, "data"),
        prevent_initial_call=True,
    )
    async def suggest(text: str | None, question: Query) -> Any:
        lang = parse_state(question).lang
        if not text or not text.strip():
            return []
        found = await answers.search(services.database, text)
        levels = {level.key: pick(lang, level.name_zh, level.name_en) for level in found.levels}
        where = {
            unit.id: " · ".join([levels[unit.level], *(unit_name(above, lang) for above in found.above[unit.id])])
            for unit in found.units
        }
        return still(view_suggestions(text, found.units, where, lang))
