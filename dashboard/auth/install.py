"""How are accounts put in front of an application?"""

from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.responses import Response

from dashboard.api.problems import Kind, problem
from dashboard.auth.choice_routes import choice_router
from dashboard.auth.desk import AccountDesk
from dashboard.auth.doors import SSO_RETURN
from dashboard.auth.errors import FormUnusable
from dashboard.auth.gate import Gate
from dashboard.auth.middleware import AuthMiddleware
from dashboard.auth.oidc_provider import OpenIdProvider
from dashboard.auth.oidc_routes import sign_on_router
from dashboard.auth.own_desk import OwnDesk
from dashboard.auth.route_list import require_listed
from dashboard.auth.services import AuthServices
from dashboard.auth.sign_in import SignIn
from dashboard.auth.sign_in_routes import sign_in_router
from dashboard.auth.token_routes import token_router
from dashboard.auth.wall_routes import wall_router
from data.accounts import errors

KINDS: dict[type[Exception], Kind] = {
    FormUnusable: Kind(400, "form-unusable", "Unusable form"),
    errors.TokenUnknown: Kind(404, "token-unknown", "Unknown token"),
    errors.WallTokenUnknown: Kind(404, "token-unknown", "Unknown token"),
    errors.LastAdmin: Kind(409, "last-admin", "The last administrator"),
    errors.AccountUnknown: Kind(404, "account-unknown", "Unknown account"),
    errors.LoginNameTaken: Kind(409, "login-name-taken", "Login name taken"),
    errors.AccountRefused: Kind(400, "account-refused", "Unusable value"),
}


@dataclass(frozen=True, slots=True)
class Auth:
    """Accounts of one application.

    Attributes:
        services: What they were given.
        gate: Who knows the keys; tell it with `forget_account` when an account was disabled, reset or changed.
        desk: Manages all accounts, for those who may.
        own: Manages the account that acts.
    """

    services: AuthServices
    gate: Gate
    desk: AccountDesk
    own: OwnDesk


def add_routes(server: FastAPI, services: AuthServices) -> Auth:
    """Add the sign-in, the tokens and their error answers; before Dash, so that ours win."""
    gate = Gate(services)
    auth = Auth(services, gate, AccountDesk(services, gate), OwnDesk(services, gate))
    sign_in = SignIn(services, auth.gate)
    provider = OpenIdProvider(services.provider, SSO_RETURN) if services.provider else None
    server.include_router(sign_in_router(services, sign_in, provider))
    server.include_router(sign_on_router(services, sign_in, provider))
    server.include_router(wall_router(services, sign_in))
    server.include_router(choice_router(auth.own))
    server.include_router(token_router(services, auth.gate), prefix="/api/v1")
    for kind in KINDS:
        server.add_exception_handler(kind, _answer)
    return auth


def guard(server: FastAPI, auth: Auth) -> None:
    """Close the application. The last thing done to it: what is added later would stand outside the door.

    Raises:
        RoutesUnlisted: A route is in no line of the table of permissions.
    """
    require_listed(server)
    server.add_middleware(AuthMiddleware, gate=auth.gate, default_lang=auth.services.default_lang)


async def _answer(_: Request, error: Exception) -> Response:
    kind = next(KINDS[base] for base in type(error).__mro__ if base in KINDS)
    assert isinstance(error, FormUnusable | errors.AccountRefused)
    return problem(kind, error.field, error.cause, error.remedy)
