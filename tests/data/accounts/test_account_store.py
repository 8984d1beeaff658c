"""Do accounts, sessions and tokens open what they should, for as long as they should, and nothing else?"""

import asyncio
from datetime import datetime, timedelta

import psycopg
import pytest

from data.accounts.administration import (
    NewAccount,
    add_account,
    disable_account,
    enable_account,
    list_accounts,
    reset_password,
)
from data.accounts.demo import ensure_demo_accounts, is_loopback, refuse_unsafe, store_demo_accounts
from data.accounts.errors import (
    AccountUnknown,
    AreaUnknown,
    DemoAccountsExposed,
    DepartmentNeeded,
    DepartmentUnknown,
    LoginNameTaken,
    PasswordWeak,
    TokenRefused,
    TokenUnknown,
)
from data.accounts.keys import Key, new_key, parse_key
from data.accounts.lockout import FREE_ATTEMPTS
from data.accounts.permissions import Permission, Role, permissions_of
from data.accounts.sessions import (
    Origin,
    close_session,
    find_session,
    note_session_seen,
    open_session,
    rotate_session,
)
from data.accounts.sign_in import Proven, Refused, prove_password
from data.accounts.tokens import NewToken, find_token, list_tokens, make_token, note_token_used, revoke_token
from data.engine import AsyncDatabase, engine_for, libpq_url
from tests.data.accounts.conftest import NOW
from tests.data.reads import grid_world

pytestmark = pytest.mark.anyio
PASSWORD = "vuk7 orze plym tadi"
FROM = Origin("203.0.113.0/24", "browser")


async def _add(database: AsyncDatabase, name: str = "wang", role: Role = Role.OPERATOR, **more: str) -> int:
    async with database.writing() as conn:
        return await add_account(conn, NewAccount(name, role, **more), PASSWORD, NOW)


async def _prove(database: AsyncDatabase, password: str, now: datetime = NOW, name: str = "wang") -> bool:
    return isinstance(await prove_password(database.writing, name, password, now), Proven)


async def test_name_and_password_open_the_account_whatever_the_case_of_the_name(database: AsyncDatabase) -> None:
    account_id = await _add(database)
    outcome = await prove_password(database.writing, " WANG", PASSWORD, NOW)
    assert outcome == Proven(account_id, "wang", Role.OPERATOR, must_change=False)
    assert not await _prove(database, PASSWORD + " ")
    assert await prove_password(database.writing, "nobody\0", PASSWORD, NOW) == Refused(None)


async def test_two_accounts_cannot_differ_by_case_only(database: AsyncDatabase) -> None:
    await _add(database)
    with pytest.raises(LoginNameTaken):
        await _add(database, "WANG")
    async with database.reading() as conn:
        assert [account.name for account in await list_accounts(conn, NOW)] == ["wang"]


async def test_wrong_passwords_close_the_account_for_growing_times(database: AsyncDatabase) -> None:
    await _add(database)
    now = NOW
    for _ in range(FREE_ATTEMPTS + 1):
        assert not await _prove(database, "wrong", now)
    for delay_s in (30, 60, 120):
        assert not await _prove(database, PASSWORD, now + timedelta(seconds=delay_s - 1))
        now += timedelta(seconds=delay_s)
        assert not await _prove(database, "wrong", now)
    assert await _prove(database, PASSWORD, now + timedelta(seconds=240))
    for _ in range(FREE_ATTEMPTS):
        assert not await _prove(database, "wrong", now + timedelta(seconds=240))
    assert await _prove(database, PASSWORD, now + timedelta(seconds=240))


async def test_attempts_while_locked_do_not_prolong_the_lock(database: AsyncDatabase) -> None:
    await _add(database)
    for _ in range(FREE_ATTEMPTS + 1):
        await _prove(database, "wrong")
    for _ in range(3):
        assert not await _prove(database, "wrong", NOW + timedelta(seconds=10))
    assert await _prove(database, PASSWORD, NOW + timedelta(seconds=30))


