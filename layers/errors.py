"""What can go wrong when a layer is asked for?"""


class LayerError(Exception):
    """Root of the errors of this package; the text says what happened and what to do.

    Attributes:
        field: What the cause is about.
        cause: What is wrong, a sentence.
        remedy: What to do, a sentence.
    """

    def __init__(self, field: str, cause: str, remedy: str) -> None:
        super().__init__(f"{field}: {cause} {remedy}")
        self.field = field
        self.cause = cause
        self.remedy = remedy


class LayerUnknown(LayerError):
    """No layer has the key."""

    def __init__(self, key: str, known: tuple[str, ...]) -> None:
        super().__init__("layer", f"There is no layer {key!r}.", f"Use one of: {', '.join(known)}.")
        self.key = key


class LayerForbidden(LayerError):
    """The reader may not see the layer."""

    def __init__(self, key: str) -> None:
        super().__init__("layer", f"Layer {key!r} is not open to this account.", "Ask an administrator for the right.")
        self.key = key


class AddressUnknown(LayerError):
    """The path names no tile, description or overlay."""

    def __init__(self, path: str) -> None:
        super().__init__("path", f"There is nothing at {path!r}.", "Start from the TileJSON at {layer}.json.")
        self.path = path


class TileFormatUnknown(LayerError):
    """The layer's tiles have another form than the one asked for."""

    def __init__(self, key: str, ending: str) -> None:
        super().__init__("tile", f"Layer {key!r} has no such tiles.", f"Ask for {{z}}/{{x}}/{{y}}.{ending}.")
        self.key = key


class TileOutOfRange(LayerError):
    """There is no such tile, or the layer has none at that zoom."""

    def __init__(self, z: int, x: int, y: int, max_zoom: int) -> None:
        super().__init__(
            "tile",
            f"There is no tile {z}/{x}/{y}.",
            f"Ask for a zoom from 0 to {max_zoom}, with column and row below 2^zoom.",
        )


class ParameterRefused(LayerError):
    """A parameter of the address cannot be used."""


class ClassesUndefined(LayerError):
    """Values cannot be divided into classes as asked."""


class AssetMissing(LayerError):
    """A file that the offline map needs is not on this machine."""

    def __init__(self, name: str) -> None:
        super().__init__("asset", f"{name} is missing.", "Run `make setup`, which copies the browser files, and retry.")
        self.name = name
