"""Route /account/choices: which language and theme does the account want wherever it signs in?"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dashboard.auth.asked import asked_by
from dashboard.auth.cookies import keep_choices
from dashboard.auth.errors import FormUnusable
from dashboard.auth.form import read_form
from dashboard.auth.own_desk import OwnDesk
from dashboard.i18n.translate import LANGUAGES
from dashboard.theme.tokens import PALETTES

BACK = "/account"


def choice_router(own: OwnDesk) -> APIRouter:
    """The route that the form of the account's page is sent to."""
    router = APIRouter(include_in_schema=False)

    @router.post("/account/choices")
    async def choose(request: Request) -> Response:
        form = await read_form(request)
        lang, theme = form.text("lang"), form.text("theme")
        if lang not in LANGUAGES or theme not in PALETTES or asked_by(request.scope).bearer is not None:
            raise FormUnusable("The language or the theme is none of those that there are.")
        await own.choose(lang, theme)
        response = RedirectResponse(BACK, status_code=303, headers={"Cache-Control": "no-store"})
        keep_choices(response, {"lang": lang, "theme": theme})
        return response

    return router