async def test_guesses_sent_at_once_get_no_more_tries_than_guesses_in_turn(database: AsyncDatabase) -> None:
    await _add(database)
    guesses = ["wrong"] * 6 + [PASSWORD] * 6
    outcomes = await asyncio.gather(*(_prove(database, guess) for guess in guesses[:6]))
    assert outcomes == [False] * 6
    async with database.reading() as conn:
        row = await (await conn.execute("SELECT failed_attempts FROM account")).fetchone()
    assert row == {"failed_attempts": FREE_ATTEMPTS + 1}
    assert not any(await asyncio.gather(*(_prove(database, guess) for guess in guesses[6:])))


async def test_a_disabled_account_opens_nothing_until_it_is_enabled(database: AsyncDatabase) -> None:
    account_id = await _add(database)
    async with database.writing() as conn:
        session = await open_session(conn, account_id, Role.OPERATOR, FROM, NOW)
        token = await make_token(conn, account_id, NewToken("report"), NOW)
        await disable_account(conn, account_id, NOW)
    assert not await _prove(database, PASSWORD)
    async with database.writing() as conn:
        await enable_account(conn, account_id)
        assert await find_session(conn, session, NOW) is None
        assert await find_token(conn, _key(token.text), NOW) is None
    assert await _prove(database, PASSWORD)


async def test_even_a_session_row_that_survived_opens_nothing_for_a_disabled_account(database: AsyncDatabase) -> None:
    account_id = await _add(database)
    async with database.writing() as conn:
        session = await open_session(conn, account_id, Role.OPERATOR, FROM, NOW)
        assert await find_session(conn, session, NOW) is not None
        await conn.execute("UPDATE account SET disabled_at = now()")
        assert await find_session(conn, session, NOW) is None


@pytest.mark.parametrize(
    ("role", "idle", "absolute"),
    [(Role.OPERATOR, timedelta(hours=2), timedelta(hours=12)), (Role.WALL, timedelta(days=7), timedelta(days=30))],
)
async def test_a_session_ends_when_idle_and_in_any_case_in_the_end(
    database: AsyncDatabase, role: Role, idle: timedelta, absolute: timedelta
) -> None:
    account_id = await _add(database, role=role)
    moment, second = NOW, timedelta(seconds=1)
    async with database.writing() as conn:
        key = await open_session(conn, account_id, role, FROM, NOW)
        assert await find_session(conn, key, NOW + idle - second) is not None
        assert await find_session(conn, key, NOW + idle) is None
        while moment + idle < NOW + absolute:
            moment += idle - second
            assert await find_session(conn, key, moment) is not None
            await note_session_seen(conn, key, moment)
        assert await find_session(conn, key, NOW + absolute - second) is not None
        assert await find_session(conn, key, NOW + absolute) is None


async def test_rotating_a_session_makes_the_old_key_worthless(database: AsyncDatabase) -> None:
    account_id = await _add(database)
    async with database.writing() as conn:
        old = await open_session(conn, account_id, Role.OPERATOR, FROM, NOW)
        fresh = await rotate_session(conn, old, NOW + timedelta(minutes=1))
        assert await find_session(conn, old, NOW) is None
        standing = await find_session(conn, fresh, NOW)
        assert standing is not None
        assert (standing.account.id, standing.account.name, standing.account.role) == (
            account_id,
            "wang",
            Role.OPERATOR,
        )
        await close_session(conn, fresh)
        assert await find_session(conn, fresh, NOW) is None


async def test_a_known_selector_without_its_secret_opens_nothing_and_ends_nothing(database: AsyncDatabase) -> None:
    account_id = await _add(database)
    async with database.writing() as conn:
        key = await open_session(conn, account_id, Role.OPERATOR, FROM, NOW)
        forged = Key(key.selector, new_key().secret)
        assert await find_session(conn, forged, NOW) is None
        await close_session(conn, forged)
        assert await find_session(conn, key, NOW) is not None


async def test_nothing_in_the_database_is_a_password_or_a_whole_key(database: AsyncDatabase) -> None:
    account_id = await _add(database)
    async with database.writing() as conn:
        session = await open_session(conn, account_id, Role.OPERATOR, FROM, NOW)
        token = await make_token(conn, account_id, NewToken("report"), NOW)
    stored = ""
    async with database.reading() as conn:
        for table in ("account", "login_session", "api_token"):
            rows = await conn.execute(f"SELECT row_to_json(t)::text AS row FROM {table} AS t".encode())
            found = [str(row["row"]) for row in await rows.fetchall()]
            assert found
            stored += "".join(found)
    secrets = (PASSWORD, session.secret, _key(token.text).secret)
    assert all(secret not in stored and secret.encode().hex() not in stored for secret in secrets)
    assert session.digest.hex() in stored
    assert _key(token.text).digest.hex() in stored


