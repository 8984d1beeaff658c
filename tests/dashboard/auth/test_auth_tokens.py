"""Do tokens act for their account over HTTP, and can a leaked one do no more than that?"""

import pytest

from data.audit.entry import Action
from tests.dashboard.auth.conftest import House

pytestmark = pytest.mark.anyio


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_a_token_is_shown_once_and_acts_for_its_account(house: House) -> None:
    async with house.signed_in() as client:
        made = await client.post("/api/v1/tokens", json={"name": "nightly report"})
        assert made.status_code == 201
        token = made.json()["token"]
        listed = await client.get("/api/v1/tokens")
    assert token.startswith("mq_")
    assert token not in listed.text
    item = listed.json()["items"][0]
    assert (item["name"], item["last_used_at"], token.startswith(item["prefix"])) == ("nightly report", None, True)
    async with house.client() as client:
        answer = await client.get("/api/v1/summary", headers=bearer(token))
        assert answer.json() == {"name": "wang", "role": "operator"}
        posted = await client.post(
            "/_dash-update-component",
            headers=bearer(token) | {"origin": "https://elsewhere.example"},
            json={"output": "map-charts.children"},
        )
        assert posted.status_code == 200
        used = (await client.get("/api/v1/tokens", headers=bearer(token))).json()["items"][0]
    assert used["last_used_at"].startswith("2026-03-02T08:00:00")


async def test_a_revoked_token_is_worthless_at_once(house: House) -> None:
    async with house.signed_in() as client:
        made = (await client.post("/api/v1/tokens", json={"name": "a", "days": 3})).json()
        headers = bearer(made["token"])
        async with house.client() as program:
            assert (await program.get("/api/v1/me", headers=headers)).status_code == 200
            assert (await client.delete(f"/api/v1/tokens/{made['id']}")).status_code == 204
            refused = await program.get("/api/v1/me", headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (401, "urn:minqing:problem:token-invalid")
    kinds = [(event.kind, event.subject) for event in house.events[1:]]
    assert kinds == [(Action.TOKEN_MADE, made["id"]), (Action.TOKEN_REVOKED, made["id"])]


async def test_an_expired_token_is_worthless(house: House) -> None:
    async with house.signed_in() as client:
        made = (await client.post("/api/v1/tokens", json={"name": "a", "days": 3})).json()
    async with house.client() as client:
        assert (await client.get("/api/v1/me", headers=bearer(made["token"]))).status_code == 200
        house.later(days=3)
        assert (await client.get("/api/v1/me", headers=bearer(made["token"]))).status_code == 401


async def test_a_wrong_token_does_not_fall_back_to_the_cookie(house: House) -> None:
    async with house.signed_in() as client:
        session = client.cookies["minqing_session"]
        for text in ("", "x", "mq_0123456789abcdef_" + "A" * 43, session, "mq_" + session):
            assert (await client.get("/api/v1/me", headers=bearer(text))).status_code == 401


async def test_a_token_cannot_make_or_revoke_tokens_or_change_the_password(house: House) -> None:
    async with house.signed_in() as client:
        made = (await client.post("/api/v1/tokens", json={"name": "a"})).json()
    async with house.client() as client:
        headers = bearer(made["token"])
        assert (await client.post("/api/v1/tokens", json={"name": "b"}, headers=headers)).status_code == 403
        assert (await client.delete(f"/api/v1/tokens/{made['id']}", headers=headers)).status_code == 403
        assert (
            await client.post("/login/password", data={"current": "a", "new": "b"}, headers=headers)
        ).status_code == 401


async def test_one_account_s_tokens_do_not_exist_for_another(house: House) -> None:
    async with house.signed_in() as client:
        made = (await client.post("/api/v1/tokens", json={"name": "a"})).json()
    async with house.signed_in("leader", house.demo.password) as other:
        assert (await other.get("/api/v1/tokens")).json() == {"items": []}
        assert (await other.delete(f"/api/v1/tokens/{made['id']}")).status_code == 404


async def test_a_wall_has_no_tokens_and_scopes_narrow(house: House) -> None:
    async with house.signed_in("wall", house.demo.password) as wall:
        assert (await wall.post("/api/v1/tokens", json={"name": "a"})).status_code == 403
    async with house.signed_in() as client:
        made = (await client.post("/api/v1/tokens", json={"name": "a", "scopes": ["map", "accounts"]})).json()
    async with house.client() as client:
        me = await client.get("/api/v1/me", headers=bearer(made["token"]))
    assert me.json()["permissions"] == ["map"]


async def test_unusable_wishes_are_refused(house: House) -> None:
    wishes = [{}, {"name": ""}, {"name": "a", "days": 0}, {"name": "a", "days": 999}, {"name": "a", "scopes": ["root"]}]
    async with house.signed_in() as client:
        for wish in wishes:
            assert (await client.post("/api/v1/tokens", json=wish)).status_code == 422
        assert (await client.post("/api/v1/tokens", json={"name": "\x07"})).json()["field"] == "name"
