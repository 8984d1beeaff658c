"""What does the audit log say of accounts that were managed from the command line?"""

from collections.abc import Mapping
from datetime import UTC, datetime

from data.accounts.administration import find_listed
from data.audit.entry import Action, Entry, differing
from data.audit.record import record
from data.engine import AsyncRows

TOLD = ("name", "role", "level_key", "unit_code", "department", "disabled_at", "must_change")


async def account_facts(conn: AsyncRows, account_id: int) -> dict[str, object]:
    """What before and after of an account tell."""
    listed = await find_listed(conn, account_id, datetime.now(UTC))
    return {name: getattr(listed, name) for name in TOLD} | {"sessions": listed.sessions, "tokens": listed.tokens}


async def record_account(
    conn: AsyncRows, action: Action, account_id: int, before: Mapping[str, object] | None = None, **detail: object
) -> None:
    """Write what was done to an account, in the transaction of it.

    Args:
        before: Its facts before; None where it is new, or where facts are not what changed.
        detail: What else there is to say, such as the id of a token.
    """
    after = await account_facts(conn, account_id)
    entry = Entry(
        action,
        "account",
        str(account_id),
        detail={"account": after["name"]} | detail,
        before=differing(before, after),
        after=differing(after, before),
    )
    await record(conn, entry)
