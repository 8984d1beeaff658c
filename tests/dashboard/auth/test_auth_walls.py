"""Does a display come in by its key alone, see its one area, and go as soon as the key is revoked?"""

import asyncio
import re

import psycopg
import pytest

from data.accounts.account import Account, acting_as
from data.accounts.administration import AccountChange, NewAccount, add_account, find_account_id, reset_password
from data.accounts.errors import AccountRefused, AreaNeeded, AreaUnknown, NotPermitted, WallNameTaken, WallTokenRefused
from data.accounts.permissions import Permission, Role, permissions_of
from data.accounts.wall_tokens import MadeWallToken, NewWallToken, list_wall_tokens, make_wall_token
from data.audit.entry import Action
from data.engine import libpq_url
from tests.dashboard.auth.conftest import BASE, PAGE, PASSWORD, House
from tests.dashboard.auth.test_auth_door import HEARTBEAT, Socket
from tests.support.grid_world import build_world

pytestmark = pytest.mark.anyio
ADMIN = Account(1, "root", Role.ADMIN)


@pytest.fixture
async def area(house: House, database_url: str) -> House:
    """The small application, with a small city in its database: X holds U, and U the grids A and B."""
    with psycopg.connect(libpq_url(database_url)) as connection:
        build_world(connection, "AB")
    return house


async def _made(house: House, name: str = "hall", days: int = 365) -> MadeWallToken:
    async with house.database.writing() as conn:
        return await make_wall_token(conn, NewWallToken(name, "U", None, days), house.now)


async def test_a_display_comes_in_by_its_key_and_sees_one_area_as_a_wall(area: House) -> None:
    made = await _made(area)
    assert made.text.startswith("mqw_")
    async with area.client() as client:
        entered = await client.post("/wall/enter", data={"key": made.text}, headers={"origin": BASE})
        assert (entered.status_code, entered.headers["location"]) == (303, "/wall")
        me = (await client.get("/api/v1/me")).json()
    assert (me["name"], me["role"], me["unit_id"]) == ("hall", "wall", 20_000_001)
    assert set(me["permissions"]) == {str(permission) for permission in permissions_of(Role.WALL)}
    assert made.text not in entered.text
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert made.text.split("_")[1] not in cookie
    assert int(re.search(r"Max-Age=(\d+)", cookie)[1]) == 365 * 86_400  # type: ignore[index]


def test_a_wall_changes_nothing() -> None:
    looking = {Permission.MAP, Permission.PLACES, Permission.ZONES, Permission.INCIDENTS, Permission.ALERTS}
    assert permissions_of(Role.WALL) == looking | {Permission.WALL}


async def test_the_link_s_page_takes_the_key_out_of_the_address_before_anything_else(area: House) -> None:
    async with area.client() as client:
        page = await client.get("/wall/enter", headers=PAGE)
        script = await client.get("/wall/enter.js")
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert not re.search(r"<script(?! src=\"/wall/enter.js\")", page.text)
    lines = [line.strip() for line in script.text.splitlines() if line.strip()]
    assert [line for line in lines if "location.hash" in line or "replaceState" in line] == lines[3:5]


async def test_a_wrong_key_opens_nothing_whatever_is_wrong_with_it(area: House) -> None:
    made, short = await _made(area), await _made(area, days=1)
    area.later(days=1)
    secret = made.text.split("_", 2)[2]
    wrong = [
        "", "mqw_", made.text[:-1], made.text.removeprefix("mqw_"), "mq_" + made.text.removeprefix("mqw_"),
        made.text.replace(secret, "A" * 43), short.text, made.text + "\n", "'; DROP TABLE wall_token;--",
    ]  # fmt: skip
    async with area.client() as client:
        for key in wrong:
            answer = await client.post("/wall/enter", data={"key": key})
            assert (key, answer.status_code) == (key, 401)
            assert "set-cookie" not in answer.headers
        assert (await client.post("/wall/enter", data={"key": made.text}, headers={"origin": "https://evil.example"})
                ).status_code == 403  # fmt: skip
        assert (await client.get("/api/v1/me", headers={"authorization": f"Bearer {made.text}"})).status_code == 401


async def test_a_revoked_key_ends_the_session_and_the_live_connection(area: House) -> None:
    made, other = await _made(area), await _made(area)
    async with area.client() as client, area.client() as second:
        await client.post("/wall/enter", data={"key": made.text})
        await second.post("/wall/enter", data={"key": other.text})
        socket = Socket(area, client.cookies["minqing_session"])
        assert (await socket.said())["type"] == "websocket.accept"
        assert "text" in await socket.echo(HEARTBEAT)
        with acting_as(ADMIN):
            await area.auth.desk.revoke_wall(made.id)
        closed = await socket.echo(HEARTBEAT)
        assert (closed["type"], closed["code"]) == ("websocket.close", 4401)
        await asyncio.wait_for(socket.task, 5)
        assert (await client.get("/api/v1/me")).status_code == 401
        assert (await client.post("/wall/enter", data={"key": made.text})).status_code == 401
        assert (await second.get("/api/v1/me")).status_code == 200


async def test_a_display_comes_back_after_a_restart_and_runs_until_its_key_ends(area: House) -> None:
    made = await _made(area, days=100)
    async with area.client() as client:
        await client.post("/wall/enter", data={"key": made.text})
        for _ in range(16):
            area.later(days=6)
            area.auth.gate.forget_account(made.account_id)
            assert (await client.get("/api/v1/me")).status_code == 200
        async with area.client() as restarted:
            assert (await restarted.post("/wall/enter", data={"key": made.text})).status_code == 303
        area.later(days=4)
        assert (await client.get("/api/v1/me")).status_code == 401
        assert (await client.post("/wall/enter", data={"key": made.text})).status_code == 401


