"""Which provider of single sign-on may people come in by? What the environment says about it; nothing, by default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from data.accounts.claim_mapping import ClaimMapping, read_claim_mapping
from data.accounts.demo import is_loopback
from data.errors import SettingInvalid

ISSUER = "MINQING_OIDC_ISSUER"
CLIENT = "MINQING_OIDC_CLIENT_ID"
SITE = "MINQING_OIDC_SITE"
SECRET = "MINQING_OIDC_CLIENT_SECRET"  # noqa: S105  # the name of a variable
SECRET_FILE = "MINQING_OIDC_CLIENT_SECRET_FILE"  # noqa: S105  # the name of a variable
LINK = "MINQING_OIDC_LINK_BY_NAME"
END = "MINQING_OIDC_END_SESSION"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of OpenID Connect and how its people become accounts.

    Attributes:
        issuer: Its address, exactly as its tokens name it.
        client_id: Name under which it knows this program.
        site: Scheme, host and port under which browsers reach this program.
        secret: Password of this program at the provider; None for a public client, which proves itself by PKCE alone.
        name: What people call it.
        links_by_name: Whether somebody unknown gets the account whose login name is the claim `preferred_username`.
        mapping: Which claims make which accounts; None makes none.
        ca_file: Certificates that vouch for the provider instead of the public ones.
        ends_session: Whether signing out here ends the session at the provider, too, where it offers that.
    """

    issuer: str
    client_id: str
    site: str
    secret: str | None = field(default=None, repr=False)
    name: str = ""
    links_by_name: bool = False
    mapping: ClaimMapping | None = None
    ca_file: Path | None = None
    ends_session: bool = True


def provider_from(environ: Mapping[str, str]) -> Provider | None:
    """The provider that the environment names, or None.

    Raises:
        SettingInvalid: A variable is missing or has a wrong value; the text says which and what to do.
        MappingInvalid: The file of claims cannot be followed.
    """
    issuer = environ.get(ISSUER) or ""
    if not issuer:
        return None
    mapping = environ.get("MINQING_OIDC_MAPPING") or None
    ca_file = environ.get("MINQING_OIDC_CA_FILE") or None
    return Provider(
        issuer=_address(ISSUER, issuer),
        client_id=_needed(environ, CLIENT, "Use the name under which the provider knows this program."),
        site=_site(_needed(environ, SITE, "Use the address of this program, such as https://minqing.example.")),
        secret=_secret(environ),
        name=(environ.get("MINQING_OIDC_NAME") or "").strip()[:40],
        links_by_name=_truth(environ, LINK, otherwise="false"),
        mapping=read_claim_mapping(Path(mapping)) if mapping else None,
        ca_file=_file("MINQING_OIDC_CA_FILE", ca_file) if ca_file else None,
        ends_session=_truth(environ, END, otherwise="true"),
    )


def _needed(environ: Mapping[str, str], name: str, remedy: str) -> str:
    value = (environ.get(name) or "").strip()
    if not value:
        raise SettingInvalid(name, "", f"It goes with {ISSUER}. {remedy}")
    return value


def _address(name: str, text: str) -> str:
    """An address that may be asked for secrets: encrypted, except on this machine.

    Raises:
        SettingInvalid: It is something else.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise SettingInvalid(name, text, "Use an address such as https://sso.example/realms/city.") from error
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    is_plain = text.isascii() and not (parts.username or parts.query or parts.fragment or port == 0 or " " in text)
    if not (host and is_safe and is_plain):
        raise SettingInvalid(
            name, text, "Use https (http only on a loopback address), a host and a path, and nothing behind it."
        )
    return text


def _site(text: str) -> str:
    site = _address(SITE, text).rstrip("/")
    if urlsplit(site).path:
        raise SettingInvalid(SITE, text, "Leave the path away: scheme, host and port only.")
    return site


def _secret(environ: Mapping[str, str]) -> str | None:
    given, file = environ.get(SECRET), environ.get(SECRET_FILE)
    if given and file:
        raise SettingInvalid(SECRET_FILE, file, f"{SECRET} is set as well; set one of them.")
    if not file:
        return given or None
    text = _file(SECRET_FILE, file).read_text(encoding="utf-8").strip()
    if not text:
        raise SettingInvalid(SECRET_FILE, file, "The file is empty; put the secret into it.")
    return text


def _file(name: str, text: str) -> Path:
    path = Path(text).expanduser()
    try:
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingInvalid(name, text, "Name a text file that this program may read.") from error
    return path


def _truth(environ: Mapping[str, str], name: str, *, otherwise: str) -> bool:
    word = (environ.get(name) or otherwise).lower()
    if word not in ("true", "false"):
        raise SettingInvalid(name, word, "Use true or false.")
    return word == "true"