async def test_a_token_acts_for_its_account_until_it_expires_or_is_revoked(database: AsyncDatabase) -> None:
    account_id, other_id = await _add(database), await _add(database, "li")
    async with database.writing() as conn:
        made = await make_token(conn, account_id, NewToken("report", days=2), NOW)
        key = _key(made.text)
        standing = await find_token(conn, key, NOW + timedelta(days=2, seconds=-1))
        assert standing is not None
        assert standing.account.permissions == permissions_of(Role.OPERATOR)
        assert await find_token(conn, key, NOW + timedelta(days=2)) is None
        assert await find_token(conn, Key(key.selector, new_key().secret), NOW) is None
        with pytest.raises(TokenUnknown):
            await revoke_token(conn, other_id, made.id, NOW)
        await note_token_used(conn, key, NOW)
        await revoke_token(conn, account_id, made.id, NOW)
        assert await find_token(conn, key, NOW) is None
        listed = (await list_tokens(conn, account_id))[0]
    assert (listed.prefix, listed.last_used_at, listed.revoked_at) == ("mq_" + key.selector, NOW, NOW)
    assert key.secret not in repr(listed) + repr(made)


async def test_a_token_can_narrow_the_rights_of_its_account_but_not_widen_them(database: AsyncDatabase) -> None:
    account_id = await _add(database)
    scopes = frozenset({Permission.MAP, Permission.ACCOUNTS})
    async with database.writing() as conn:
        made = await make_token(conn, account_id, NewToken("report", scopes=scopes), NOW)
        standing = await find_token(conn, _key(made.text), NOW)
    assert standing is not None
    assert standing.account.permissions == {Permission.MAP}


@pytest.mark.parametrize(
    "new", [NewToken(""), NewToken("x" * 81), NewToken("a\nb"), NewToken("x", 0), NewToken("x", 367)]
)
async def test_unusable_tokens_are_refused(database: AsyncDatabase, new: NewToken) -> None:
    account_id = await _add(database)
    async with database.writing() as conn:
        with pytest.raises(TokenRefused):
            await make_token(conn, account_id, new, NOW)


async def test_an_account_has_a_limited_number_of_tokens(database: AsyncDatabase) -> None:
    account_id = await _add(database)
    async with database.writing() as conn:
        for number in range(50):
            await make_token(conn, account_id, NewToken(f"t{number}"), NOW)
        with pytest.raises(TokenRefused, match="50 tokens"):
            await make_token(conn, account_id, NewToken("one more"), NOW)


async def test_an_area_is_followed_by_code_and_one_that_is_gone_opens_nothing(
    database: AsyncDatabase, database_url: str
) -> None:
    await asyncio.to_thread(grid_world.build, database_url)
    account_id = await _add(database, unit_code="4402")
    city_wide = await _add(database, "li")
    async with database.writing() as conn:
        confined = await open_session(conn, account_id, Role.OPERATOR, FROM, NOW)
        free = await open_session(conn, city_wide, Role.OPERATOR, FROM, NOW)
        assert (await _account(conn, confined)).unit_id == grid_world.IDS["B"]
        assert (await _account(conn, free)).unit_id is None
        await conn.execute("UPDATE unit SET ended_revision_id = 1 WHERE code = '4402'")
        assert await find_session(conn, confined, NOW) is None
        assert (await _account(conn, free)).unit_id is None
        assert [account.area_gone for account in await list_accounts(conn, NOW)] == [False, True]
    assert not await _prove(database, PASSWORD)
    with pytest.raises(AreaUnknown):
        await _add(database, "zhao", unit_code="4402")


async def _account(conn: object, key: Key) -> object:
    standing = await find_session(conn, key, NOW)
    assert standing is not None
    return standing.account


