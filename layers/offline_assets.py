"""How do Leaflet's files become part of one HTML file that asks for nothing else?"""

import base64
import re
from pathlib import Path

from layers.errors import AssetMissing

LEAFLET = Path(__file__).parent.parent / "vendor" / "leaflet"

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_IMAGE = re.compile(r"url\((images/[\w.-]+)\)")
_HOME_LINK = re.compile(r"https?://(?:www\.)?leafletjs\.com[^\s\"'<>]*")
_SOURCE_MAP = re.compile(r"//[#@] sourceMappingURL=\S*")
_NAMESPACE = "http://www.w3.org/"


def leaflet_tags(folder: Path = LEAFLET) -> str:
    """A style and a script element with Leaflet in them, its pictures included and no address outside.

    Raises:
        AssetMissing: A file is not there.
    """
    rules = _COMMENT.sub("", _read(folder / "leaflet.css"))
    style = _IMAGE.sub(lambda match: f"url({_data_address(folder / match[1])})", rules)
    script = _SOURCE_MAP.sub("", _HOME_LINK.sub("#", _read(folder / "leaflet.js")))
    if "</script" in script.lower():
        raise AssetMissing(f"a leaflet.js that can stand inside a page ({folder})")
    return f"<style>{style}</style>\n<script>{script}</script>"


def outside_addresses(html: str) -> tuple[str, ...]:
    """Addresses in the text that lie outside it; names of XML vocabularies are no addresses."""
    found = re.findall(r"(?:https?:)?//[\w-]+(?:\.[\w-]+)+[^\s\"'<>)]*", html)
    return tuple(address for address in found if not address.startswith(_NAMESPACE))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise AssetMissing(f"vendor/leaflet/{path.name}") from error


def _data_address(path: Path) -> str:
    try:
        return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
    except FileNotFoundError as error:
        raise AssetMissing(f"vendor/leaflet/images/{path.name}") from error
