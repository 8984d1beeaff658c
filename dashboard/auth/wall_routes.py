"""Routes below /wall/enter: how a display exchanges its key for a session, without a person."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from dashboard.auth.asked import asked_by
from dashboard.auth.cookies import give_cookie
from dashboard.auth.doors import WALL_ENTER, WALL_HOME, WALL_SCRIPT
from dashboard.auth.form import read_form
from dashboard.auth.refusals import visitor
from dashboard.auth.services import AuthServices
from dashboard.auth.sign_in import SignIn
from dashboard.pages.wall_entry.page import SCRIPT, wall_page
from data.accounts.permissions import Role

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # The origin is still told to our own pages: the door asks for it.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def wall_router(services: AuthServices, sign_in: SignIn) -> APIRouter:
    """Routes by which displays come in."""
    router = APIRouter(include_in_schema=False)

    @router.get(WALL_ENTER)
    async def show(request: Request) -> Response:
        seen_by = visitor(asked_by(request.scope), services.default_lang)
        return HTMLResponse(wall_page(seen_by, refused=False), headers=HEADERS)

    @router.get(WALL_SCRIPT)
    async def script() -> Response:
        return FileResponse(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @router.post(WALL_ENTER)
    async def enter(request: Request) -> Response:
        asked, form = asked_by(request.scope), await read_form(request)
        entered = await sign_in.enter_wall(asked, form.text("key"))
        if entered is None:
            page = wall_page(visitor(asked, services.default_lang), refused=True)
            return HTMLResponse(page, status_code=401, headers=HEADERS)
        response = RedirectResponse(WALL_HOME, status_code=303, headers=HEADERS)
        lasts = max(1, int((entered.expires_at - services.now()).total_seconds()))
        give_cookie(response, asked, entered.key, Role.WALL, lasts_s=lasts)
        return response

    return router
