"""What did somebody fill into the report form, and what of it cannot be used?"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from dashboard.pages.report.page import LEAST_TEXT, MOST_TEXT
from data.report_page.receipt import TOKEN

MOST_FIELDS = 12


@dataclass(frozen=True, slots=True)
class Given:
    """The form as it came.

    Attributes:
        photo: As it was sent; None without one.
        is_whole: Whether the form itself could be read and holds its token.
    """

    token: str = ""
    class_code: str = ""
    text: str = ""
    lonlat: tuple[float, float] | None = None
    photo: bytes | None = None
    is_whole: bool = True

    def troubles(self, classes: Collection[str]) -> Sequence[tuple[str, str]]:
        """Field and end of the locale key of what is wrong, without the photo."""
        found = []
        if not self.is_whole:
            found.append(("form", "form"))
        if self.class_code not in classes:
            found.append(("class", "class"))
        if not LEAST_TEXT <= len(self.text) <= MOST_TEXT:
            found.append(("text", "text"))
        return found


async def read_given(request: Request, most_bytes: int) -> Given:
    """The fields of the form; what cannot be read leaves a form that is not whole.

    Args:
        most_bytes: Of the photo; one byte more is read, so that it is known to be too large.
    """
    try:
        async with request.form(max_files=1, max_fields=MOST_FIELDS) as form:
            return await _given(form, most_bytes)
    except (HTTPException, ValueError):
        return Given(is_whole=False)


async def _given(form: FormData, most_bytes: int) -> Given:
    token = _text(form, "token")
    photo = form.get("photo")
    content = await photo.read(most_bytes + 1) if isinstance(photo, UploadFile) else b""
    # A browser sends an empty, nameless file where none was chosen.
    named = isinstance(photo, UploadFile) and bool(photo.filename)
    return Given(
        token=token,
        class_code=_text(form, "class")[:80],
        text=_text(form, "text")[: 4 * MOST_TEXT].replace("\r\n", "\n").strip(),
        lonlat=_lonlat(form),
        photo=content if content or named else None,
        is_whole=TOKEN.fullmatch(token) is not None,
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.replace("\x00", "") if isinstance(value, str) else ""


def _lonlat(form: FormData) -> tuple[float, float] | None:
    """The position, or none where it is no position: the code has one of its own."""
    try:
        lon, lat = float(_text(form, "lon")), float(_text(form, "lat"))
    except ValueError:
        return None
    usable = math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90 and (lon, lat) != (0, 0)
    return (lon, lat) if usable else None
