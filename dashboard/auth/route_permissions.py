"""Which permission does each address, callback and live message need? The one table; what it does not list is refused.

A new route, page, callback or message takes a line here. `tests/dashboard/test_closed_doors.py` enumerates the running
application and fails for what has no line, and for a line that nothing stands behind. What a map layer needs is part
of its own declaration (`layers/registry.py`) and asked for by `dashboard/auth/tile_access.py`.
"""

from collections.abc import Mapping
from enum import StrEnum

from data.accounts.permissions import Permission


class Standing(StrEnum):
    """What is asked for where no single permission is."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed in"


Need = Permission | Standing
ANYBODY, SIGNED_IN = Standing.ANYBODY, Standing.SIGNED_IN
LIVE = "WEBSOCKET"

ROUTES: Mapping[tuple[str, str], Need] = {
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/login"): ANYBODY,
    ("POST", "/login"): ANYBODY,
    ("POST", "/login/demo"): ANYBODY,
    ("GET", "/login/style.css"): ANYBODY,
    ("GET", "/login/sso"): ANYBODY,
    ("GET", "/login/sso/return"): ANYBODY,
    ("POST", "/logout"): ANYBODY,
    ("GET", "/wall/enter"): ANYBODY,
    ("GET", "/wall/enter.js"): ANYBODY,
    ("POST", "/wall/enter"): ANYBODY,
    # The page behind a code that hangs in a grid: people report from there without an account.
    ("GET", "/report/page.css"): ANYBODY,
    ("GET", "/report/page.js"): ANYBODY,
    ("GET", "/report/{code}"): ANYBODY,
    ("POST", "/report/{code}"): ANYBODY,
    ("GET", "/report/{code}/r/{receipt}"): ANYBODY,
    ("GET", "/login/password"): SIGNED_IN,
    ("POST", "/login/password"): SIGNED_IN,
    ("GET", "/"): SIGNED_IN,
    ("GET", "/map"): Permission.MAP,
    ("GET", "/cases"): Permission.INCIDENT_DETAILS,
    ("GET", "/zones"): Permission.ZONES,
    ("GET", "/alerts"): Permission.ALERTS,
    ("GET", "/wall"): Permission.WALL,
    ("GET", "/wall/remote"): Permission.WALL_REMOTE,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account/choices"): SIGNED_IN,
    ("GET", "/admin"): Permission.ACCOUNTS,
    ("GET", "/audit"): Permission.AUDIT,
    ("GET", "/export/map.html"): Permission.EXPORT,
    ("GET", "/metrics"): Permission.METRICS,
    ("GET", "/tiles/{path:path}"): Permission.MAP,
    ("GET", "/api/docs"): SIGNED_IN,
    ("GET", "/api/docs.js"): SIGNED_IN,
    ("GET", "/api/docs.css"): SIGNED_IN,
    ("GET", "/api/openapi.json"): SIGNED_IN,
    ("GET", "/api/v1/me"): SIGNED_IN,
    ("GET", "/api/v1/tokens"): Permission.OWN_TOKENS,
    ("POST", "/api/v1/tokens"): Permission.OWN_TOKENS,
    ("DELETE", "/api/v1/tokens/{id}"): Permission.OWN_TOKENS,
    ("GET", "/api/v1/units"): Permission.MAP,
    ("GET", "/api/v1/units/search"): Permission.MAP,
    ("GET", "/api/v1/units/at"): Permission.MAP,
    ("GET", "/api/v1/units/{code}"): Permission.MAP,
    ("GET", "/api/v1/places"): Permission.MAP,
    ("POST", "/api/v1/classes/suggest"): Permission.INCIDENT_REPORT,
    ("GET", "/api/v1/levels"): Permission.MAP,
    ("GET", "/api/v1/classes"): Permission.MAP,
    ("GET", "/api/v1/scenarios"): Permission.MAP,
    ("GET", "/api/v1/summary"): Permission.MAP,
    ("GET", "/api/v1/summary/before"): Permission.MAP,
    ("GET", "/api/v1/figures"): Permission.MAP,
    ("GET", "/api/v1/figures/days"): Permission.MAP,
    ("GET", "/api/v1/figures/{key}/cases"): Permission.INCIDENTS,
    ("GET", "/api/v1/league"): Permission.MAP,
    ("GET", "/api/v1/choropleth"): Permission.MAP,
    ("GET", "/api/v1/choropleth.bin"): Permission.MAP,
    ("GET", "/api/v1/incidents"): Permission.INCIDENTS,
    ("GET", "/api/v1/replay"): Permission.INCIDENTS,
    ("POST", "/api/v1/incidents"): Permission.INCIDENT_REPORT,
    ("GET", "/api/v1/incidents/{id}"): Permission.INCIDENT_DETAILS,
    ("GET", "/api/v1/cases"): Permission.INCIDENT_DETAILS,
    ("GET", "/api/v1/cases/queues"): Permission.INCIDENT_DETAILS,
    ("GET", "/api/v1/cases/{id}"): Permission.INCIDENT_DETAILS,
    # Each act needs a right of its own, which the table of transitions asks for: to approve is not to move on.
    ("POST", "/api/v1/cases/{id}/transitions"): Permission.INCIDENT_DETAILS,
    ("POST", "/api/v1/cases/transitions"): Permission.INCIDENT_DETAILS,
    ("GET", "/api/v1/cases/{id}/attachments"): Permission.INCIDENT_DETAILS,
    ("POST", "/api/v1/cases/{id}/attachments"): Permission.CASE_TRANSITION,
    ("GET", "/api/v1/cases/{id}/attachments/{attachment}"): Permission.INCIDENT_DETAILS,
    ("GET", "/api/v1/cases/{id}/attachments/{attachment}/thumbnail"): Permission.INCIDENT_DETAILS,
    ("GET", "/api/v1/cases/{id}/duplicates"): Permission.INCIDENT_DETAILS,
    ("GET", "/api/v1/cases/{id}/same-place"): Permission.INCIDENT_DETAILS,
    ("POST", "/api/v1/duplicates"): Permission.INCIDENT_REPORT,
    ("GET", "/api/v1/risks"): Permission.ALERTS,
    ("GET", "/api/v1/risks/rules"): Permission.ALERTS,
    ("GET", "/api/v1/risks/{id}"): Permission.ALERTS,
    ("POST", "/api/v1/risks/{id}/acknowledge"): Permission.ALERT_ACKNOWLEDGE,
    ("POST", "/api/v1/risks/{id}/assign"): Permission.ALERT_ACKNOWLEDGE,
    ("POST", "/api/v1/risks/{id}/review"): Permission.ALERT_ACKNOWLEDGE,
    ("POST", "/api/v1/risks/{id}/close"): Permission.ALERT_ACKNOWLEDGE,
    ("GET", "/api/v1/wall/scenes"): Permission.WALL,
    ("GET", "/api/v1/wall/groups"): Permission.WALL_REMOTE,
    ("PUT", "/api/v1/wall/groups"): Permission.WALL_REMOTE,
    ("POST", "/api/v1/wall/displays"): Permission.WALL,
    ("GET", "/api/v1/zones/sheet"): Permission.ZONES,
    ("GET", "/api/v1/export/incidents.{kind}"): Permission.EXPORT,
    ("GET", "/api/v1/export/units.{kind}"): Permission.EXPORT,
    ("GET", "/api/v1/export/selection.{kind}"): Permission.EXPORT,
    ("POST", "/api/v1/zones/difference"): Permission.ZONE_COMMENT,
    ("POST", "/api/v1/zones/plans/propose"): Permission.ZONE_PROPOSE,
    ("GET", "/api/v1/zones/jobs/{job}"): Permission.ZONES,
    ("DELETE", "/api/v1/zones/jobs/{job}"): Permission.ZONE_COMMENT,
    ("GET", "/api/v1/zones/plans/{id}/reasons"): Permission.ZONES,
    ("POST", "/api/v1/zones/plans/{id}/stability"): Permission.ZONE_COMMENT,
    ("POST", "/api/v1/zones/plans/{id}/replay"): Permission.ZONE_COMMENT,
    ("GET", "/api/v1/zones/plans/{id}/coverage"): Permission.ZONES,
    ("GET", "/api/v1/zones/plans/{id}/next-moves"): Permission.ZONES,
    ("GET", "/api/v1/zones/plans/{id}/posts"): Permission.ZONES,
    ("GET", "/api/v1/zones/plans/{id}/evidence.html"): Permission.EXPORT,
    ("GET", "/api/v1/zones/plans/{id}/evidence.zip"): Permission.EXPORT,
    ("GET", "/api/v1/zones/plans/{id}/export/{kind}"): Permission.EXPORT,
    ("POST", "/api/v1/zones/plans/import"): Permission.ZONE_PROPOSE,
    ("GET", "/api/v1/zones/plans"): Permission.ZONES,
    ("POST", "/api/v1/zones/plans"): Permission.ZONE_PROPOSE,
    ("GET", "/api/v1/zones/plans/{id}"): Permission.ZONES,
    ("PATCH", "/api/v1/zones/plans/{id}"): Permission.ZONE_PROPOSE,
    ("DELETE", "/api/v1/zones/plans/{id}"): Permission.ZONE_PROPOSE,
    ("GET", "/api/v1/zones/plans/{id}/steps"): Permission.ZONES,
    ("GET", "/api/v1/zones/plans/{id}/events"): Permission.ZONES,
    ("POST", "/api/v1/zones/plans/{id}/moves"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/merge"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/split"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/fill"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/locks"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/undo"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/redo"): Permission.ZONE_PROPOSE,
    ("PATCH", "/api/v1/zones/plans/{id}/zones/{no}"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/preview"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/review"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/reopen"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/return"): Permission.ZONE_ADOPT,
    ("POST", "/api/v1/zones/plans/{id}/adopt"): Permission.ZONE_ADOPT,
    ("POST", "/api/v1/zones/plans/{id}/withdraw"): Permission.ZONE_PROPOSE,
    ("POST", "/api/v1/zones/plans/{id}/end"): Permission.ZONE_ADOPT,
    ("GET", "/api/v1/zones/plans/{id}/comments"): Permission.ZONES,
    ("POST", "/api/v1/zones/plans/{id}/comments"): Permission.ZONE_COMMENT,
    ("POST", "/api/v1/zones/plans/{id}/comments/{comment_id}/resolve"): Permission.ZONE_COMMENT,
    ("GET", "/api/v1/zones/teams"): Permission.ZONES,
    ("POST", "/api/v1/zones/teams"): Permission.ZONE_PROPOSE,
    ("PATCH", "/api/v1/zones/teams/{id}"): Permission.ZONE_PROPOSE,
    ("GET", "/api/v1/zones/links"): Permission.ZONES,
    ("PUT", "/api/v1/zones/links"): Permission.ZONE_PROPOSE,
    ("GET", "/api/v1/audit"): Permission.AUDIT,
    ("GET", "/api/v1/audit/export.csv"): Permission.AUDIT,
    ("GET", "/api/v1/audit/chain"): Permission.AUDIT,
    ("POST", "/api/v1/audit/verify"): Permission.AUDIT,
    ("GET", "/open311/v2/services.{format}"): Permission.MAP,
    ("GET", "/open311/v2/services/{service_code}.{format}"): Permission.MAP,
    ("GET", "/open311/v2/requests.{format}"): Permission.INCIDENTS,
    ("POST", "/open311/v2/requests.{format}"): Permission.INCIDENT_REPORT,
    ("GET", "/open311/v2/requests/{id}.{format}"): Permission.INCIDENTS,
    ("GET", "/open311/v2/tokens/{token}.{format}"): Permission.INCIDENTS,
    ("GET", "/api/v1/webhooks"): Permission.ACCOUNTS,
    ("POST", "/api/v1/webhooks"): Permission.ACCOUNTS,
    ("DELETE", "/api/v1/webhooks/{id}"): Permission.ACCOUNTS,
    ("POST", "/api/v1/webhooks/{id}/test"): Permission.ACCOUNTS,
    ("GET", "/api/v1/webhooks/{id}/dead"): Permission.ACCOUNTS,
    ("POST", "/api/v1/webhooks/{id}/retry"): Permission.ACCOUNTS,
    ("GET", "/assets/{path:path}"): SIGNED_IN,
    ("GET", "/_dash-component-suites/{package}/{path:path}"): SIGNED_IN,
    ("GET", "/_dash-layout"): SIGNED_IN,
    ("GET", "/_dash-dependencies"): SIGNED_IN,
    ("POST", "/_dash-update-component"): SIGNED_IN,
    ("GET", "/_reload-hash"): SIGNED_IN,
    ("GET", "/_favicon.ico"): SIGNED_IN,
    (LIVE, "/_dash-ws-callback"): SIGNED_IN,
    (LIVE, "/live"): SIGNED_IN,
}
"""Method and path template. A callback, by either of the last two ways, also needs what OUTPUTS says."""

FALLBACKS = frozenset({"{path:path}", "/{path:path}", "/api/{path:path}"})
"""Routes for every path: they draw the pages, or say that there is nothing. Only listed paths come as far as that."""

OUTPUTS: Mapping[str, Need] = {
    "_pages_content": SIGNED_IN,
    "_pages_store": SIGNED_IN,
    "map-": Permission.MAP,
    "map-newest": Permission.INCIDENTS,
    "map-view.exportPng": Permission.EXPORT,
    "account-": SIGNED_IN,
    "account-token": Permission.OWN_TOKENS,
    "admin-": Permission.ACCOUNTS,
    "audit-": Permission.AUDIT,
}
"""How the outputs of a server callback begin (`component.property`; for a family of components its name). The longest
beginning counts; a callback that writes several components needs what each of them needs."""

MESSAGES: Mapping[str, Need] = {
    "callback_request": SIGNED_IN,
    "get_props_response": SIGNED_IN,
    "heartbeat": SIGNED_IN,
}
"""Kinds of messages that a browser sends over the live connection."""

FEED: Mapping[str, Need] = {
    "cases": Permission.INCIDENTS,
    "figures": Permission.MAP,
    "zones": Permission.ZONES,
    "alerts": Permission.ALERTS,
    "walls": Permission.WALL,
}
"""What a browser may listen to over `/live`, by kind; of each kind the database gives it the rows of its scope."""
