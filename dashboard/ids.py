"""By which id is each component known? The only place where ids are written."""

from typing import Any

PROVIDER = "theme-provider"
TOASTS = "toasts"
HELP = "help-dialog"

QUESTION = "map-question"
LAYERS = "map-layers"
PANEL = "map-panel"
SELECT = "map-select"
THEME = "map-theme"
CONTEXT = "map-context"
SPAN = "map-span"
VIEWPORT = "map-viewport"
TREE_OPEN = "map-tree-open"
ANSWER = "map-answer"
EXPORT_ORDER = "map-export-order"

PAGE = "map-page"
MAP = "map-view"
MAP_TOOLS = "map-tools"
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
CHANGE = "map-change"

ACCOUNT_ROUND = "account-round"
ACCOUNT_LANG = "account-lang"
ACCOUNT_FACTS = "account-facts"
TOKEN_LIST = "account-token-list"  # noqa: S105  # an id
TOKEN_SAID = "account-token-said"  # noqa: S105  # an id
TOKEN_ROUND = "account-token-round"  # noqa: S105  # an id
TOKEN_NAME = "account-token-name"  # noqa: S105  # an id
TOKEN_DAYS = "account-token-days"  # noqa: S105  # an id
TOKEN_SCOPES = "account-token-scopes"  # noqa: S105  # an id
TOKEN_ACT = "account-token-act"  # noqa: S105  # an id

AUDIT_QUESTION = "audit-question"
AUDIT_CHOSEN = "audit-chosen"
AUDIT_ROUND = "audit-round"
AUDIT_LANG = "audit-lang"
AUDIT_LIST = "audit-list"
AUDIT_DETAIL = "audit-detail"
AUDIT_CHAIN = "audit-chain"
AUDIT_EXPORT = "audit-export"
AUDIT_DATES = "audit-dates"
AUDIT_ACTION = "audit-action"
AUDIT_ACTOR = "audit-actor"
AUDIT_OBJECT = "audit-object"
AUDIT_ADDRESS = "audit-address"

ADMIN_LANG = "admin-lang"
ADMIN_ROUND = "admin-round"
ADMIN_SAID = "admin-said"
ADMIN_LIST = "admin-list"
ADMIN_WALLS = "admin-walls"
ADMIN_CHOSEN = "admin-chosen"
ADMIN_DETAIL = "admin-detail"
ADMIN_HEAD = "admin-head"
ADMIN_ROLE = "admin-role"
ADMIN_UNIT = "admin-unit"
ADMIN_DEPARTMENT = "admin-department"
ADMIN_NEW_NAME = "admin-new-name"
ADMIN_NEW_ROLE = "admin-new-role"
ADMIN_NEW_UNIT = "admin-new-unit"
ADMIN_NEW_DEPARTMENT = "admin-new-department"
ADMIN_WALL_NAME = "admin-wall-name"
ADMIN_WALL_UNIT = "admin-wall-unit"
ADMIN_WALL_DAYS = "admin-wall-days"
ADMIN_ROW = "admin-row"
ADMIN_ACT = "admin-act"


def chart(name: Any) -> dict[str, Any]:
    """Id of a chart; charts come after the first map picture, so they are addressed as a family."""
    return {"family": CHART, "name": name}


def change(name: Any) -> dict[str, Any]:
    """Id of the change beside a figure, which comes after the figure itself."""
    return {"family": CHANGE, "name": name}


def token_act(name: Any) -> dict[str, Any]:
    """Id of a button on the page of one's own account, by what it does."""
    return {"family": TOKEN_ACT, "name": name}


def admin_act(name: Any) -> dict[str, Any]:
    """Id of a button on the page of accounts, by what it does."""
    return {"family": ADMIN_ACT, "name": name}


def admin_row(account_id: Any) -> dict[str, Any]:
    """Id of the button that opens an account."""
    return {"family": ADMIN_ROW, "name": account_id}
