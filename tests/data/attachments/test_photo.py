"""Does nothing but the pixels of a photo remain, and is everything refused that is none?"""

import io
import zipfile

import pytest
from PIL import Image

from dashboard.security.limits import PHOTO, REPORT_PAGE
from data.attachments.errors import PhotoLimitsInvalid, PhotoRefused, PhotoTooLarge
from data.attachments.limits import PhotoLimits, read_limits
from data.attachments.photo import clean_photo
from tests.support import photos

LIMITS = PhotoLimits()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1" + b"\x00" * 64
KINDS = {"jpeg": photos.jpeg, "png": photos.png, "webp": photos.webp}


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_remains_of_what_a_photo_tells(kind: str) -> None:
    sent = KINDS[kind]()
    told = opened(sent)
    assert told.getexif()
    assert told.info.get("icc_profile")
    kept = clean_photo(sent, LIMITS)
    for content in (kept.content, kept.thumbnail):
        image = opened(content)
        assert image.format == "JPEG"
        assert dict(image.getexif()) == {}
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        for secret in photos.SECRETS:
            assert secret.encode() not in content
        # Of the segments of a JPEG only those that hold pixels, and the plain head: no APP1 to APP15, no comment.
        assert not set(segments(content)) & ({0xFE} | set(range(0xE1, 0xF0)))
    assert set(segments(photos.jpeg())) & {0xE1, 0xE2, 0xFE} == {0xE1, 0xE2, 0xFE}


def segments(content: bytes) -> list[int]:
    """Kinds of the segments of a JPEG before its pixels."""
    found, at = [], 2
    while content[at] == 0xFF and content[at + 1] != 0xDA:
        found.append(content[at + 1])
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_pixels_remain(kind: str) -> None:
    kept = opened(clean_photo(KINDS[kind](), LIMITS).content)
    assert kept.size == (64, 48)
    for spot, colour in {(8, 24): (255, 0, 0), (56, 8): (0, 160, 0), (56, 40): (0, 0, 200)}.items():
        assert all(abs(a - b) < 40 for a, b in zip(kept.getpixel(spot), colour, strict=True)), (kind, spot)


def test_a_photo_stands_upright_without_saying_so() -> None:
    """6 means that the camera was turned: the left edge of what is stored is the upper one of what was seen."""
    kept = opened(clean_photo(photos.jpeg(orientation=6), LIMITS).content)
    assert kept.size == (48, 64)
    red, green = kept.getpixel((40, 8)), kept.getpixel((40, 56))
    assert red[0] > 200
    assert green[1] > 120
    assert green[0] < 80


def test_a_large_photo_becomes_smaller_and_the_small_one_small() -> None:
    limits = PhotoLimits(longest_edge_px=500, thumbnail_px=100)
    kept = clean_photo(photos.jpeg(photos.picture(3_000, 1_500)), limits)
    assert (kept.width, kept.height) == opened(kept.content).size == (500, 250)
    assert opened(kept.thumbnail).size == (100, 50)
    small = clean_photo(photos.jpeg(photos.picture(40, 30)), limits)
    assert (small.width, small.height) == opened(small.thumbnail).size == (40, 30)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16"])
def test_every_mode_of_a_png_becomes_a_photo(mode: str) -> None:
    base = photos.picture().convert("L").convert("I") if mode == "I;16" else photos.picture(mode=mode)
    out = io.BytesIO()
    base.convert(mode).save(out, "PNG")
    assert opened(clean_photo(out.getvalue(), LIMITS).content).mode == "RGB"


def test_what_lets_something_through_stands_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(out, "PNG")
    assert min(opened(clean_photo(out.getvalue(), LIMITS).content).getpixel((16, 16))) > 245


