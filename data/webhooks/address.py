"""To which addresses may the program send at all? By default to public ones only, never into its own network."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from data.webhooks.errors import WebhookRefused

_REMEDY = "Use https:// (or http://), a host name and a path, without name or password."
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
MOST_CHARACTERS = 2_000


class AddressRefused(WebhookRefused):
    """The address is of no use, or of the program's own network."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__("url", cause, remedy)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, looked up once: between looking and sending no other address takes its place.

    Attributes:
        ip: Address to connect to.
        host: Name for the Host header and the certificate.
    """

    ip: str
    host: str
    port: int
    scheme: str
    path: str

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address with the number in the place of the name."""
        ip = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{self.scheme}://{ip}:{self.port}{self.path}"


def require_form(url: str) -> None:
    """Refuse what is no address of a program on the web.

    Raises:
        AddressRefused: It is none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused("It cannot be read as an address.", _REMEDY) from error
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= MOST_CHARACTERS
    if parts.scheme not in ("http", "https") or not host or port == 0 or not is_plain:
        raise AddressRefused("It is no address of the web.", _REMEDY)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused("It holds a name, a password or a fragment.", _REMEDY)


async def look_up(url: str, *, allow_private: bool) -> Target:
    """Where an address leads; every address that its name has must be allowed.

    Raises:
        AddressRefused: It leads into a network that is not public.
        OSError: Its name is not known.
    """
    require_form(url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(is_public(address) for address in addresses):
        raise AddressRefused(
            "It leads to this machine or into a private network.",
            "Use a public address, or allow it for this webhook: --allow-private.",
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(addresses[0], host, port, parts.scheme, path)


def is_public(text: str) -> bool:
    """Whether an address is of the public internet, also where it is wrapped into IPv6.

    >>> is_public("8.8.8.8"), is_public("10.1.2.3"), is_public("::ffff:127.0.0.1"), is_public("169.254.169.254")
    (True, False, False, False)
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast
