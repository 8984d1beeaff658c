"""How are accounts put in front of an application?"""

from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.responses import Response

from dashboard.api.problems import Kind, problem
from dashboard.auth.errors import FormUnusable
from dashboard.auth.gate import Gate
from dashboard.auth.middleware import AuthMiddleware
from dashboard.auth.services import AuthServices
from dashboard.auth.sign_in import SignIn
from dashboard.auth.sign_in_routes import sign_in_router
from dashboard.auth.token_routes import token_router
from data.accounts import errors

KINDS: dict[type[Exception], Kind] = {
    FormUnusable: Kind(400, "form-unusable", "Unusable form"),
    errors.TokenUnknown: Kind(404, "token-unknown", "Unknown token"),
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
    """

    services: AuthServices
    gate: Gate


def add_routes(server: FastAPI, services: AuthServices) -> Auth:
    """Add the sign-in, the tokens and their error answers; before Dash, so that ours win."""
    auth = Auth(services, Gate(services))
    server.include_router(sign_in_router(services, SignIn(services, auth.gate)))
    server.include_router(token_router(services, auth.gate), prefix="/api/v1")
    for kind in KINDS:
        server.add_exception_handler(kind, _answer)
    return auth


def guard(server: FastAPI, auth: Auth) -> None:
    """Close the application. The last thing done to it: what is added later would stand outside the door."""
    server.add_middleware(AuthMiddleware, gate=auth.gate)


async def _answer(_: Request, error: Exception) -> Response:
    kind = next(KINDS[base] for base in type(error).__mro__ if base in KINDS)
    assert isinstance(error, FormUnusable | errors.AccountRefused)
    return problem(kind, error.field, error.cause, error.remedy)
