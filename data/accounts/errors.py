"""What can go wrong with an account, a password or a token?"""

from data.errors import DataError


class AccountRefused(DataError):
    """A value given for an account cannot be used; `field` names it, `cause` and `remedy` are sentences."""

    def __init__(self, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{field}: {cause} {remedy}")
        self.field = field
        self.cause = cause
        self.remedy = remedy


class LoginNameInvalid(AccountRefused):
    """A login name has characters or a length that cannot be used."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "username",
            f"{name!r} cannot be a login name.",
            "Use 2 to 64 letters, digits, Chinese characters, dots, hyphens or underscores, beginning with one of the "
            "first three.",
        )


class LoginNameTaken(AccountRefused):
    """Another account has the login name."""

    def __init__(self, name: str) -> None:
        super().__init__("username", f"There is an account {name!r} already.", "Choose another login name.")


class AccountUnknown(AccountRefused):
    """No account has the login name."""

    def __init__(self, name: str) -> None:
        super().__init__("username", f"There is no account {name!r}.", "See: python app.py users list")


class AreaUnknown(AccountRefused):
    """No current unit has the code."""

    def __init__(self, code: str) -> None:
        super().__init__("unit", f"There is no unit with the code {code!r}.", "Use the code of a current unit.")


class DepartmentUnknown(AccountRefused):
    """No department has the key."""

    def __init__(self, key: str, known: str) -> None:
        super().__init__("department", f"There is no department {key!r}.", f"Use one of: {known}.")


class DepartmentNeeded(AccountRefused):
    """A handler without a department would handle nothing or everything."""

    def __init__(self) -> None:
        super().__init__("department", "A handler belongs to a department.", "Name it with --department KEY.")


class PasswordWeak(AccountRefused):
    """A password would be guessed too easily; `reason` is a key of the page's texts."""

    def __init__(self, reason: str, cause: str) -> None:
        super().__init__(
            "password", cause, "Use 12 or more characters, such as four words that do not belong together."
        )
        self.reason = reason


class TokenRefused(AccountRefused):
    """A token cannot be made as asked."""


class TokenUnknown(AccountRefused):
    """The account has no such token."""

    def __init__(self, token_id: int) -> None:
        super().__init__("id", f"There is no token {token_id}.", "See GET /api/v1/tokens for those that there are.")


class AreaNeeded(AccountRefused):
    """A display without an area would show everything."""

    def __init__(self) -> None:
        super().__init__("unit", "A display shows one area.", "Name the code of its unit.")


class WallNameTaken(AccountRefused):
    """The name belongs to something else than this display."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "username",
            f"The account {name!r} is no display of this area, or it is disabled.",
            "Choose another name for the display, or the area that it has.",
        )


class WallTokenRefused(AccountRefused):
    """The key of a display cannot be made as asked."""


class WallTokenUnknown(AccountRefused):
    """There is no such key of a display."""

    def __init__(self, token_id: int) -> None:
        super().__init__("id", f"There is no wall token {token_id}.", "See: python app.py users wall-tokens")


class IdentityTaken(AccountRefused):
    """Somebody at the provider of single sign-on belongs to an account already."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "subject", f"The subject belongs to the account {name!r} already.", "Unlink it there first, or leave it."
        )


class IdentityUnknown(AccountRefused):
    """The account is not linked to anybody at the provider."""

    def __init__(self, name: str) -> None:
        super().__init__("username", f"{name!r} has no such link.", "See: python app.py users links")


class IdentityInvalid(AccountRefused):
    """The key of a person at the provider cannot be one."""

    def __init__(self) -> None:
        super().__init__("subject", "A subject has 1 to 255 characters.", "Copy it as the provider shows it.")


class IssuerNeeded(AccountRefused):
    """It is not known at which provider."""

    def __init__(self) -> None:
        super().__init__(
            "issuer", "No provider is configured.", "Name it with --issuer URL, or set MINQING_OIDC_ISSUER."
        )


class LastAdmin(AccountRefused):
    """Without this account nobody could manage accounts any more."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "username",
            f"{name!r} is the last administrator who can sign in.",
            "Make another account of the role admin first.",
        )


class NotPermitted(DataError):
    """The account that acts lacks the permission; `permission` names it."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission {permission}. Ask an administrator whether another role fits you.")
        self.permission = permission


class NobodyActs(DataError):
    """Something that belongs to an account was reached without one."""

    def __init__(self) -> None:
        super().__init__("No account acts here. Reach this through a request that is signed in.")


class DemoAccountsExposed(DataError):
    """Demo accounts and an address that others can reach do not go together."""

    def __init__(self, host: str, names: tuple[str, ...]) -> None:
        super().__init__(
            f"[accounts] Refusing to listen on {host}: the demo accounts {', '.join(names)} are enabled. "
            "Disable them (python app.py users disable --demo) and start without --demo, or listen on 127.0.0.1."
        )
        self.host = host
        self.names = names
