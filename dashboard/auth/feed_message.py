"""May the account listen to what a message of the live connection asks for?"""

from starlette.types import Message

from dashboard.auth.callback_body import GOOD, UNLISTED, Verdict
from dashboard.auth.refusals import may
from dashboard.auth.route_permissions import FEED
from dashboard.live.messages import subscription_of
from data.accounts.account import Account
from data.accounts.permissions import Permission


def judge_subscription(account: Account, message: Message) -> Verdict:
    """Whether the account may listen to everything that the message names."""
    wanted = subscription_of(message.get("text") or message.get("bytes") or b"")
    if wanted is None:
        return UNLISTED
    needs = [FEED.get(kind.value) for kind in wanted.kinds]
    if None in needs:
        return UNLISTED
    lacking = sorted(Permission(need) for need in needs if need is not None and not may(account, need))
    return Verdict(lacking=lacking[0]) if lacking else GOOD
