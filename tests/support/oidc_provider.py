"""Which provider do the tests of single sign-on ask? A small real one, a process of its own on loopback.

`python -m tests.support.oidc_provider` prints its address. It has people with passwords, keys of its own, a sign-in
page, codes that work once, and PKCE. `POST /behave` makes it misbehave in one named way, as no honest provider does.
"""

import base64
import hashlib
import hmac
import html
import json
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "minqing", "s3cret / with+signs"
PUBLIC_CLIENT = "minqing-public"
PASSWORD = "at the provider"
GROUPS = {"wang": ["staff", "minqing-leaders"], "newcomer": ["minqing-leaders"], "outsider": []}


class Provider:
    """State of the provider: its keys, its open codes, and how it behaves."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.keys = [_key()]
        self.codes: dict[str, dict[str, str]] = {}
        self.behaviour: dict[str, Any] = {}
        self.asked: dict[str, int] = {}
        self.sessions: dict[str, str] = {}

    def count(self, what: str) -> None:
        self.asked[what] = self.asked.get(what, 0) + 1

    def metadata(self) -> dict[str, Any]:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "authorization_response_iss_parameter_supported": True,
            "end_session_endpoint": f"{self.issuer}/end?realm=city",
        }
        return document | self.behaviour.get("metadata", {})

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.keys]}

    def code_for(self, person: str, asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked | {"person": person}
        return code

    def id_token(self, granted: dict[str, str], access_token: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": f"id-of-{granted['person']}",
            "aud": granted["client_id"],
            "iat": now,
            "exp": now + 300,
            "nonce": granted.get("nonce"),
            "at_hash": create_half_hash(access_token, "RS256").decode(),
            "preferred_username": granted["person"],
            "groups": GROUPS.get(granted["person"], []),
        }
        claims |= {name: now + late for name, late in self.behaviour.get("late", {}).items()}
        claims |= self.behaviour.get("claims", {})
        for name in self.behaviour.get("without", []):
            claims.pop(name, None)
        return self._signed(claims)

    def person_of(self, token: str | None) -> str | None:
        """Of whom an id token of ours says something; None where it is none."""
        try:
            claims = jwt.decode(token or "", KeySet(self.keys), algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return None
        return str(claims["sub"]).removeprefix("id-of-") if claims["iss"] == self.issuer else None

    def _signed(self, claims: dict[str, Any]) -> str:
        key = self.keys[-1]
        header = {"alg": "RS256", "kid": key.kid} | self.behaviour.get("header", {})
        way = self.behaviour.get("signature")
        if way == "none":
            return _by_hand({"alg": "none"}, claims, lambda text: b"")
        if way == "public key as secret":
            shared = key.as_pem(private=False)
            return _by_hand(
                header | {"alg": "HS256"}, claims, lambda text: hmac.new(shared, text, hashlib.sha256).digest()
            )
        if "crit" in header:
            sign = key.private_key.sign
            return _by_hand(header, claims, lambda text: sign(text, padding.PKCS1v15(), hashes.SHA256()))
        if way == "foreign key":
            return jwt.encode(header, claims, _key())
        return jwt.encode(header, claims, key)


def provider_app(provider: Provider) -> FastAPI:
    """The provider's routes."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> Response:
        provider.count("discovery")
        return _broken(provider, "discovery") or JSONResponse(provider.metadata())

    @app.get("/jwks")
    async def jwks() -> Response:
        provider.count("jwks")
        return _broken(provider, "jwks") or JSONResponse(provider.jwks())

    @app.get("/authorize")
    async def ask(request: Request) -> Response:
        asked = dict(request.query_params)
        trouble = _unfit(asked)
        if trouble:
            return JSONResponse({"error": "invalid_request", "error_description": trouble}, 400)
        known = provider.sessions.get(request.cookies.get("provider_session", ""))
        if known is not None:
            return _back(provider, asked, {"code": provider.code_for(known, asked)})
        hidden = "".join(f'<input type="hidden" name="{k}" value="{html.escape(v)}">' for k, v in asked.items())
        return HTMLResponse(
            f'<title>Provider</title><form method="post">{hidden}<input name="person" autofocus>'
            '<input name="password" type="password"><button>Enter</button></form>'
        )

    @app.post("/authorize")
    async def enter(request: Request) -> Response:
        form = await _form(request)
        if _unfit(form):
            return JSONResponse({"error": "invalid_request"}, 400)
        if form.get("password") != PASSWORD:
            return _back(provider, form, {"error": "access_denied"})
        answer = _back(provider, form, {"code": provider.code_for(form["person"], form)})
        key = secrets.token_urlsafe(24)
        provider.sessions[key] = form["person"]
        answer.set_cookie("provider_session", key, httponly=True, samesite="lax")
        return answer

    @app.get("/end")
    async def end(request: Request) -> Response:
        asked, person = dict(request.query_params), provider.person_of(request.query_params.get("id_token_hint"))
        known = provider.sessions.get(request.cookies.get("provider_session", ""))
        back = asked.get("post_logout_redirect_uri", "")
        fits = back.startswith("http://127.0.0.1:") and back.endswith("/login") and asked.get("realm") == "city"
        if asked.get("client_id") != CLIENT or not fits or person is None or known not in (None, person):
            return JSONResponse({"error": "invalid_request"}, 400)
        provider.count("end")
        provider.sessions = {key: other for key, other in provider.sessions.items() if other != person}
        return RedirectResponse(back, 303)

    @app.post("/token")
    async def token(request: Request) -> Response:
        provider.count("token")
        return _broken(provider, "token") or _exchange(provider, await _form(request), request.headers)

    @app.post("/behave")
    async def behave(request: Request) -> Response:
        provider.behaviour = await request.json()
        provider.asked = {}
        if provider.behaviour.pop("rotate", False):
            provider.keys = [_key()]
        return JSONResponse({})

    @app.get("/asked")
    async def asked() -> Response:
        return JSONResponse(provider.asked)

    return app