async def test_a_disabled_or_reset_display_is_out_with_all_its_keys(area: House) -> None:
    for act in ("disable", "reset", "tokens"):
        made = await _made(area, name=f"hall-{act}")
        async with area.client() as client:
            await client.post("/wall/enter", data={"key": made.text})
            with acting_as(ADMIN):
                await {
                    "disable": area.auth.desk.disable,
                    "reset": area.auth.desk.reset,
                    "tokens": area.auth.desk.revoke_tokens,
                }[act](made.account_id)
            assert (act, (await client.get("/api/v1/me")).status_code) == (act, 401)
            assert (act, (await client.post("/wall/enter", data={"key": made.text})).status_code) == (act, 401)


async def test_the_list_tells_when_and_from_where_a_display_was_seen(area: House) -> None:
    made = await _made(area)
    async with area.client(peer="192.0.2.77") as client:
        assert (await client.post("http://127.0.0.1:8050/wall/enter", data={"key": made.text})).status_code == 303
        area.later(minutes=5)
        await client.get("/api/v1/me")
    async with area.database.reading() as conn:
        wall = (await list_wall_tokens(conn, area.now))[0]
    assert (wall.name, wall.unit_code, wall.address, wall.sessions) == ("hall", "U", "192.0.2.0/24", 1)
    assert wall.last_seen_at == area.now
    assert made.text.startswith(wall.prefix)
    assert len(wall.prefix) == 20
    kinds = [(event.kind, event.subject) for event in area.events]
    assert kinds == [(Action.WALL_ENTERED, made.id)]


async def test_a_key_is_for_one_area_and_one_display(area: House) -> None:
    async with area.database.writing() as conn:
        await add_account(conn, NewAccount("boss", Role.LEADER, "U"), PASSWORD, area.now)
    await _made(area)
    for new, error in [
        (NewWallToken("hall", "X"), WallNameTaken),
        (NewWallToken("boss", "U"), WallNameTaken),
        (NewWallToken("wall", "U"), WallNameTaken),
        (NewWallToken("new", "9999"), AreaUnknown),
        (NewWallToken("new", " "), AreaNeeded),
        (NewWallToken("new", "U", None, 0), WallTokenRefused),
        (NewWallToken("new", "U", None, 1_101), WallTokenRefused),
    ]:
        with pytest.raises(error):
            async with area.database.writing() as conn:
                await make_wall_token(conn, new, area.now)


async def test_the_last_administrator_stays(area: House) -> None:
    async with area.database.writing() as conn:
        await conn.execute("DELETE FROM account WHERE name = 'admin'")
        first = await add_account(conn, NewAccount("root", Role.ADMIN), PASSWORD, area.now)
    desk = area.auth.desk
    with acting_as(ADMIN):
        for act in (lambda: desk.disable(first), lambda: desk.change(first, AccountChange(Role.LEADER))):
            with pytest.raises(AccountRefused, match="last administrator"):
                await act()
        made = await desk.add(NewAccount("second", Role.ADMIN, must_change=True))
        async with area.database.reading() as conn:
            second = await find_account_id(conn, made.name)
        refusals = await asyncio.gather(desk.disable(first), desk.disable(second), return_exceptions=True)
    assert [type(refusal).__name__ for refusal in refusals if refusal is not None] == ["LastAdmin"]


async def test_changes_are_noted_with_before_and_after_and_by_whom(area: House) -> None:
    async with area.database.reading() as conn:
        wang = await find_account_id(conn, "wang")
    async with area.signed_in() as client:
        with acting_as(ADMIN):
            await area.auth.desk.change(wang, AccountChange(Role.PLANNER, "U"))
        assert (await client.get("/api/v1/me")).status_code == 401
    event = area.events[-1]
    assert (event.kind, event.account_id, event.actor_id) == (Action.ACCOUNT_CHANGED, wang, ADMIN.id)
    assert event.before is not None
    assert event.after is not None
    assert (event.before["role"], event.after["role"]) == ("operator", "planner")
    assert (event.before["unit_code"], event.after["unit_code"]) == (None, "U")


async def test_the_desk_asks_for_the_permission_itself_and_serves_no_token(area: House) -> None:
    for account in (Account(2, "li", Role.STEWARD), Account(1, "root", Role.ADMIN, by_token=True)):
        with acting_as(account):
            for act in (area.auth.desk.overview, lambda: area.auth.desk.disable(1), lambda: area.auth.desk.reset(1)):
                with pytest.raises(NotPermitted):
                    await act()
    with acting_as(Account(2, "li", Role.STEWARD, by_token=True)), pytest.raises(NotPermitted):
        await area.auth.own.tokens()


async def test_a_reset_makes_a_password_that_has_to_be_changed(area: House) -> None:
    async with area.database.writing() as conn:
        await reset_password(conn, "wang", PASSWORD, area.now)
        wang = await find_account_id(conn, "wang")
    with acting_as(ADMIN):
        first = await area.auth.desk.reset(wang)
    assert first.text not in repr(first)
    async with area.client() as client:
        answer = await client.post("/login", data={"username": "wang", "password": first.text})
        assert answer.headers["location"] == "/login/password"


async def test_language_and_theme_follow_the_account(area: House) -> None:
    async with area.signed_in() as client:
        kept = await client.post("/account/choices", data={"lang": "en", "theme": "light"}, headers={"origin": BASE})
        assert (kept.status_code, kept.headers["location"]) == (303, "/account")
        assert (await client.post("/account/choices", data={"lang": "xx", "theme": "light"})).status_code == 400
    async with area.client() as client:
        await client.post("/login", data={"username": "wang", "password": PASSWORD})
        assert (client.cookies["minqing_lang"], client.cookies["minqing_theme"]) == ("en", "light")
