"""What can go wrong with a webhook?"""

from data.errors import DataError


class WebhookRefused(DataError):
    """A value given for a webhook cannot be used; `field` names it, `cause` and `remedy` are sentences."""

    def __init__(self, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{field}: {cause} {remedy}")
        self.field = field
        self.cause = cause
        self.remedy = remedy


class WebhookUnknown(WebhookRefused):
    """There is no such webhook."""

    def __init__(self, webhook_id: int) -> None:
        super().__init__("id", f"There is no webhook {webhook_id}.", "See: python app.py webhooks list")


class SecretKeyMissing(WebhookRefused):
    """Without the program's key a secret could only be stored openly, and then the database alone could sign."""

    def __init__(self) -> None:
        super().__init__(
            "MINQING_SECRET_KEY",
            "It is not set, and secrets of webhooks are sealed with it.",
            'Set it: python -c "import secrets; print(secrets.token_urlsafe(32))"',
        )


class SecretUnreadable(DataError):
    """A sealed secret was sealed with another key of the program."""

    def __init__(self) -> None:
        super().__init__(
            "The secret was sealed with another MINQING_SECRET_KEY. "
            "Set that key again, or remove the webhook and add it."
        )
