"""Photos as phones make them, with all that they tell, and files that pass for photos."""

import io
import struct
import zlib

from PIL import Image, ImageCms
from PIL.ExifTags import GPS, IFD, Base
from PIL.PngImagePlugin import PngInfo

SECRETS = ("Kamera-4711", "13800138000", "profile-of-a-phone", "Zhang San", "secret-comment")
"""What the files below tell beside their pixels."""


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Red on the left, green on the right, blue in the lower right corner."""
    image = Image.new("RGB", (width, height), "red")
    image.paste((0, 160, 0), (width // 2, 0, width, height))
    image.paste((0, 0, 200), (width // 2, height // 2, width, height))
    return image.convert(mode)


def exif(orientation: int = 1) -> Image.Exif:
    """Camera, owner and place."""
    data = Image.Exif()
    data[Base.Make], data[Base.Model], data[Base.Artist] = "Phones", SECRETS[0], SECRETS[3]
    data[Base.Orientation] = orientation
    data[Base.ImageDescription] = SECRETS[1]
    place = data.get_ifd(IFD.GPSInfo)
    place[GPS.GPSLatitudeRef], place[GPS.GPSLatitude] = "N", (22.0, 47.0, 11.5)
    place[GPS.GPSLongitudeRef], place[GPS.GPSLongitude] = "E", (115.0, 22.0, 3.25)
    return data


def colour_profile() -> bytes:
    """A profile that names itself."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return profile.tobytes() + SECRETS[2].encode()


def xmp() -> bytes:
    """A packet of XMP with a name in it."""
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>{SECRETS[3]}</dc:creator></x:xmpmeta>'.encode()


def jpeg(image: Image.Image | None = None, *, orientation: int = 1) -> bytes:
    """A JPEG with EXIF, place, XMP, colour profile and comment."""
    out = io.BytesIO()
    (image or picture()).save(
        out, "JPEG", quality=92, exif=exif(orientation), icc_profile=colour_profile(), comment=SECRETS[4], xmp=xmp()
    )
    return out.getvalue()


def png(image: Image.Image | None = None) -> bytes:
    """A PNG with EXIF, texts and a colour profile."""
    texts = PngInfo()
    texts.add_text("Author", SECRETS[3])
    texts.add_itxt("XML:com.adobe.xmp", xmp().decode())
    texts.add_text("Comment", SECRETS[4], zip=True)
    out = io.BytesIO()
    (image or picture()).save(out, "PNG", pnginfo=texts, exif=exif(), icc_profile=colour_profile())
    return out.getvalue()


def webp(image: Image.Image | None = None) -> bytes:
    """A WebP with EXIF, XMP and a colour profile."""
    out = io.BytesIO()
    (image or picture()).save(out, "WEBP", exif=exif(), xmp=xmp(), icc_profile=colour_profile())
    return out.getvalue()


def moving(kind: str) -> bytes:
    """Three frames: GIF, PNG or WEBP."""
    out = io.BytesIO()
    frames = [picture().rotate(90 * turn) for turn in range(3)]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of some kilobytes that says it has so many pixels, all of them there."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compressobj(9)
    line = b"\x00" * (1 + (width + 7) // 8)
    packed = b"".join(rows.compress(line * 1_000) for _ in range(height // 1_000)) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def png_text_bomb() -> bytes:
    """A PNG of some kilobytes with a compressed text of 200 MB."""
    packed = zlib.compress(b"x" * 200_000_000, 9)
    whole = png()
    return whole[:33] + _chunk(b"zTXt", b"Comment\x00\x00" + packed) + whole[33:]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
