"""What may the login roles of the web do with the log, and which entries does an auditor of an area see?"""

import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from data.audit.actor import Actor, ActorKind, Via
from data.audit.entry import Action, Entry
from data.audit.record import record_now
from data.audit.sealing import seal_new
from data.engine import libpq_url
from data.roles import AUTH, WEB, url_as
from tests.data.audit.conftest import KEY, Log
from tests.support.grid_world import build_world

HASH = "$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$aGFzaA"


def connect(url: str, role: str) -> psycopg.Connection:
    return psycopg.connect(libpq_url(url_as(url, role)), autocommit=True)


def account(log: Log, name: str, role: str, code: str | None = None) -> int:
    row = log.connection.execute(
        "INSERT INTO account (name, role, password_hash, level_key, unit_code, created_at) "
        "VALUES (%s, %s, %s, %s, %s, now()) RETURNING id",
        [name, role, HASH, "county" if code else None, code],
    ).fetchone()
    assert row is not None
    return int(row[0])


CALL = "SELECT audit_record('cli', NULL, 'cli', '', 'exported', 'x', '', '{}', %s, NULL, NULL)"


@pytest.mark.parametrize("role", [WEB, AUTH])
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal", "audit_unsealed", "audit_anchor"])
@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO {} DEFAULT VALUES", "UPDATE {} SET ctid = ctid", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"],
)
def test_roles_of_the_web_change_nothing(sealed: Log, database_url: str, role: str, table: str, statement: str) -> None:
    statement = statement.replace(
        "SET ctid = ctid", "SET entry_id = 1" if table == "audit_unsealed" else "SET made_at = now()"
    )
    statement = statement.replace(
        "made_at = now()", {"audit_entry": "action = 'x'", "audit_seal": "key_id = 'x'"}.get(table, "made_at = now()")
    )
    with connect(database_url, role) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement.format(table).encode())


@pytest.mark.parametrize("role", [WEB, AUTH])
def test_roles_of_the_web_write_through_the_function_only(log: Log, database_url: str, role: str) -> None:
    with connect(database_url, role) as connection:
        connection.execute(CALL, [Jsonb({"n": 1})])
        for forbidden in ("SELECT ensure_audit_partition(now())", "SELECT audit_refuse()"):
            with pytest.raises((errors.InsufficientPrivilege, errors.FeatureNotSupported)):
                connection.execute(forbidden.encode())
    assert log.seal() == 1


def seen(url: str, account_id: int, unit_id: int = 0) -> list[str]:
    with connect(url, WEB) as connection, connection.transaction():
        connection.execute(f"SET LOCAL minqing.account_id = '{account_id}'".encode())
        connection.execute(f"SET LOCAL minqing.unit_id = '{unit_id}'".encode())
        connection.execute(b"SET LOCAL minqing.department_id = '0'")
        rows = connection.execute("SELECT object_id FROM audit_entry ORDER BY object_id").fetchall()
    return [row[0] for row in rows]


def test_an_auditor_of_an_area_sees_its_accounts_and_what_was_done_in_it(log: Log, database_url: str) -> None:
    world = build_world(log.connection, "AAaa AAaa")
    ids = {
        name: account(log, name, role, code)
        for name, role, code in [
            ("whole", "auditor", None), ("upper", "auditor", "U"), ("lower", "auditor", "L"),
            ("u1", "operator", "U"), ("l1", "operator", "L"), ("boss", "leader", None),
        ]
    }  # fmt: skip

    def act(who: str, what: str, *units: str) -> None:
        actor = Actor(ActorKind.ACCOUNT, Via.SESSION, ids[who])
        entry = Entry(Action.INCIDENT_VIEWED, "incident", what, unit_ids=tuple(world.ids[unit] for unit in units))
        record_now(log.connection, entry, actor)

    act("u1", "1 upper account in its area", "A")
    act("l1", "2 lower account", "a")
    act("boss", "3 city account in upper", "0,0")
    act("boss", "4 city account nowhere")
    act("l1", "5 lower account in upper", "U")
    assert len(seen(database_url, ids["whole"])) == 5
    assert [text[0] for text in seen(database_url, ids["upper"], world.ids["U"])] == ["1", "3", "5"]
    assert [text[0] for text in seen(database_url, ids["lower"], world.ids["L"])] == ["2", "5"]


def test_who_is_no_auditor_sees_no_entry_and_no_seal(log: Log, database_url: str) -> None:
    operator, auditor = account(log, "op", "operator"), account(log, "au", "auditor")
    log.write(3)
    seal_new(log.connection, KEY)
    assert seen(database_url, operator) == []
    assert seen(database_url, 0) == []
    assert len(seen(database_url, auditor)) == 3
    with connect(database_url, WEB) as connection:
        assert connection.execute("SELECT count(*) FROM audit_seal").fetchone() == (0,)


def test_an_accounts_own_name_role_and_area_are_looked_up(log: Log) -> None:
    known = account(log, "wang", "operator")
    record_now(
        log.connection, Entry(Action.SIGNED_IN, "account", str(known)), Actor(ActorKind.ACCOUNT, Via.SESSION, known)
    )
    row = log.connection.execute("SELECT actor_name, actor_role, scope FROM audit_entry").fetchone()
    assert row == ("wang", "operator", [])
