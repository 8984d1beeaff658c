"""By which id is each component known? The only place where ids are written."""

from typing import Any

PROVIDER = "theme-provider"
TOASTS = "toasts"
HELP = "help-dialog"
LIVE_MARK = "live-mark"

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
LIVE = "map-live"

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
HANDLING = "map-handling"
CHARTS = "map-charts"
NEWEST = "map-newest"

TIMELINE = "map-timeline"
BRUSH = "map-brush"
PLAY = "map-play"
AS_OF = "map-as-of"
REPLAY_FRAME = "replay-frame"
REPLAY_MOMENT = "replay-moment"
REPLAY_BAR = "replay-bar"
REPLAY_WORDS = "replay-words"

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

ZONES_PAGE = "zones-page"
ZONES_WORDS = "zones-words"
ZONES_PLAN = "zones-plan"
ZONES_CHOSEN = "zones-chosen"
ZONES_BAR = "zones-bar"
ZONES_PROPOSE = "zones-propose"
ZONES_MAP = "zones-map"
ZONES_TOOLS = "zones-tools"
ZONES_BRUSH = "zones-brush"
ZONES_LEGEND = "zones-legend"
ZONES_PREVIEW = "zones-preview"
ZONES_REFUSAL = "zones-refusal"
ZONES_SELECTION = "zones-selection"
ZONES_EMPTY = "zones-empty"
ZONES_COMPARE = "zones-compare"
ZONES_HISTORY = "zones-history"
ZONES_TAB = "zones-tab"
ZONES_PANEL = "zones-panel"
ZONES_METRICS = "zones-metrics"
ZONES_NEXT = "zones-next"
ZONES_REASONS = "zones-reasons"
ZONES_WHAT_IF = "zones-what-if"
ZONES_COMMENTS = "zones-comments"

PROPOSE_WITHIN = "zones-propose-within"
PROPOSE_BASE = "zones-propose-base"
PROPOSE_AIM = "zones-propose-aim"
PROPOSE_ZONES = "zones-propose-zones"
PROPOSE_FLOOR = "zones-propose-floor"
PROPOSE_DATES = "zones-propose-dates"
PROPOSE_WEIGHT = "zones-propose-weight"
PROPOSE_WORKLOAD = "zones-propose-workload"
PROPOSE_TOLERANCE = "zones-propose-tolerance"
PROPOSE_LEAST = "zones-propose-least"
PROPOSE_MOST = "zones-propose-most"
PROPOSE_FENCE = "zones-propose-fence"
PROPOSE_CODES = "zones-propose-codes"
PROPOSE_GROUPS = "zones-propose-groups"
PROPOSE_WISH = "zones-propose-wish"
PROPOSE_SEED = "zones-propose-seed"
PROPOSE_SECONDS = "zones-propose-seconds"
PROPOSE_STABLE = "zones-propose-stable"
PROPOSE_ACTS = "zones-propose-acts"
PROPOSE_STATE = "zones-propose-state"
PROPOSE_CURVE = "zones-propose-curve"
PROPOSE_RESULT = "zones-propose-result"
TRAY = "zones-tray"
REASONS_ZONE = "zones-reasons-zone"
REASONS_PAIR = "zones-reasons-pair"
STABILITY = "zones-stability"
WHAT_IF_DATES = "zones-what-if-dates"
WHAT_IF_SHIFTS = "zones-what-if-shifts"
WHAT_IF_AGAINST = "zones-what-if-against"
WHAT_IF_STATE = "zones-what-if-state"
WHAT_IF_LOAD = "zones-what-if-load"
WHAT_IF_WEEKS = "zones-what-if-weeks"
WHAT_IF_RESULT = "zones-what-if-result"
COVERAGE = "zones-coverage"

WALL_PAGE = "wall-page"
WALL_WORDS = "wall-words"
WALL_RAMPS = "wall-ramps"
WALL_MAP = "wall-map"

ALERTS_PAGE = "alerts-page"
ALERTS_WORDS = "alerts-words"
ALERTS_STATE = "alerts-state"
ALERTS_SAVED = "alerts-saved"
ALERTS_FILTERS = "alerts-filters"
ALERTS_LIST = "alerts-list"
ALERTS_DETAIL = "alerts-detail"
ALERTS_MAP = "alerts-map"

CASES_PAGE = "cases-page"
CASES_WORDS = "cases-words"
CASES_QUEUE = "cases-queue"
CASES_SAVED = "cases-saved"
CASES_FILTERS = "cases-filters"
CASES_FIGURE = "cases-figure"
CASES_BULK = "cases-bulk"
CASES_GRID = "cases-grid"
CASES_EMPTY = "cases-empty"
CASES_STATE = "cases-state"
CASES_CASE = "cases-case"
CASES_SIDE = "cases-side"
CASES_MAP = "cases-map"
CASES_TAB = "cases-tab"
CASES_PANEL = "cases-panel"
CASES_DUPLICATES = "cases-duplicates"
CASES_SAME_PLACE = "cases-same-place"
CASES_PHOTOS = "cases-photos"
CASES_NEW = "cases-new"
CASES_FORM = "cases-form"


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
