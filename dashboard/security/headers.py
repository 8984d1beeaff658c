"""Which headers does every answer carry, whoever made it?"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope

from dashboard.security.content_policy import NOTHING, WORKER

NOT_NEEDED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
"""What browsers offer and no page of ours asks for."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in NOT_NEEDED),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR_S = 31_536_000


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """Adds what an answer does not say itself.

    Attributes:
        page_policy: The content-security policy of pages, asked for when the first answer goes out.
    """

    page_policy: Callable[[], str]

    def add(self, scope: Scope, message: Message) -> None:
        """Complete the headers of the beginning of an answer, in place.

        An answer that does not say how long it may be kept is not kept; one that is kept for its reader alone says on
        what it depends.
        """
        headers = MutableHeaders(scope=message)
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", self._policy(headers.get("content-type", "")))
        headers.setdefault("Cache-Control", "no-store")
        if "public" not in headers["cache-control"]:
            headers.add_vary_header("Cookie")
            headers.add_vary_header("Authorization")
        if scope["scheme"] == "https":
            headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_S}")
        if message["status"] in (429, 503):
            headers.setdefault("Retry-After", "2")
        del headers["server"]

    def _policy(self, content_type: str) -> str:
        if content_type.startswith("text/html"):
            return self.page_policy()
        return WORKER if "javascript" in content_type else NOTHING
