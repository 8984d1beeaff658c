"""With which tools are zones edited on the map, and what is a stroke applied to?"""

from typing import Any

from dash import html

from dashboard import ids
from dashboard.i18n.translate import t
from dashboard.views.patches import attributes, icon

TOOLS = (("pan", "V"), ("box", "B"), ("lasso", "L"), ("paint", "P"), ("line", "K"))


def view_map_tools(lang: str) -> html.Div:
    """Tools in the corner of the map; level and zone that a stroke goes to are filled in with the plan."""
    tools = [_tool(tool, key, lang) for tool, key in TOOLS]
    return html.Div(
        [
            html.Div(tools, className="map-tool-row"),
            html.Div(id=ids.ZONES_BRUSH, className="zones-brush"),
            html.Span(id=f"{ids.ZONES_BRUSH}-hint", className="map-tool-hint", role="status"),
        ],
        id=ids.ZONES_TOOLS,
        className="map-tools zones-tools",
        role="toolbar",
        **attributes({"aria-label": t("zones.tools", lang), "data-on": "pan"}),
    )


def _tool(tool: str, key: str, lang: str) -> Any:
    words = t(f"zones.tool.{tool}", lang)
    return html.Button(
        icon(tool),
        type="button",
        className="map-tool",
        title=f"{words} ({key})",
        **attributes(
            {
                "data-zones-tool": tool,
                "aria-label": words,
                "aria-pressed": str(tool == "pan").lower(),
                "aria-keyshortcuts": key,
            }
        ),
    )
