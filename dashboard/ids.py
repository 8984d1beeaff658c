"""By which id is each component known? The only place where ids are written."""

from typing import Any

PROVIDER = "theme-provider"
TOASTS = "toasts"
HELP = "help-dialog"

QUESTION = "map-question"
LAYERS = "map-layers"
PANEL = "map-panel"
THEME = "map-theme"
CONTEXT = "map-context"
SPAN = "map-span"
VIEWPORT = "map-viewport"
TREE_OPEN = "map-tree-open"
ANSWER = "map-answer"
EXPORT_ORDER = "map-export-order"

PAGE = "map-page"
MAP = "map-view"
NOTICE = "map-notice"
LEGEND = "map-legend"
TOTALS = "map-totals"

BREADCRUMB = "map-breadcrumb"
SEARCH = "map-search"
SUGGESTIONS = "map-suggestions"
PRESET = "map-preset"
DATES = "map-dates"
CLASS = "map-class"
METRIC = "map-metric"
MEASURE = "map-measure"
EXPORT_WORDS = "map-export-words"
EXPORT_STATE = "map-export-state"

TREE = "map-tree"
SCENARIOS = "map-scenarios"
LEVEL = "map-level"
DENSITY = "map-density"
OVERLAYS = "map-overlays"
SCHEME = "map-scheme"

SIDE = "map-side"
FIGURES = "map-figures"
RANKING = "map-ranking"
CHARTS = "map-charts"
NEWEST = "map-newest"

TIMELINE = "map-timeline"
BRUSH = "map-brush"
PLAY = "map-play"
AS_OF = "map-as-of"

DRAWER = "map-drawer"
DRAWER_BODY = "map-drawer-body"

CHART = "map-chart"


def chart(name: Any) -> dict[str, Any]:
    """Id of a chart; charts come after the first map picture, so they are addressed as a family."""
    return {"family": CHART, "name": name}
