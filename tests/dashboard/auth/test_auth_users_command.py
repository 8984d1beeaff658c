"""Does `users` do what docs/access.md says, on a database of its own?"""

import argparse
import io
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dashboard.cli import users
from dashboard.cli.context import Context
from data.accounts.errors import (
    AccountUnknown,
    IdentityInvalid,
    IdentityTaken,
    IdentityUnknown,
    IssuerNeeded,
    PasswordWeak,
    WallTokenUnknown,
)
from data.engine import libpq_url
from data.settings import Settings
from tests.support.grid_world import build_world


class Terminal:
    """Runs commands and reads their JSON reports."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._context = Context(Settings(Path("/nonexistent"), database_url=url), as_json=True)
        self._capsys = capsys
        self._parser = argparse.ArgumentParser()
        users.add(self._parser.add_subparsers())

    def run(self, *words: str) -> Any:
        arguments = self._parser.parse_args(["users", *words, "--json"])
        assert arguments.run(arguments, self._context) == 0
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture
def terminal(database_url: str, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(database_url, capsys)


def test_an_account_is_made_listed_disabled_enabled_and_reset(terminal: Terminal) -> None:
    made = terminal.run("add", "Wang", "--role", "handler", "--department", "water")
    assert len(made["password"]) >= 20
    listed = terminal.run("list")
    assert [(row["name"], row["role"], row["department"], row["must_change"]) for row in listed] == [
        ("wang", "handler", "water", True)
    ]
    token = terminal.run("token", "wang", "--label", "report", "--days", "3", "--scope", "map")
    assert token["token"].startswith("mq_")
    assert terminal.run("list")[0]["tokens"] == 1
    assert terminal.run("disable", "wang") == {"disabled": ["wang"]}
    disabled = terminal.run("list")[0]
    assert disabled["disabled_at"] is not None
    assert disabled["tokens"] == 0
    terminal.run("enable", "wang")
    assert terminal.run("list")[0]["disabled_at"] is None
    assert terminal.run("reset", "wang")["password"] != made["password"]


def test_nothing_happens_where_one_of_several_names_is_unknown(terminal: Terminal) -> None:
    terminal.run("add", "wang", "--role", "leader")
    with pytest.raises(AccountUnknown, match="nobody"):
        terminal.run("disable", "wang", "nobody")
    assert terminal.run("list")[0]["disabled_at"] is None


def test_a_given_password_is_checked_and_not_repeated(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("123456789012\n"))
    with pytest.raises(PasswordWeak):
        terminal.run("add", "wang", "--role", "leader", "--password-stdin")
    monkeypatch.setattr("sys.stdin", io.StringIO("vuk7 orze plym tadi\n"))
    assert terminal.run("add", "wang", "--role", "leader", "--password-stdin").keys() == {"id", "name"}
    assert terminal.run("list")[0]["must_change"] is False


def test_a_key_of_a_display_is_made_listed_and_revoked(terminal: Terminal, database_url: str) -> None:
    with psycopg.connect(libpq_url(database_url)) as connection:
        build_world(connection, "AB")
    made = terminal.run("wall-token", "hall-1", "--unit", "U", "--days", "30", "--site", "https://minqing.example/")
    assert made["link"] == f"https://minqing.example/wall/enter#{made['key']}"
    listed = terminal.run("wall-tokens")
    assert [(wall["name"], wall["unit_code"], wall["revoked_at"]) for wall in listed] == [("hall-1", "U", None)]
    assert made["key"] not in str(listed)
    assert [(row["name"], row["role"], row["tokens"]) for row in terminal.run("list")] == [("hall-1", "wall", 1)]
    assert terminal.run("wall-revoke", str(made["id"])) == {"revoked": made["id"]}
    assert terminal.run("wall-tokens")[0]["revoked_at"] is not None
    with pytest.raises(WallTokenUnknown):
        terminal.run("wall-revoke", "999")


def test_an_account_is_linked_listed_and_unlinked(terminal: Terminal, database_url: str) -> None:
    terminal.run("add", "wang", "--role", "leader")
    terminal.run("add", "li", "--role", "leader")
    there = ("--issuer", "https://sso.example")
    with pytest.raises(IssuerNeeded):
        terminal.run("link", "wang", "--subject", "a1")
    terminal.run("link", "wang", "--subject", "a1", *there)
    terminal.run("link", "wang", "--subject", "a2", *there)
    with pytest.raises(IdentityTaken, match="wang"):
        terminal.run("link", "li", "--subject", "a1", *there)
    with pytest.raises(IdentityInvalid):
        terminal.run("link", "li", "--subject", "", *there)
    assert [(row["name"], row["subject"], row["by_claims"]) for row in terminal.run("links")] == [
        ("wang", "a1", False),
        ("wang", "a2", False),
    ]
    assert terminal.run("unlink", "wang", "--subject", "a1") == {"unlinked": "wang"}
    with pytest.raises(IdentityUnknown):
        terminal.run("unlink", "wang", "--subject", "a1")
    terminal.run("unlink", "wang")
    assert terminal.run("links") == []
    with psycopg.connect(libpq_url(database_url)) as connection:
        noted = connection.execute("SELECT action FROM audit_entry ORDER BY id DESC LIMIT 3").fetchall()
    assert noted == [("identity_unlinked",), ("identity_unlinked",), ("identity_linked",)]
