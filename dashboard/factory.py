"""How is the application put together from its parts?"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import dash
from dash import html
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams
from starlette.routing import Match, Route, WebSocketRoute
from starlette.types import Scope

from dashboard.api import routes as api_routes
from dashboard.api.audit import audit_router
from dashboard.api.problem_body import PROBLEMS
from dashboard.api.services import ApiServices
from dashboard.api.webhooks import webhooks_router
from dashboard.auth import install
from dashboard.auth.noting import note_event
from dashboard.auth.refusals import may
from dashboard.auth.route_matching import need_of
from dashboard.auth.services import AuthServices
from dashboard.auth.tile_access import access_of
from dashboard.browser_files import BrowserFiles
from dashboard.edition import edition_of
from dashboard.i18n.translate import t
from dashboard.index import DashboardApp, not_found_page, visitor_of
from dashboard.live.connection import PATH as LIVE_PATH
from dashboard.live.connection import LiveConnections
from dashboard.live.hub import Hub
from dashboard.open311.door import Open311Door
from dashboard.open311.routes import open311_router
from dashboard.page_compression import PageCompression
from dashboard.pages.map.offline import offline_router
from dashboard.pages.map.page import cookies
from dashboard.pages.refused import view_refused
from dashboard.pages.report.routes import report_router
from dashboard.routes import PAGES, Layout, Page
from dashboard.security.buckets import Buckets
from dashboard.security.content_policy import page_policy
from dashboard.security.edge import AccountRates, Edge
from dashboard.security.failures import Failures
from dashboard.security.headers import SecurityHeaders
from dashboard.security.live_caps import LiveCap
from dashboard.services import Desks, Services
from dashboard.toasts import show_error
from data.accounts.account import acting_account, acting_account_or_none
from data.accounts.permissions import Permission
from layers.tile_app import TileApp

ASSETS = Path(__file__).parent / "assets"
PAGE_PATHS = frozenset(page.path for page in PAGES)


def create_app(services: Services) -> FastAPI:
    """The whole application behind one ASGI interface.

    Routes of ours come before Dash's, so that they win; what nobody answers ends in a plain 404.
    """
    holder: list[DashboardApp] = []
    api = ApiServices(services.database, now=services.now, photo_files=services.photo_files, scenes=services.scenes)
    edition = edition_of()
    hub = Hub(services.database, now=services.now, edition=edition)
    server = FastAPI(
        title="Minqing Map",
        lifespan=_lifespan(services, holder, api, hub),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
    )
    _add_browser_files(server, holder)
    _add_redirects(server)
    server.router.routes.append(_OwnArea("/map", _to_own_area, methods=["GET"], include_in_schema=False))
    server.router.routes.append(WebSocketRoute(LIVE_PATH, LiveConnections(hub).serve))
    server.include_router(offline_router(services))
    server.include_router(audit_router(services))
    server.include_router(webhooks_router(services))
    server.include_router(report_router(api, services.default_lang, services.patience))
    server.include_router(open311_router(api, services.default_lang))
    server.mount("/tiles", TileApp(services.database, access_of=access_of))
    auth = install.add_routes(
        server,
        AuthServices(
            database=services.account_database,
            now=services.now,
            default_lang=services.default_lang,
            demo=services.demo,
            note=note_event,
            provider=services.provider,
        ),
    )
    # After our other routes below /api: it ends with the answer that there is nothing.
    api_routes.register(server, api)
    server.add_middleware(PageCompression, pages=PAGE_PATHS)
    # Before Dash, whose own layer would answer errors without a word in the log.
    server.add_middleware(Failures, default_lang=services.default_lang)
    holder.append(_dash_on(server, replace(services, desks=Desks(auth.desk, auth.own)), edition))
    server.router.routes.append(_NotFound("/{path:path}", _not_found_for(services), methods=["GET"]))
    buckets = Buckets(time.monotonic)
    server.add_middleware(AccountRates, buckets=buckets, times=services.patience)
    server.add_middleware(LiveCap, caps=services.live_caps, times=services.patience)
    # Last of what serves anybody: whatever is added to the application later would stand outside the door.
    install.guard(server, auth)
    # Around the door: it serves nothing, but says keys and refusals in the words that the other side knows.
    server.add_middleware(Open311Door)
    headers = SecurityHeaders(cache(lambda: page_policy(holder[0].csp_hashes())))
    server.add_middleware(
        Edge, headers=headers, buckets=buckets, times=services.patience, default_lang=services.default_lang
    )
    return server


def _dash_on(server: FastAPI, services: Services, edition: str) -> DashboardApp:
    dash.page_registry.clear()
    app = DashboardApp(
        services.default_lang,
        edition,
        name=__name__,
        server=server,
        assets_folder=str(ASSETS),
        use_pages=True,
        pages_folder="",
        serve_locally=True,
        suppress_callback_exceptions=False,
        include_pages_meta=False,
        update_title="",
        title=t("app.name", services.default_lang),
        on_error=show_error,
        add_log_handler=False,
    )
    register_page: Any = dash.register_page
    for page in PAGES:
        register_page(
            page.name,
            path=page.path,
            title=t(f"page.{page.name}", services.default_lang) + " · " + t("app.name", services.default_lang),
            layout=_permitted(page, services),
        )
    app.layout = html.Div(dash.page_container, className="app")
    for page in PAGES:
        page.register(app, services)
    return app


def _permitted(page: Page, services: Services) -> Layout:
    """The layout of the page, or the reason why there is none.

    The door asks for the permission of an address; a step from page to page asks only the callback that draws pages.
    """
    layout, need = page.layout(services), need_of("GET", page.path)

    def permitted(**query: str) -> Any:
        account = acting_account_or_none()
        # Dash draws every page once before anybody asks, to know all components.
        if account is None or need is None or may(account, need):
            return layout(**query)
        assert isinstance(need, Permission)
        visitor = visitor_of(query, cookies(), services.default_lang)
        return view_refused(visitor.lang, account, need)

    return permitted


def _lifespan(
    services: Services, holder: list[DashboardApp], api: ApiServices, hub: Hub
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for database in {id(pool): pool for pool in (services.database, services.account_database)}.values():
                await database.open()
                stack.push_async_callback(database.close)
            stack.callback(api.zones.close)
            await stack.enter_async_context(hub.running())
            for background in services.background:
                await stack.enter_async_context(background())
            await _prepare(holder[0])
            yield

    return lifespan


async def _prepare(app: DashboardApp) -> None:
    """Run Dash's first-request work now; the first index page would lack its validation layout otherwise."""
    backend: Any = app.backend
    for hook in backend._before_request_funcs:  # Dash offers no public way
        result = hook()
        if result is not None:
            await result


