"""What remains of a picture that somebody sends? Its pixels, in a JPEG of our own making, and nothing else.

Camera, place, time, name, comments, colour profiles, hidden previews and whatever was appended are left behind, because
nothing of the sent file is copied but the decoded pixels.
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from data.attachments.errors import PhotoRefused, PhotoTooLarge
from data.attachments.limits import PhotoLimits

FORMATS = ("JPEG", "PNG", "WEBP")
"""Decoders that are asked at all: each further one would be a further way in."""

SEVERAL_IN_ONE = "MPO"
"""How phones put a second view behind the photo in one JPEG; the first one is the photo."""

THUMBNAIL_QUALITY = 75
_NEW_BOXES = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})
_UNREADABLE = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError, OverflowError,
    ZeroDivisionError, MemoryError, struct.error, zlib.error,
)  # fmt: skip
"""What the decoders raise at files that are cut off, damaged, or made to harm."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it is kept; both pictures are JPEG without any metadata."""

    content: bytes
    width: int
    height: int
    thumbnail: bytes


def clean_photo(content: bytes, limits: PhotoLimits) -> Photo:
    """A new picture of the pixels of the sent one, upright, at most as large as the limits say.

    Takes up to 4 bytes of memory for each pixel; of a large JPEG only as many pixels are decoded as are needed.

    Raises:
        PhotoRefused: It is no photo, moves, or is damaged.
        PhotoTooLarge: It has too many bytes or pixels.
    """
    if len(content) > limits.file_bytes:
        raise PhotoTooLarge("bytes", len(content), limits.file_bytes, "bytes")
    _require_kind(content)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            _require_fit(image, limits)
            return _made_anew(image, limits)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoRefused("pixels", "It has far too many pixels.", "Make the photo smaller.") from error
    except _UNREADABLE as error:
        raise PhotoRefused("damaged") from error


def _require_kind(content: bytes) -> None:
    """Refuse by the first bytes whatever is none of the three kinds; names and media types say nothing."""
    if not content:
        raise PhotoRefused("empty")
    if content[4:8] == b"ftyp" and content[8:12] in _NEW_BOXES:
        raise PhotoRefused("heic")
    is_webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    if not (is_webp or content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))):
        raise PhotoRefused("type")


def _require_fit(image: Image.Image, limits: PhotoLimits) -> None:
    """Refuse by the header, before a single pixel is decoded."""
    pixels = image.width * image.height
    if pixels > limits.pixels:
        raise PhotoTooLarge("pixels", pixels, limits.pixels, "pixels")
    if getattr(image, "n_frames", 1) > 1 and image.format != SEVERAL_IN_ONE:
        raise PhotoRefused("moving")


def _made_anew(image: Image.Image, limits: PhotoLimits) -> Photo:
    edge = limits.longest_edge_px
    image.draft(None, (edge, edge))
    image.load()
    picture = _upright(image)
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
    plain = _plain(picture)
    small = plain.copy()
    small.thumbnail((limits.thumbnail_px, limits.thumbnail_px), Image.Resampling.LANCZOS)
    return Photo(_jpeg(plain, limits.quality), plain.width, plain.height, _jpeg(small, THUMBNAIL_QUALITY))


def _upright(image: Image.Image) -> Image.Image:
    """The picture as it was held; a camera that says so in a way that cannot be read is not followed."""
    try:
        return ImageOps.exif_transpose(image)
    except _UNREADABLE:
        return image.copy()


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, red, green and blue, on white where they let something through."""
    plain = Image.new("RGB", image.size, "white")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        seen = image.convert("RGBA")
        plain.paste(seen, mask=seen.getchannel("A"))
    else:
        plain.paste(image.convert("RGB"))
    return plain


def _jpeg(image: Image.Image, quality: int) -> bytes:
    written = BytesIO()
    image.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()
