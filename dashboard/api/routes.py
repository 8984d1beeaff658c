"""Which routes does the HTTP interface consist of?"""

from fastapi import APIRouter, FastAPI, Response

from dashboard.api.attachments import attachments_router
from dashboard.api.case_figures import case_figures_router
from dashboard.api.case_replay import case_replay_router
from dashboard.api.cases import cases_router
from dashboard.api.catalog import catalog_router
from dashboard.api.docs import docs_router
from dashboard.api.duplicates import duplicates_router
from dashboard.api.exports import exports_router
from dashboard.api.figures import figures_router
from dashboard.api.health import health_router
from dashboard.api.incidents import incidents_router
from dashboard.api.intake import intake_router
from dashboard.api.problems import RouteUnknown, add_problem_handlers
from dashboard.api.reporting import reporting_router
from dashboard.api.request_meter import MeteredApp
from dashboard.api.risks import risks_router
from dashboard.api.services import ApiServices
from dashboard.api.units import units_router
from dashboard.api.wall import wall_router
from dashboard.api.wall_groups import wall_groups_router
from dashboard.api.zones.comments import comments_router
from dashboard.api.zones.difference import difference_router
from dashboard.api.zones.editing import editing_router
from dashboard.api.zones.files import files_router
from dashboard.api.zones.life import life_router
from dashboard.api.zones.plans import plans_router
from dashboard.api.zones.posts import posts_router
from dashboard.api.zones.propose import propose_router
from dashboard.api.zones.reasons import reasons_router
from dashboard.api.zones.replay import replay_router
from dashboard.api.zones.sheet import sheet_router
from dashboard.api.zones.teams import teams_router

ROUTERS = (
    reporting_router,  # before /units/{code}, of which /units/at would be one
    units_router,
    catalog_router,
    figures_router,
    case_figures_router,
    incidents_router,
    case_replay_router,
    cases_router,
    duplicates_router,
    risks_router,
    attachments_router,
    exports_router,
    sheet_router,
    plans_router,
    editing_router,
    life_router,
    comments_router,
    teams_router,
    propose_router,
    reasons_router,
    posts_router,
    replay_router,
    wall_router,
    wall_groups_router,
)


def register(app: FastAPI, services: ApiServices) -> None:
    """Add the routes, their error answers and the request meter; before Dash, so that ours win."""
    app.add_middleware(MeteredApp, meter=services.meter)
    add_problem_handlers(app)
    app.include_router(intake_router(services))
    # Before all others: routes are tried one after the other, and none is asked as often.
    app.router.routes.insert(0, app.router.routes.pop())
    for router in ROUTERS:
        app.include_router(router(services))
    app.include_router(difference_router())
    app.include_router(files_router(services))
    app.include_router(health_router(services))
    app.include_router(docs_router(app))
    app.include_router(_unknown_router())


def _unknown_router() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/api/{path:path}")
    async def unknown(path: str) -> Response:
        raise RouteUnknown(f"/api/{path}")

    return router
