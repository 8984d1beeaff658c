"""Which claims of a provider make which accounts? Read from a YAML file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.accounts.permissions import Role
from data.importing.marked_yaml import Entry, read_yaml

KEYS = ("value", "role", "unit", "level", "department")
ROLES = tuple(role.value for role in Role if role is not Role.WALL)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one value of the claim gives.

    Attributes:
        value: The value, such as the name of a group.
        role: Role of the account.
        unit_code: Code of the unit that it may see; None is the whole city.
        level_key: Level of that unit, where a code stands on several.
        department: Key of its department; handlers need one.
    """

    value: str
    role: Role
    unit_code: str | None = None
    level_key: str | None = None
    department: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimMapping:
    """What the values of one claim give.

    Attributes:
        claim: Name of the claim, a text or a list of texts.
        grants: In order; the first whose value the claim has counts.
    """

    claim: str
    grants: tuple[Grant, ...]

    def grant_for(self, claims: Mapping[str, object]) -> Grant | None:
        """What these claims give; None for nothing."""
        held = claims.get(self.claim)
        values = held if isinstance(held, list) else [held]
        return next((grant for grant in self.grants if grant.value in values), None)


def read_claim_mapping(path: Path) -> ClaimMapping:
    """Read the file that MINQING_OIDC_MAPPING names.

    Raises:
        MappingInvalid: The file cannot be followed; the text names line, field, cause and remedy.
    """
    top = read_yaml(path)
    top.allow(("claim", "accounts"))
    accounts = top.child("accounts")
    if not isinstance(accounts.value, list) or not accounts.value:
        accounts.fail("A list of accounts is needed here.", "Write `- value: …` and `role: …` for each.")
    grants = tuple(_grant(accounts.child(position)) for position in range(len(accounts.value)))
    return ClaimMapping(top.child("claim").needed_text(), grants)


def _grant(entry: Entry) -> Grant:
    entry.allow(KEYS)
    role = Role(entry.child("role").one_of(ROLES, ""))
    department = entry.child("department").text() or None
    if role is Role.HANDLER and not department:
        entry.fail("A handler belongs to a department.", "Add `department: KEY`.")
    return Grant(
        entry.child("value").needed_text(), role, entry.child("unit").text(), entry.child("level").text(), department
    )
