"""What does an address below /tiles ask for?"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from data.tiles import Tile
from layers.declaration import Layer
from layers.errors import AddressUnknown, ParameterRefused, TileFormatUnknown, TileOutOfRange

_TILE = re.compile(r"/([a-z0-9_-]{1,80})/(\d{1,2})/(\d{1,8})/(\d{1,8})\.(mvt|png)")
_DOCUMENT = re.compile(r"/([a-z0-9_-]{1,80})\.(json|geojson|png)")
_PARAMETERS = frozenset(
    {"rev", "from", "to", "class", "unit", "level", "kind", "bandwidth", "edge", "theme", "lang", "plan", "v", "as_of"}
)
_MOST_PLANS = 200


@dataclass(frozen=True, slots=True)
class TileAsked:
    """One tile of a layer, and the ending of its address."""

    layer: str
    tile: Tile
    ending: str


@dataclass(frozen=True, slots=True)
class DocumentAsked:
    """A description, a list of labels or names, or an overlay: name and ending of the file."""

    name: str
    ending: str


Asked = TileAsked | DocumentAsked


@dataclass(frozen=True, slots=True)
class Query:
    """Known parameters of an address."""

    values: dict[str, str]

    def text(self, name: str) -> str | None:
        """The value, or None where it is missing or empty."""
        return self.values.get(name) or None

    def number(self, name: str, lowest: float, highest: float) -> float | None:
        """The value as a number; None where it is missing.

        Raises:
            ParameterRefused: It is no number within the limits.
        """
        text = self.text(name)
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not lowest <= number <= highest:
            raise ParameterRefused(name, f"{text!r} is not usable.", f"Give a number from {lowest:g} to {highest:g}.")
        return number

    def revision(self, newest: int) -> int | None:
        """Boundary revision asked for; None for the newest.

        Raises:
            ParameterRefused: It is no number, or there is no such revision yet.
        """
        text = self.text("rev")
        if text is None:
            return None
        # A tile of a revision to come would be kept for ever and be wrong.
        if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > newest:
            raise ParameterRefused("rev", f"There is no boundary revision {text!r}.", f"Use one up to {newest}.")
        return int(text)

    def plans(self, adopted: str) -> tuple[int, ...] | None:
        """Plans of zones asked for, rising; None for those in force today.

        Args:
            adopted: Ids of the adopted plans, separated by commas.

        Raises:
            ParameterRefused: One is no adopted plan.
        """
        text = self.text("plan")
        if text is None:
            return None
        asked, known = text.split(","), frozenset(adopted.split(",")) - {""}
        # A tile of a plan to come would be kept for ever and be empty.
        unknown = next((plan for plan in asked if plan not in known), None)
        if unknown is not None or len(asked) > _MOST_PLANS:
            cause = f"There is no adopted plan {unknown!r}." if unknown is not None else "These are too many plans."
            raise ParameterRefused("plan", cause, "Take them from /tiles/zones.json, separated by commas.")
        return tuple(sorted({int(plan) for plan in asked}))


def parse_path(path: str) -> Asked:
    """What a path below /tiles asks for.

    Raises:
        AddressUnknown: It has no form that is known.
    """
    match = _TILE.fullmatch(path)
    if match:
        layer, *place, ending = match.groups()
        z, x, y = (int(part) for part in place)
        return TileAsked(layer, Tile(z, x, y), ending)
    document = _DOCUMENT.fullmatch(path)
    if document is None:
        raise AddressUnknown(path)
    return DocumentAsked(document[1], document[2])


def parse_query(query_string: bytes) -> Query:
    """The known parameters; others are passed over.

    Raises:
        ParameterRefused: The text is not UTF-8.
    """
    try:
        pairs = parse_qsl(query_string.decode("ascii"), errors="strict")
    except ValueError as error:
        raise ParameterRefused("query", "It is not readable.", "Percent-encode it as UTF-8.") from error
    return Query({name: value for name, value in pairs if name in _PARAMETERS})


def require_tile(asked: TileAsked, layer: Layer) -> None:
    """Refuse a tile that does not exist.

    Raises:
        TileFormatUnknown: The layer's tiles have another form.
        TileOutOfRange: Its zoom, column or row is out of range.
    """
    tile = asked.tile
    if asked.ending != layer.ending:
        raise TileFormatUnknown(layer.key, layer.ending)
    if tile.z > layer.max_zoom or max(tile.x, tile.y) >= 1 << tile.z:
        raise TileOutOfRange(tile.z, tile.x, tile.y, layer.max_zoom)