def _add_browser_files(server: FastAPI, holder: list[DashboardApp]) -> None:
    files = BrowserFiles(ASSETS)

    @server.get("/_dash-component-suites/{package}/{path:path}", include_in_schema=False)
    async def package_file(package: str, path: str, request: Request) -> Response:
        accept = request.headers.get("accept-encoding", "")
        return await files.serve_package(holder[0].registered_paths, package, path, accept)

    @server.get("/assets/{path:path}", include_in_schema=False)
    async def asset(path: str, request: Request) -> Response:
        accept = request.headers.get("accept-encoding", "")
        return await files.serve_asset(path, accept, stamped="m" in request.query_params)


def _add_redirects(server: FastAPI) -> None:
    for page in PAGES:
        for path in page.redirect_from:
            server.add_api_route(path, _redirect_to(page.path), methods=["GET"], include_in_schema=False)


def _redirect_to(target: str) -> Callable[[Request], object]:
    async def redirect(request: Request) -> RedirectResponse:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(target + query, status_code=307)

    return redirect


class _OwnArea(Route):
    """Takes the map without a unit in its address from an account that is confined to one."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        account = scope.get("state", {}).get("account") if scope["type"] == "http" else None
        if account is None or account.unit_code is None or "unit" in QueryParams(scope["query_string"]):
            return Match.NONE, {}
        return super().matches(scope)


async def _to_own_area(request: Request) -> RedirectResponse:
    query = {**request.query_params, "unit": acting_account().unit_code or ""}
    return RedirectResponse(f"/map?{urlencode(query)}", status_code=307, headers={"Cache-Control": "no-store"})


class _NotFound(Route):
    """Takes what no other route took, except the pages, which Dash's own last route serves."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["path"] in PAGE_PATHS:
            return Match.NONE, {}
        return super().matches(scope)


def _not_found_for(services: Services) -> Callable[[Request], Awaitable[Response]]:
    async def not_found(request: Request) -> Response:
        visitor = visitor_of(request.query_params, request.cookies, services.default_lang)
        return Response(not_found_page(visitor), status_code=404, media_type="text/html; charset=utf-8")

    return not_found