def test_a_photo_of_ink_colours_and_one_with_a_second_view_are_taken() -> None:
    ink, two = io.BytesIO(), io.BytesIO()
    photos.picture(mode="CMYK").save(ink, "JPEG")
    photos.picture().save(two, "MPO", save_all=True, append_images=[photos.picture().rotate(180)])
    for content in (ink.getvalue(), two.getvalue()):
        assert opened(clean_photo(content, LIMITS).content).size == (64, 48)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (SVG, "type"),
        (HTML, "type"),
        (b"%PDF-1.7\n", "type"),
        (b"MZ\x90\x00" + b"\x00" * 100, "type"),
        (photos.moving("GIF"), "type"),
        (b"GIF89a" + photos.jpeg(), "type"),
        (HEIC, "heic"),
        (photos.moving("WEBP"), "moving"),
        (photos.moving("PNG"), "moving"),
        (photos.jpeg()[:400], "damaged"),
        (photos.jpeg()[:-300], "damaged"),
        (photos.png()[:-60], "damaged"),
        (photos.webp()[:200], "damaged"),
        (b"\xff\xd8\xff" + SVG, "damaged"),
        (b"\x89PNG\r\n\x1a\n" + HTML, "damaged"),
        (b"RIFF\xff\xff\xff\xffWEBP" + b"\x00" * 64, "damaged"),
    ],
)
def test_what_is_no_photo_is_refused_by_its_content(content: bytes, why: str) -> None:
    with pytest.raises(PhotoRefused) as refused:
        clean_photo(content, LIMITS)
    assert refused.value.why == why
    assert refused.value.field == "file"
    assert refused.value.cause.endswith(".")
    assert refused.value.remedy.endswith(".")


def test_what_hangs_on_a_photo_is_left_behind() -> None:
    """A photo that is an archive and a page at the same time is a photo afterwards, and nothing else."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("evil.js", "alert(1)")
    for tail in (archive.getvalue(), HTML, b"%PDF-1.7 /JavaScript"):
        kept = clean_photo(photos.jpeg() + tail, LIMITS).content
        assert tail not in kept
        assert b"alert(1)" not in kept
        assert b"JavaScript" not in kept
        assert not zipfile.is_zipfile(io.BytesIO(kept))


def test_small_files_that_unpack_to_huge_pictures_are_refused_before_they_do() -> None:
    for width, height in ((9_000, 9_000), (30_000, 30_000)):
        bomb = photos.png_bomb(width, height)
        assert len(bomb) < 200_000
        with pytest.raises(PhotoRefused) as refused:
            clean_photo(bomb, LIMITS)
        assert refused.value.why == "pixels"
    with pytest.raises(PhotoRefused) as refused:
        clean_photo(photos.png_text_bomb(), LIMITS)
    assert refused.value.why == "damaged"


def test_a_file_with_too_many_bytes_is_refused_unseen() -> None:
    with pytest.raises(PhotoTooLarge, match="Send at most 10,000"):
        clean_photo(b"\x00" * 10_001, PhotoLimits(file_bytes=10_000))


@pytest.mark.filterwarnings("ignore::UserWarning")  # the decoder tells that it skips broken tags
def test_damaged_bytes_anywhere_never_raise_anything_else() -> None:
    taken = refused = 0
    for content in (photos.jpeg(), photos.png(), photos.webp()):
        for place in range(4, len(content), max(1, len(content) // 60)):
            hurt = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
            try:
                clean_photo(hurt, LIMITS)
                taken += 1
            except PhotoRefused:
                refused += 1
    assert taken > 20
    assert refused > 20


def test_the_shipped_limits_fit_into_one_request(tmp_path) -> None:
    assert read_limits() == PhotoLimits()
    assert read_limits().file_bytes + 10_000 < min(PHOTO.body_bytes, REPORT_PAGE.body_bytes)
    wrong = tmp_path / "attachments.yaml"
    wrong.write_text(
        "file_bytes: 99000000\npixels: 50000000\nlongest_edge_px: 2560\nthumbnail_px: 320\nquality: 85\nper_case: 20\n"
    )
    with pytest.raises(PhotoLimitsInvalid, match=r"file_bytes.*Use a whole number from 10,000 to 11,000,000"):
        read_limits(wrong)
    wrong.write_text("file_bytes: 10000000\n")
    with pytest.raises(PhotoLimitsInvalid, match="State each of"):
        read_limits(wrong)
