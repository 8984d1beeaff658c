"""In which form is somebody turned away: as a page for people, as a problem document for programs?"""

from urllib.parse import parse_qsl

from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboard.api.problems import Kind, RouteUnknown, problem, problem_of
from dashboard.auth.asked import Asked
from dashboard.auth.doors import PASSWORD, READ, WITHOUT_NEW_PASSWORD, login_address, wants_page
from dashboard.auth.route_matching import TABLE
from dashboard.auth.route_permissions import Need, Standing
from dashboard.index import Visitor, not_found_page, visitor_of
from dashboard.pages.refused import refused_page
from data.accounts.account import Account
from data.accounts.permissions import Permission

SAFE = READ | {"OPTIONS"}
NO_STORE = {"Cache-Control": "no-store"}

SIGNED_OUT = Kind(401, "not-signed-in", "Not signed in")
TOKEN_INVALID = Kind(401, "token-invalid", "The token does not count")
FOREIGN = Kind(403, "cross-site", "Sent by another site")
PASSWORD_DUE = Kind(403, "password-change-due", "The password has to be changed first")
NOT_PERMITTED = Kind(403, "not-permitted", "Not permitted")
METHOD_UNKNOWN = Kind(405, "method-unknown", "Not possible here")


def refuse_foreign(asked: Asked) -> Response | None:
    """A browser adds the cookie by itself, so what changes something must come from our own pages."""
    if asked.method in SAFE or asked.bearer is not None or not asked.is_foreign:
        return None
    return problem(
        FOREIGN, "Origin", "Another site had this request sent.", "Open the page at its own address and try again."
    )


def refuse_unknown(asked: Asked, account: Account | None) -> Response | None:
    """Nobody, or an account that has to choose its own password before anything else."""
    if account is None:
        return _refuse_nobody(asked)
    if not account.must_change or asked.path in WITHOUT_NEW_PASSWORD:
        return None
    if wants_page(asked):
        return _redirect(PASSWORD)
    return problem(PASSWORD_DUE, None, "The password was set by somebody else.", f"Change it at {PASSWORD}.")


def refuse_need(asked: Asked, account: Account, need: Need | None, default_lang: str) -> Response | None:
    """An account that may not what it asks for, or asks for something that no line of the table knows."""
    if need is None:
        return _refuse_unlisted(asked, default_lang)
    if may(account, need):
        return None
    assert isinstance(need, Permission)
    if wants_page(asked):
        return HTMLResponse(refused_page(visitor(asked, default_lang), account, need), 403, NO_STORE)
    return not_permitted(account, need)


def may(account: Account, need: Need) -> bool:
    """Whether the account has what is needed."""
    return isinstance(need, Standing) or account.may(need)


def not_permitted(account: Account, permission: Permission) -> Response:
    """A problem that names the permission."""
    narrowed = account.limited_to is not None and permission not in account.limited_to
    remedy = (
        "Make a token whose scopes include it." if narrowed else "Ask an administrator whether another role fits you."
    )
    holder = f"the role {account.role}" if not narrowed else "this token"
    return problem(
        NOT_PERMITTED, "permission", f"This needs the permission {permission}, which {holder} lacks.", remedy
    )


def callback_unlisted() -> Response:
    """A callback that no line of the table knows is refused like one that may not be asked for."""
    return problem(NOT_PERMITTED, "output", "There is no such callback.", "Reload the page.")


def visitor(asked: Asked, default_lang: str) -> Visitor:
    """Language and theme of a page for the asker."""
    cookies = dict(part.strip().partition("=")[::2] for part in asked.headers.get("cookie", "").split(";"))
    return visitor_of(dict(parse_qsl(asked.query)), cookies, default_lang)


def _refuse_unlisted(asked: Asked, default_lang: str) -> Response:
    methods = sorted(TABLE.methods_at(asked.path))
    if methods:
        allowed = ", ".join(methods)
        answer = problem(METHOD_UNKNOWN, "method", f"{asked.method} is not possible here.", f"Use {allowed}.")
        answer.headers["Allow"] = allowed
        return answer
    if wants_page(asked):
        return HTMLResponse(not_found_page(visitor(asked, default_lang)), 404, NO_STORE)
    return problem_of(RouteUnknown(asked.path))


def _refuse_nobody(asked: Asked) -> Response:
    if asked.bearer is not None:
        answer = problem(
            TOKEN_INVALID,
            "Authorization",
            "The token is unknown, expired or revoked.",
            "Make a new one: POST /api/v1/tokens, or python app.py users token NAME.",
        )
    elif wants_page(asked):
        return _redirect(login_address(asked))
    else:
        answer = problem(
            SIGNED_OUT,
            None,
            "The request carries no valid session.",
            "Sign in at /login, or send Authorization: Bearer TOKEN.",
        )
    answer.headers["WWW-Authenticate"] = 'Bearer realm="minqing"'
    return answer


def _redirect(target: str) -> Response:
    return RedirectResponse(target, status_code=303, headers=NO_STORE)