def _back(provider: Provider, asked: dict[str, str], more: dict[str, str]) -> RedirectResponse:
    told = {"state": asked["state"], "iss": provider.issuer} | provider.behaviour.get("answer", {}) | more
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 303)


def _unfit(asked: dict[str, str]) -> str | None:
    known = asked.get("client_id") in (CLIENT, PUBLIC_CLIENT)
    if not known or asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
        return "unknown client or kind of answer"
    if asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43:
        return "PKCE is required"
    return None if asked.get("redirect_uri", "").startswith("http://127.0.0.1:") else "unknown redirect_uri"


def _exchange(provider: Provider, form: dict[str, str], headers: Any) -> Response:
    client_id = _client(form, headers.get("authorization", ""))
    granted = provider.codes.pop(form.get("code", ""), None)
    if client_id is None:
        return JSONResponse({"error": "invalid_client"}, 401)
    if granted is None or granted["client_id"] != client_id or granted["redirect_uri"] != form.get("redirect_uri"):
        return JSONResponse({"error": "invalid_grant"}, 400)
    verifier = form.get("code_verifier", "")
    if not 43 <= len(verifier) <= 128 or create_s256_code_challenge(verifier) != granted["code_challenge"]:
        return JSONResponse({"error": "invalid_grant", "error_description": "PKCE"}, 400)
    access_token = secrets.token_urlsafe(24)
    answer = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300}
    return JSONResponse(answer | {"id_token": provider.id_token(granted, access_token)})


def _client(form: dict[str, str], authorization: str) -> str | None:
    if authorization.startswith("Basic "):
        name, _, secret = base64.b64decode(authorization[6:]).decode().partition(":")
        name, secret = unquote_plus(name), unquote_plus(secret)
    else:
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
    if name == PUBLIC_CLIENT and not secret:
        return name
    return name if name == CLIENT and hmac.compare_digest(secret, SECRET) else None


def _broken(provider: Provider, what: str) -> Response | None:
    kind = provider.behaviour.get("broken", {}).get(what)
    if kind is None:
        return None
    return {
        "error": Response("a stack trace", 500),
        "html": HTMLResponse("<h1>Maintenance</h1>"),
        "huge": Response(b" " * 300_000, media_type="application/json"),
        "packed": Response(b"{}", headers={"content-encoding": "gzip"}),
        "elsewhere": RedirectResponse("http://127.0.0.2:1/", 302),
        "list": JSONResponse([]),
    }[kind]


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _by_hand(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A token that no library would make."""
    text = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{_base64(sign(text.encode()))}"


def _key() -> RSAKey:
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return key


def _base64(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def main() -> None:
    """Serve on a free port until the process is ended."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = provider_app(Provider(issuer))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        print(issuer, flush=True)
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
