"""Does a secret stay out of logs and error texts, and is it strong where others can reach the program?"""

import logging
import sys

import pytest

from dashboard.security.secret_key import LEAST_BITS, SecretKeyWeak, bits_of, refuse_weak_key
from data.accounts.keys import TOKEN_PREFIX, new_key
from data.accounts.wall_tokens import WALL_PREFIX
from data.errors import DatabaseUnreachable
from data.privacy.log_records import MaskedRecord
from data.privacy.secret_marks import SECRET, without_secrets
from tests.security.conftest import House

KEY = "Zq8vT1mXr4Lw0yPb7Nc2Jd5Hs9Gf3KaE6RuIoYtWxVz"
LINES = [
    ("connecting to postgresql://web:{}@10.0.0.1/minqing", "hunter2-and-more"),
    ("DATABASE_URL=postgresql+psycopg://web:{}@db/minqing", "p%40ss"),
    ("Authorization: Bearer {}", "abcdefgh12345678"),
    ("authorization: basic {}", "d2FuZzpzZWNyZXQ="),
    ("cookie: minqing_session={}; other=1", "0123456789abcdef_" + "A" * 43),
    ("{{'password': '{}', 'username': 'wang'}}", "correct horse".replace(" ", "-")),
    ("host=db password={} dbname=minqing", "hunter2"),
    ("MINQING_SECRET_KEY={}", KEY),
    ("POST /login?token={}&x=1", "mq_0123456789abcdef_" + "b" * 43),
    ("link https://city.example/wall/enter#{}", "mqw_0123456789abcdef_" + "c" * 43),
    ('{{"client_secret": "{}"}}', "s3cr3t-value"),
]


@pytest.mark.parametrize(("line", "secret"), LINES)
def test_no_form_of_a_secret_stays_in_a_line(line: str, secret: str) -> None:
    told = without_secrets(line.format(secret))
    assert secret not in told
    assert SECRET in told
    assert without_secrets(told) == told


def test_real_keys_are_recognised() -> None:
    for prefix in ("", TOKEN_PREFIX, WALL_PREFIX):
        text = prefix + new_key().text
        assert without_secrets(f"asked with {text} by") == f"asked with {SECRET} by"


@pytest.mark.parametrize("line", ["no secret here", "password has to be changed", "token 7 revoked", "http://a/b:c@d"])
def test_what_is_no_secret_stays(line: str) -> None:
    assert without_secrets(line) == line


def test_the_trace_of_an_error_holds_no_secret() -> None:
    try:
        raise DatabaseUnreachable("postgresql://web:hunter2@db/x does not answer")
    except DatabaseUnreachable:
        record = MaskedRecord("x", logging.ERROR, "f", 1, "failed: %s", ("Bearer abcdefgh12345678",), sys.exc_info())
    whole = logging.Formatter().format(record)
    assert "DatabaseUnreachable" in whole
    assert "hunter2" not in whole
    assert "abcdefgh12345678" not in whole


WEAK = ("secret", "changeme-changeme-changeme", "a" * 200, "0123456789", "minqing", "abab" * 12)


@pytest.mark.parametrize("key", WEAK)
def test_a_weak_key_keeps_the_program_on_this_machine(key: str) -> None:
    refuse_weak_key("127.0.0.1", key)
    refuse_weak_key("::1", key)
    for host in ("0.0.0.0", "::", "192.0.2.7", ""):
        with pytest.raises(SecretKeyWeak, match="token_urlsafe"):
            refuse_weak_key(host, key)


def test_a_made_key_serves_everywhere() -> None:
    refuse_weak_key("0.0.0.0", KEY)
    refuse_weak_key("0.0.0.0", None)
    assert bits_of(KEY) > LEAST_BITS * 2


@pytest.mark.anyio
async def test_a_run_with_refused_and_taken_secrets_logs_none_of_them(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong, token = "a wrong password of somebody", f"{TOKEN_PREFIX}{new_key().text}"
    async with house.client() as client:
        await client.post("/login", data={"username": "leader", "password": wrong})
        await client.post("/login", data={"username": "leader", "password": house.password})
        await client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
        await client.post("/wall/enter", data={"key": f"mqw_{new_key().text}"})
    async with house.client("leader") as client:
        made = (await client.post("/api/v1/tokens", json={"name": "nightly"})).json()["token"]
        await client.get("/api/v1/units/no-such")
        await client.get("/tiles/nothing.json")
    for secret in (wrong, token, made, house.password, house.cookies["leader"]):
        assert secret not in caplog.text