async def test_a_handler_belongs_to_a_department(database: AsyncDatabase) -> None:
    with pytest.raises(DepartmentNeeded):
        await _add(database, role=Role.HANDLER)
    with pytest.raises(DepartmentUnknown, match="harbour, parks"):
        await _add(database, role=Role.HANDLER, department="post")
    account_id = await _add(database, role=Role.HANDLER, department="parks")
    async with database.writing() as conn:
        key = await open_session(conn, account_id, Role.HANDLER, FROM, NOW)
        assert (await _account(conn, key)).department_id == 1
        with pytest.raises(psycopg.errors.CheckViolation):
            await conn.execute("UPDATE account SET department_id = NULL")


async def test_a_reset_ends_everything_and_asks_for_a_new_password(database: AsyncDatabase) -> None:
    account_id = await _add(database)
    async with database.writing() as conn:
        session = await open_session(conn, account_id, Role.OPERATOR, FROM, NOW)
        token = await make_token(conn, account_id, NewToken("report"), NOW)
        with pytest.raises(PasswordWeak):
            await reset_password(conn, "wang", "123456789012", NOW)
        assert await reset_password(conn, "Wang", "another 5 blue tulips", NOW) == account_id
        assert await find_session(conn, session, NOW) is None
        assert await find_token(conn, _key(token.text), NOW) is None
        with pytest.raises(AccountUnknown):
            await reset_password(conn, "nobody", "another 5 blue tulips", NOW)
    assert not await _prove(database, PASSWORD)
    outcome = await prove_password(database.writing, "wang", "another 5 blue tulips", NOW)
    assert outcome == Proven(account_id, "wang", Role.OPERATOR, must_change=True)


async def test_the_demo_has_one_account_per_role_and_leaves_real_accounts_alone(database: AsyncDatabase) -> None:
    await _add(database, "admin", Role.AUDITOR)
    async with database.writing() as conn:
        demo = await store_demo_accounts(conn, None, NOW)
    assert set(demo.names) == {role.value for role in Role} - {"admin"}
    assert demo.random
    assert demo.password not in repr(demo)
    assert await _prove(database, PASSWORD, name="admin")
    assert not await _prove(database, demo.password, name="admin")
    assert await _prove(database, demo.password, name="handler")
    async with database.writing() as conn:
        again = await store_demo_accounts(conn, "given-for-demo", NOW)
    assert (again.password, again.random) == ("given-for-demo", False)
    assert await _prove(database, "given-for-demo", name="handler")
    assert not await _prove(database, demo.password, name="handler")


def test_demo_accounts_keep_the_program_from_listening_to_others(database_url: str) -> None:
    refuse_unsafe("0.0.0.0", database_url)
    _insert_department(database_url)
    demo = ensure_demo_accounts(database_url, None, NOW)
    assert len(demo.names) == 8
    for host in ("127.0.0.1", "::1", "localhost"):
        refuse_unsafe(host, database_url)
    for host in ("0.0.0.0", "::", "", "192.168.1.5", "city.example"):
        with pytest.raises(DemoAccountsExposed, match="users disable --demo"):
            refuse_unsafe(host, database_url)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("UPDATE account SET disabled_at = now()")
    refuse_unsafe("0.0.0.0", database_url)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True), ("127.8.9.1", True), ("[::1]", True), ("::ffff:127.0.0.1", True), ("LOCALHOST.", True),
        ("localhost.evil.example", False), ("127.0.0.1.evil.example", False), ("0.0.0.0", False), ("", False),
        ("::ffff:10.0.0.1", False),
    ],
)  # fmt: skip
def test_loopback_means_this_machine_only(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_accounts_hold_nothing_else_about_a_person(database_url: str) -> None:
    engine = engine_for(database_url)
    with engine.connect() as connection:
        columns = connection.exec_driver_sql(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'account'"
        ).scalars()
        found = set(columns)
    engine.dispose()
    assert found == {
        "id", "name", "role", "password_hash", "level_key", "unit_code", "department_id", "lang", "theme", "demo",
        "must_change", "failed_attempts", "locked_until", "created_at", "disabled_at",
    }  # fmt: skip


def _insert_department(url: str) -> None:
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute("INSERT INTO department (key, name_zh, name_en) VALUES ('water', '水务局', 'Water')")


def _key(text: str) -> Key:
    key = parse_key(text)
    assert key is not None
    return key
