"""Why does a sign-in through the provider come to nothing?

The text of each is for the log; the visitor learns no more than its `reason`, a key of the sign-in page's texts.
"""

from dashboard.errors import DashboardError


class SignOnFailed(DashboardError):
    """Root: nobody is signed in."""

    reason = "refused"


class ProviderUnusable(SignOnFailed):
    """The provider does not answer, or with something that no provider answers."""

    reason = "unreachable"


class ProviderDeclined(SignOnFailed):
    """The provider says that it did not sign the person in: they gave up, or may not."""

    reason = "declined"


class FlowUnknown(SignOnFailed):
    """The browser did not begin this sign-in, began it long ago, or ended it already."""

    reason = "stale"


class TokenInvalid(SignOnFailed):
    """What should prove who the person is proves nothing."""


class KeyUnknown(TokenInvalid):
    """A token is signed with a key that is not among those known; the provider may have new ones."""


class PersonUnknown(SignOnFailed):
    """The person is who they are, but no account is theirs that may sign in."""

    def __init__(self, cause: str = "No account that may sign in belongs to this person.") -> None:
        super().__init__(cause)


REASONS = frozenset({"refused", "unreachable", "declined", "stale", "stays"})
