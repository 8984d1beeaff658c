"""Routes /login/sso and /login/sso/return: to the provider and back, which ends in a session like any other."""

import hmac
import logging
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from dashboard.auth.asked import Asked, asked_by
from dashboard.auth.cookies import drop_flow, keep_flow, read_flow
from dashboard.auth.doors import HOME, LOGIN, SSO, SSO_RETURN, safe_next
from dashboard.auth.farewell import keep_token
from dashboard.auth.oidc_errors import FlowUnknown, ProviderDeclined, SignOnFailed, TokenInvalid
from dashboard.auth.oidc_provider import OpenIdProvider, state_of
from dashboard.auth.services import AuthServices
from dashboard.auth.sign_in import SignedIn, SignIn
from dashboard.auth.sign_in_routes import HEADERS, welcome
from data.accounts.keys import Key, new_key
from data.accounts.login_flows import start_flow, take_flow

logger = logging.getLogger(__name__)
MOST_CODE = 4_096


def sign_on_router(services: AuthServices, sign_in: SignIn, provider: OpenIdProvider | None) -> APIRouter:
    """Routes by which people come in through a provider; without one both lead to the sign-in page."""
    router = APIRouter(include_in_schema=False)

    @router.get(SSO)
    async def begin(request: Request) -> Response:
        next_path = safe_next(request.query_params.get("next"))
        if provider is None:
            return _to_login(None, next_path)
        try:
            key = new_key()
            # Asked before a connection is taken: a slow provider must not keep those with passwords waiting.
            address = await provider.address_for(key)
            async with services.database.writing() as conn:
                await start_flow(conn, key, next_path, services.now())
        except SignOnFailed as error:
            logger.warning("single sign-on does not begin: %s", error)
            return _to_login(error.reason, next_path)
        response = RedirectResponse(address, status_code=303, headers=HEADERS)
        keep_flow(response, asked_by(request.scope), key)
        return response

    @router.get(SSO_RETURN)
    async def come_back(request: Request) -> Response:
        if provider is None:
            return _to_login(None, HOME)
        asked, back = asked_by(request.scope), _Back(services, sign_in, provider)
        response = await back.answer(asked, request)
        drop_flow(response, asked)
        return response

    return router


class _Back:
    """Somebody who comes back from the provider."""

    def __init__(self, services: AuthServices, sign_in: SignIn, provider: OpenIdProvider) -> None:
        self._services = services
        self._sign_in = sign_in
        self._provider = provider
        self._next = HOME

    async def answer(self, asked: Asked, request: Request) -> Response:
        """The way to what was asked for, or back to the sign-in page."""
        try:
            entered, token = await self._enter(asked, request)
        except SignOnFailed as error:
            logger.warning("single sign-on comes to nothing: %s", error)
            if isinstance(error, TokenInvalid):
                await self._sign_in.note_not_vouched(asked)
            return _to_login(error.reason, self._next)
        response = welcome(asked, entered, self._next, as_json=False)
        keep_token(response, asked, token)
        return response

    async def _enter(self, asked: Asked, request: Request) -> tuple[SignedIn, str]:
        given = request.query_params
        key = await self._flow(read_flow(request), given.get("state"))
        await self._provider.require_issuer(given.get("iss"))
        if "error" in given:
            raise ProviderDeclined(f"The provider answers {given['error'][:60]!r}.")
        code = given.get("code", "")
        if not 1 <= len(code) <= MOST_CODE:
            raise TokenInvalid("The answer carries no code.")
        vouching = await self._provider.vouching_for(key, code, self._services.now())
        return await self._sign_in.enter_vouched(asked, self._provider.settings, vouching.claims), vouching.token

    async def _flow(self, key: Key | None, state: str | None) -> Key:
        """The key of the sign-in that this browser began, which cannot be used once more.

        Raises:
            FlowUnknown: It began none, or the answer belongs to another.
        """
        if key is None or not hmac.compare_digest(state_of(key).encode(), (state or "").encode()):
            raise FlowUnknown("The answer does not belong to a sign-in that this browser began.")
        async with self._services.database.writing() as conn:
            next_path = await take_flow(conn, key, self._services.now())
        if next_path is None:
            raise FlowUnknown("The sign-in was ended already, or began too long ago.")
        self._next = next_path
        return key


def _to_login(reason: str | None, next_path: str) -> Response:
    query = ({"sso": reason} if reason else {}) | ({"next": next_path} if next_path != HOME else {})
    target = f"{LOGIN}?{urlencode(query)}" if query else LOGIN
    return RedirectResponse(target, status_code=303, headers=HEADERS)
