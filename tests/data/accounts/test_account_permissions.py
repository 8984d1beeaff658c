"""Does the permission table say what it should, and does the document say the same?"""

import re
from pathlib import Path

import pytest

from data.accounts.account import Account, acting_account, acting_account_or_none, acting_as
from data.accounts.errors import NobodyActs
from data.accounts.permissions import MEANINGS, PERMISSIONS, Permission, Role, permission_table, permissions_of
from data.models.account import ROLES

DOCUMENT = Path(__file__).parents[3] / "docs" / "access.md"


def test_the_document_shows_the_table_and_every_role() -> None:
    text = DOCUMENT.read_text("utf-8")
    shown = re.search(r"<!-- permissions -->\n(.*?)<!-- /permissions -->", text, re.DOTALL)
    assert shown is not None
    assert shown[1] == permission_table()
    assert {role for role in Role if f"| `{role}` " not in text} == set()


def test_every_permission_has_a_meaning_and_somebody_who_holds_it() -> None:
    assert set(PERMISSIONS) == set(MEANINGS) == set(Permission)
    assert all(PERMISSIONS.values())
    assert all(permissions_of(role) for role in Role)


def test_the_database_knows_the_same_roles() -> None:
    assert ", ".join(f"'{role}'" for role in Role) == ROLES


def test_roles_that_only_look_hold_nothing_that_changes_data() -> None:
    changing = {
        Permission.INCIDENT_REPORT,
        Permission.CASE_TRANSITION,
        Permission.CASE_APPROVE,
        Permission.ALERT_ACKNOWLEDGE,
        Permission.ZONE_PROPOSE,
        Permission.ZONE_ADOPT,
        Permission.ZONE_COMMENT,
        Permission.DATA_IMPORT,
        Permission.DATA_CORRECT,
        Permission.ACCOUNTS,
    }
    assert not (permissions_of(Role.WALL) | permissions_of(Role.AUDITOR)) & changing
    assert Permission.INCIDENT_DETAILS not in permissions_of(Role.WALL)
    assert PERMISSIONS[Permission.ACCOUNTS] == {Role.ADMIN}


def test_an_account_may_what_its_role_may_unless_a_token_narrows_it() -> None:
    steward = Account(1, "li", Role.STEWARD)
    narrowed = Account(1, "li", Role.STEWARD, limited_to=frozenset({Permission.MAP, Permission.ACCOUNTS}))
    assert steward.may(Permission.DATA_IMPORT)
    assert not steward.may(Permission.ACCOUNTS)
    assert narrowed.permissions == {Permission.MAP}


def test_nobody_acts_outside_of_a_request() -> None:
    account = Account(1, "li", Role.STEWARD)
    with pytest.raises(NobodyActs):
        acting_account()
    with acting_as(account):
        assert acting_account() is account
        with acting_as(None):
            assert acting_account_or_none() is None
        assert acting_account() is account
    assert acting_account_or_none() is None
