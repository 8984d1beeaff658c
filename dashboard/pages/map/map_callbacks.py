"""What does the map itself get from the server when the state changes?"""

from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, no_update

from dashboard import ids
from dashboard.components.map_view.commands import LegendEntry as PngLegendEntry
from dashboard.components.map_view.commands import PngExport
from dashboard.components.map_view.component import layer_props, source_props
from dashboard.components.still import still
from dashboard.i18n.translate import pick, t
from dashboard.pages.map import answers
from dashboard.pages.map.drawing import (
    PLACE_SYMBOLS,
    Coloured,
    colour_sheet,
    draw_layers,
    draw_legend,
    draw_sources,
    draw_tooltip,
    draw_values,
    theme_of,
    view_command,
)
from dashboard.pages.map.picture import Picture, read_picture
from dashboard.pages.map.state import MapState, parse_state
from dashboard.services import Services
from dashboard.views.legend import view_legend
from dashboard.views.plans import write_plan
from dashboard.views.replay import released_note, write_as_of
from dashboard.views.tree import unit_name
from data.reads.choropleth_cache import ChoroplethCache
from data.reads.errors import RequestRefused
from layers.legend import Legend

Query = dict[str, str] | None


def register(app: Dash, services: Services) -> None:
    """Add the callbacks of the map; values that are still exact are kept between them."""
    kept = ChoroplethCache()
    _register_picture(app, services, kept)
    _register_picked(app, services)
    _register_png(app, services, kept)


def _register_picked(app: Dash, services: Services) -> None:
    @app.callback(Output(ids.MAP, "selectedIds"), Input(ids.SELECT, "data"), State(ids.QUESTION, "data"))
    async def mark_picked(select: Query, question: Query) -> Any:
        state = parse_state({**(question or {}), **(select or {})})
        try:
            level, units = await answers.list_picked(services.database, state)
        except RequestRefused:
            level, units = "", ()
        return {"layer": f"units-{level}" if level else None, "ids": list(units)}


def _register_picture(app: Dash, services: Services, kept: ChoroplethCache) -> None:
    @app.callback(
        Output(ids.MAP, "sources"),
        Output(ids.MAP, "layers"),
        Output(ids.MAP, "values"),
        Output(ids.MAP, "tooltips"),
        Output(ids.MAP, "ariaLabel"),
        Output(ids.LEGEND, "children"),
        Output(ids.MAP, "view"),
        Input(ids.QUESTION, "data"),
        Input(ids.LAYERS, "data"),
        Input(ids.THEME, "data"),
        State(ids.MAP, "status"),
        running=[(Output(ids.MAP, "busy"), True, False)],
    )
    async def draw(question: Query, layers: Query, theme: Query, status: dict[str, Any] | None) -> tuple[Any, ...]:
        state = parse_state({**(question or {}), **(layers or {}), **(theme or {})})
        picture = await read_picture(services.database, kept, state)
        is_shown = bool(status and status.get("ready"))
        view = view_command(picture.question.unit, fly=is_shown).as_prop()
        return (*_drawn(picture, state, services), view)


def _drawn(picture: Picture, state: MapState, services: Services) -> tuple[Any, ...]:
    theme = theme_of(state)
    sheets = [colour_sheet(sheet, state, theme) for sheet in (picture.focus, picture.context) if sheet is not None]
    version = round(services.now().timestamp() * 1000)
    revision = picture.question.moment.boundary_revision
    return (
        source_props(draw_sources(picture, state)),
        layer_props(draw_layers(picture, state)),
        [draw_values(sheet, version, revision).as_prop() for sheet in sheets],
        [draw_tooltip(sheet, picture, state).as_prop() for sheet in sheets],
        _label(picture, state),
        still(view_legend(_legends(sheets[0], picture, state), _symbols(state), state.lang)),
    )


def _legends(focus: Coloured, picture: Picture, state: MapState) -> list[Legend]:
    asked = picture.question
    if picture.overlay is not None:
        note = t("map.legend.without_sensitive", state.lang) if asked.withheld_ids else ""
        legend = picture.overlay.legend
    else:
        note = released_note(asked, state.lang)
        legend = draw_legend(focus, state, theme_of(state))
    notes = [note] if note else []
    if picture.overlay is None:
        notes += [write_plan(plan, state.lang) for plan in picture.plans]
    return [replace(legend, notes=(*legend.notes, *notes))]


def _symbols(state: MapState) -> list[tuple[str, str]]:
    if "places" not in state.overlays:
        return []
    return [(sign, t(f"place.{kind}", state.lang)) for kind, sign in PLACE_SYMBOLS.items()]


def _label(picture: Picture, state: MapState) -> str:
    level = picture.focus.level
    metric = t(f"map.metric.{state.metric}", state.lang)
    return t("map.label", state.lang, metric=metric, level=pick(state.lang, level.name_zh, level.name_en))


def _register_png(app: Dash, services: Services, kept: ChoroplethCache) -> None:
    @app.callback(
        Output(ids.MAP, "exportPng"),
        Input(ids.EXPORT_ORDER, "data"),
        State(ids.QUESTION, "data"),
        State(ids.THEME, "data"),
        prevent_initial_call=True,
    )
    async def order_png(order: dict[str, Any] | None, question: Query, theme: Query) -> Any:
        if not order:
            return no_update
        state = parse_state({**(question or {}), **(theme or {})})
        picture = await read_picture(services.database, kept, state)
        return _png(picture, state, int(order["nonce"])).as_prop()


def _png(picture: Picture, state: MapState, nonce: int) -> PngExport:
    legend = draw_legend(colour_sheet(picture.focus, state, theme_of(state)), state, theme_of(state))
    asked = picture.question
    path = " › ".join(unit_name(unit, state.lang) for unit in picture.path)
    days = t("map.timeline.range", state.lang, first=asked.period.first, last=asked.period.last)
    return PngExport(
        nonce=nonce,
        title=f"{path} · {legend.title}",
        subtitle=" · ".join([days, legend.unit, *(write_plan(plan, state.lang) for plan in picture.plans)]),
        legend=tuple(_png_entry(entry.label, entry.colour, entry.shape) for entry in legend.entries),
        footer=write_as_of(asked.moment, state.lang),
        file_name=f"map_{asked.unit.code}_{asked.period.first}_{asked.period.last}.png",
    )


def _png_entry(label: str, colour: str, shape: str) -> PngLegendEntry:
    match shape:
        case "hatch":
            return PngLegendEntry(label, colour, "noData")
        case "dots":
            return PngLegendEntry(label, colour, "suppressed")
        case _:
            return PngLegendEntry(label, colour)
