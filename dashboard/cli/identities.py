"""How are accounts linked to people at the provider of single sign-on from the command line?"""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from dashboard.cli.account_entries import record_account
from dashboard.cli.account_work import in_one_transaction
from dashboard.cli.context import Context
from data.accounts.administration import find_account_id
from data.accounts.errors import IssuerNeeded
from data.accounts.identities import Identity, link_identity, list_identities, unlink_identity
from data.audit.entry import Action
from data.engine import AsyncRows
from data.privacy.masking import masked_text

Declare = Callable[[str, str, Callable[[argparse.Namespace, Context], int]], argparse.ArgumentParser]


def declare_identities(declare: Declare) -> None:
    """Declare `users link`, `unlink` and `links`."""
    link = declare("link", "let somebody at the provider of single sign-on come in as the account", run_link)
    link.add_argument("name", help="login name")
    link.add_argument("--subject", required=True, help="the provider's own key of the person (claim `sub`)")
    link.add_argument("--issuer", metavar="URL", help="the provider (default: the one in MINQING_OIDC_ISSUER)")
    unlink = declare("unlink", "take links to the provider back; the account's sessions end", run_unlink)
    unlink.add_argument("name", help="login name")
    unlink.add_argument("--subject", help="only this one")
    declare("links", "list who may come in by single sign-on", run_links)


def run_link(arguments: argparse.Namespace, context: Context) -> int:
    """Link an account to a person."""
    configured = context.settings.provider
    issuer = arguments.issuer or (configured.issuer if configured else None)
    if issuer is None:
        raise IssuerNeeded

    async def link(conn: AsyncRows) -> None:
        account_id = await find_account_id(conn, arguments.name)
        await link_identity(conn, Identity(issuer, arguments.subject), account_id, _now())
        subject = masked_text(arguments.subject)
        await record_account(conn, Action.IDENTITY_LINKED, account_id, issuer=issuer, subject=subject)

    in_one_transaction(context, link)
    report = {"linked": arguments.name, "issuer": issuer, "subject": arguments.subject}
    print(json.dumps(report, ensure_ascii=False) if context.as_json else f"linked: {arguments.name} ({issuer})")
    return 0


def run_unlink(arguments: argparse.Namespace, context: Context) -> int:
    """Take links back."""

    async def unlink(conn: AsyncRows) -> None:
        account_id = await unlink_identity(conn, arguments.name, arguments.subject)
        await record_account(conn, Action.IDENTITY_UNLINKED, account_id)

    in_one_transaction(context, unlink)
    report = {"unlinked": arguments.name}
    print(json.dumps(report, ensure_ascii=False) if context.as_json else f"unlinked: {arguments.name}")
    return 0


def run_links(_arguments: argparse.Namespace, context: Context) -> int:
    """All links."""
    links = in_one_transaction(context, list_identities)
    if context.as_json:
        print(json.dumps([asdict(link) for link in links], ensure_ascii=False, default=datetime.isoformat))
        return 0
    for link in links:
        how = "by claims" if link.by_claims else "by name or by hand"
        print(f"{link.name:<20} {link.subject:<40} {link.issuer}  since {link.created_at.date()}  {how}")
    if not links:
        print("no links yet; make one: python app.py users link NAME --subject SUBJECT")
    return 0


def _now() -> datetime:
    return datetime.now(UTC)
