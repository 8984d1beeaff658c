"""Routes /login, /login/demo, /login/password and /logout."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from dashboard.api.problems import Kind, problem
from dashboard.auth.asked import Asked, asked_by
from dashboard.auth.cookies import give_cookie, keep_choices, take_cookie
from dashboard.auth.doors import DEMO, HOME, LOGIN, LOGOUT, PASSWORD, SSO, STYLE, safe_next
from dashboard.auth.farewell import drop_token, way_out
from dashboard.auth.form import read_form
from dashboard.auth.oidc_errors import REASONS
from dashboard.auth.oidc_provider import OpenIdProvider
from dashboard.auth.services import AuthServices
from dashboard.auth.sign_in import SignedIn, SignIn
from dashboard.index import Visitor, visitor_of
from dashboard.pages.login.page import LoginView, PasswordView, SignOn, login_page, password_page, style_sheet
from data.accounts.account import acting_account
from data.accounts.errors import PasswordWeak

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
REFUSED = Kind(401, "sign-in-refused", "Not signed in")


def sign_in_router(services: AuthServices, sign_in: SignIn, provider: OpenIdProvider | None = None) -> APIRouter:
    """Routes by which people come in and go out."""
    router = APIRouter(include_in_schema=False)
    _add_login(router, services, sign_in)
    _add_password(router, services, sign_in)

    @router.get(STYLE)
    async def style() -> Response:
        return Response(style_sheet(), media_type="text/css", headers={"Cache-Control": "no-cache"})

    @router.post(LOGOUT)
    async def logout(request: Request) -> Response:
        asked = asked_by(request.scope)
        await sign_in.leave(asked)
        response = await way_out(request, provider, _visitor(request, services))
        response.headers.update(HEADERS)
        take_cookie(response, asked)
        if provider is not None:
            drop_token(response, asked)
        return response

    return router


def _add_login(router: APIRouter, services: AuthServices, sign_in: SignIn) -> None:
    @router.get(LOGIN)
    async def show_login(request: Request) -> Response:
        view = _login_view(request, services, next_path=safe_next(request.query_params.get("next")))
        response = HTMLResponse(login_page(view), headers=HEADERS)
        _keep_choices(request, response)
        return response

    @router.post(LOGIN)
    async def login(request: Request) -> Response:
        asked, form = asked_by(request.scope), await read_form(request)
        entered = await sign_in.enter(asked, form.text("username"), form.text("password"))
        next_path = safe_next(form.text("next"))
        if entered is not None:
            return _welcome_by_password(services, asked, entered, next_path, as_json=form.is_json)
        if form.is_json:
            return _refusal()
        view = _login_view(request, services, next_path=next_path, name=form.text("username")[:64], refused=True)
        return HTMLResponse(login_page(view), status_code=401, headers=HEADERS)

    @router.post(DEMO)
    async def login_demo(request: Request) -> Response:
        asked, form = asked_by(request.scope), await read_form(request)
        entered = await sign_in.enter_demo(asked, form.text("role"))
        next_path = safe_next(form.text("next"))
        if entered is None:
            view = _login_view(request, services, next_path=next_path, refused=True)
            return HTMLResponse(login_page(view), status_code=401, headers=HEADERS)
        return _welcome_by_password(services, asked, entered, next_path, as_json=form.is_json)


def _add_password(router: APIRouter, services: AuthServices, sign_in: SignIn) -> None:
    @router.get(PASSWORD)
    async def show_password(request: Request) -> Response:
        return HTMLResponse(password_page(_password_view(request, services, None)), headers=HEADERS)

    @router.post(PASSWORD)
    async def change_password(request: Request) -> Response:
        asked, form, account = asked_by(request.scope), await read_form(request), acting_account()
        if asked.bearer is not None:
            return _refusal()
        try:
            key = await sign_in.change_password(asked, account, form.text("current"), form.text("new"))
            trouble = None if key else "wrong"
        except PasswordWeak as error:
            key, trouble = None, error.reason
        if key is None:
            view = _password_view(request, services, trouble)
            return HTMLResponse(password_page(view), status_code=400, headers=HEADERS)
        response = RedirectResponse(HOME, status_code=303, headers=HEADERS)
        give_cookie(response, asked, key, account.role)
        return response


def welcome(asked: Asked, entered: SignedIn, next_path: str, *, as_json: bool) -> Response:
    """The answer to somebody who just came in: the session's key, and the way to what was asked for."""
    target = PASSWORD if entered.must_change else next_path
    response: Response
    if as_json:
        body = {"name": entered.name, "role": entered.role.value, "next": target, "must_change": entered.must_change}
        response = JSONResponse(body, headers=HEADERS)
    else:
        response = RedirectResponse(target, status_code=303, headers=HEADERS)
    give_cookie(response, asked, entered.key, entered.role)
    keep_choices(response, {"lang": entered.lang, "theme": entered.theme})
    return response


def _welcome_by_password(
    services: AuthServices, asked: Asked, entered: SignedIn, next_path: str, *, as_json: bool
) -> Response:
    response = welcome(asked, entered, next_path, as_json=as_json)
    if services.provider is not None:
        # Whoever came in through the provider before was somebody else, or the same person in another session.
        drop_token(response, asked)
    return response


def _refusal() -> Response:
    """One answer for a wrong name, a wrong password, a locked and a disabled account."""
    return problem(
        REFUSED,
        None,
        "Name and password do not open an account, or it is locked for a while after wrong attempts.",
        "Check both; wait a few minutes after several attempts; an administrator can set a new password.",
    )


def _visitor(request: Request, services: AuthServices) -> Visitor:
    return visitor_of(request.query_params, request.cookies, services.default_lang)


def _login_view(
    request: Request, services: AuthServices, *, next_path: str, name: str = "", refused: bool = False
) -> LoginView:
    demo = services.demo if asked_by(request.scope).is_from_this_machine else None
    reason = request.query_params.get("sso")
    return LoginView(
        _visitor(request, services),
        next_path,
        name,
        refused,
        demo.names if demo else (),
        _sign_on(services, next_path),
        reason if reason in REASONS and services.provider is not None else None,
    )


def _sign_on(services: AuthServices, next_path: str) -> SignOn | None:
    """The way to the provider, by the one address that it leads back to."""
    provider = services.provider
    if provider is None:
        return None
    query = f"?{urlencode({'next': next_path})}" if next_path != HOME else ""
    return SignOn(f"{provider.site}{SSO}{query}", provider.name)


def _password_view(request: Request, services: AuthServices, trouble: str | None) -> PasswordView:
    account = acting_account()
    return PasswordView(_visitor(request, services), account.name, account.must_change, trouble)


def _keep_choices(request: Request, response: Response) -> None:
    """Language and theme chosen here stay chosen, as on the other pages."""
    visitor = visitor_of(request.query_params, request.cookies, "zh")
    chosen = {"lang": visitor.lang, "theme": visitor.theme}
    keep_choices(response, {key: chosen[key] for key in chosen if key in request.query_params})
