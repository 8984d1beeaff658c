"""Does signing in and out work as stated, and does a refusal tell nothing?"""

import time
from datetime import timedelta

import pytest

from dashboard.pages.login.page import style_sheet
from dashboard.pages.login.texts import login_texts
from data.accounts.administration import disable_account, find_account_id, reset_password
from data.audit.entry import Action
from tests.dashboard.auth.conftest import BASE, PASSWORD, House

pytestmark = pytest.mark.anyio


async def test_the_cookie_is_unreadable_for_scripts_and_for_other_sites(house: House) -> None:
    async with house.client() as client:
        answer = await client.post("/login", data={"username": "wang", "password": PASSWORD, "next": "/map?unit=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/map?unit=1")
    parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert parts == {"httponly", "path=/", "samesite=lax"}


async def test_beyond_this_machine_the_cookie_travels_encrypted_only(house: House) -> None:
    async with house.client("http://city.example") as client:
        answer = await client.post("/login", data={"username": "wang", "password": PASSWORD})
    assert "; Secure" in answer.headers["set-cookie"]


async def test_only_a_wall_stays_signed_in_after_its_browser_restarts(house: House) -> None:
    async with house.client() as client:
        answer = await client.post("/login", data={"username": "wall", "password": house.demo.password})
    assert f"Max-Age={int(timedelta(days=30).total_seconds())}" in answer.headers["set-cookie"]


async def test_json_is_answered_with_json(house: House) -> None:
    async with house.client() as client:
        answer = await client.post("/login", json={"username": "Wang", "password": PASSWORD})
        assert answer.status_code == 200
        assert answer.json() == {"name": "wang", "role": "operator", "next": "/", "must_change": False}
        assert (await client.get("/map")).status_code == 200
        refused = await client.post("/login", json={"username": "wang", "password": "no"})
    assert refused.status_code == 401
    assert refused.json()["type"] == "urn:minqing:problem:sign-in-refused"


async def test_a_refusal_is_the_same_for_every_reason(house: House) -> None:
    async with house.database.writing() as conn:
        await disable_account(conn, await find_account_id(conn, "planner"), house.now)
    async with house.client() as client:
        for _ in range(6):
            await client.post("/login", data={"username": "steward", "password": "wrong"})
        tried = [
            ("wang", "wrong"),
            ("nobody-of-that-name", "wrong"),
            ("planner", house.demo.password),
            ("steward", house.demo.password),
            ("", ""),
            ("x" * 300, "y" * 3000),
        ]
        for as_json in (False, True):
            answers = [
                await client.post("/login", **{"json" if as_json else "data": {"username": name, "password": password}})
                for name, password in tried
            ]
            bodies = {
                answer.text.replace(f'\n value="{name[:64]}"', '\n value=""').replace(" autofocus", "")
                for answer, (name, _) in zip(answers, tried, strict=True)
            }
            heads = {
                tuple((name, value) for name, value in answer.headers.items() if name != "content-length")
                for answer in answers
            }
            assert {answer.status_code for answer in answers} == {401}
            assert (len(bodies), len(heads)) == (1, 1)


async def test_every_refusal_comes_no_sooner_than_the_fixed_time(house: House) -> None:
    object.__setattr__(house.auth.services, "refusal_s", 0.8)
    async with house.client() as client:
        for name in ("wang", "nobody-of-that-name"):
            started = time.monotonic()
            await client.post("/login", data={"username": name, "password": "wrong"})
            assert time.monotonic() - started >= 0.8


async def test_what_was_typed_comes_back_as_text_and_the_password_not_at_all(house: House) -> None:
    async with house.client() as client:
        answer = await client.post("/login", data={"username": '"><script>', "password": "hunter-secret-2"})
    assert "<script" not in answer.text
    assert "&quot;&gt;&lt;script&gt;" in answer.text
    assert "hunter-secret-2" not in answer.text


async def test_signing_in_again_ends_the_session_before(house: House) -> None:
    async with house.signed_in() as client:
        first = client.cookies["minqing_session"]
        await client.post("/login", data={"username": "wang", "password": PASSWORD})
        second = client.cookies["minqing_session"]
    assert first != second
    async with house.client() as client:
        assert (await client.get("/api/v1/me", headers={"cookie": f"minqing_session={first}"})).status_code == 401
        assert (await client.get("/api/v1/me", headers={"cookie": f"minqing_session={second}"})).status_code == 200


async def test_a_planted_session_key_is_never_taken_over(house: House) -> None:
    planted = "0123456789abcdef_" + "A" * 43
    async with house.client() as client:
        client.cookies.set("minqing_session", planted)
        answer = await client.post("/login", data={"username": "wang", "password": PASSWORD})
    assert planted not in answer.headers["set-cookie"]


async def test_signing_out_ends_the_session_at_once_and_drops_the_cookie(house: House) -> None:
    async with house.signed_in() as client:
        key = client.cookies["minqing_session"]
        assert (await client.get("/map")).status_code == 200
        answer = await client.post("/logout", headers={"origin": BASE})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert (await client.get("/api/v1/me", headers={"cookie": f"minqing_session={key}"})).status_code == 401
        assert (await client.get("/logout", headers={"cookie": f"minqing_session={key}"})).status_code == 303


async def test_sign_ins_are_noted_without_names_or_passwords(house: House) -> None:
    async with house.signed_in() as client:
        await client.post("/login", data={"username": "wang", "password": "wrong"})
        await client.post("/login", data={"username": "nobody-of-that-name", "password": "wrong"})
        await client.post("/logout")
    account_id = house.events[0].account_id
    assert account_id is not None
    assert [(event.kind, event.account_id) for event in house.events] == [
        (Action.SIGNED_IN, account_id),
        (Action.SIGN_IN_REFUSED, account_id),
        (Action.SIGN_IN_REFUSED, None),
        (Action.SIGNED_OUT, account_id),
    ]
    assert {event.address for event in house.events} == {"127.0.0.0/24"}


async def test_a_password_set_by_somebody_else_has_to_be_changed_first(house: House) -> None:
    async with house.database.writing() as conn:
        await reset_password(conn, "wang", "first blue tulip 77", house.now)
    async with house.client() as client:
        answer = await client.post("/login", data={"username": "wang", "password": "first blue tulip 77"})
        assert answer.headers["location"] == "/login/password"
        key = client.cookies["minqing_session"]
        assert (await client.get("/map")).headers["location"] == "/login/password"
        assert (await client.get("/api/v1/summary")).status_code == 403
        assert (await client.get("/login/password")).status_code == 200
        for current, new, reason in [
            ("first blue tulip 77", "short", "short"),
            ("first blue tulip 77", "123456789012", "common"),
            ("first blue tulip 77", "first blue tulip 77", "same"),
            ("first blue tulip 77", "orze plym wang 55", "name_in"),
            ("wrong", "quiet harbour 19 lamps", "wrong"),
        ]:
            refused = await client.post("/login/password", data={"current": current, "new": new})
            assert refused.status_code == 400
            assert login_texts("zh")[reason] in refused.text
        changed = await client.post(
            "/login/password", data={"current": "first blue tulip 77", "new": "quiet harbour 19 lamps"}
        )
        assert changed.status_code == 303
        assert (await client.get("/map")).status_code == 200
        assert (await client.get("/api/v1/me", headers={"cookie": f"minqing_session={key}"})).status_code == 401
    async with house.signed_in("wang", "quiet harbour 19 lamps") as client:
        assert (await client.get("/map")).status_code == 200


async def test_changing_the_password_ends_other_sessions(house: House) -> None:
    async with house.signed_in() as elsewhere, house.signed_in() as here:
        assert (await elsewhere.get("/map")).status_code == 200
        await here.post("/login/password", data={"current": PASSWORD, "new": "quiet harbour 19 lamps"})
        assert (await here.get("/map")).status_code == 200
        assert (await elsewhere.get("/api/v1/me")).status_code == 401


async def test_an_unusable_body_is_refused_with_a_remedy(house: House) -> None:
    form, json = "application/x-www-form-urlencoded", "application/json"
    bodies = [(b"x" * 9000, form), (b"\xff\xfe", form), (b"a=1&" * 50, form)]
    bodies += [(b"[1]", json), (b'{"username": 1}', json), (b"{", json)]
    async with house.client() as client:
        for body, kind in bodies:
            answer = await client.post("/login", content=body, headers={"content-type": kind})
            assert (body, answer.status_code, answer.json()["field"]) == (body, 400, "body")
            assert answer.json()["remedy"]


async def test_the_page_needs_no_script_and_nothing_from_elsewhere(house: House) -> None:
    async with house.client() as client:
        for query in ("", "?lang=en&theme=light"):
            answer = await client.get(f"/login{query}")
            assert "<script" not in answer.text
            assert " style=" not in answer.text
            assert "://" not in answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
            assert ("Minqing Map" if query else "民情地图") in answer.text
    assert "://" not in style_sheet()


async def test_language_and_theme_stay_chosen(house: House) -> None:
    async with house.client() as client:
        page = await client.get("/login?lang=en&theme=light")
        assert 'lang="en"' in page.text
        assert 'data-mantine-color-scheme="light"' in page.text
        again = await client.get("/login")
    assert "Sign in" in again.text


def test_both_languages_have_the_same_sentences() -> None:
    assert login_texts("zh").keys() == login_texts("en").keys()
    assert all(text.strip() for lang in ("zh", "en") for text in login_texts(lang).values())
