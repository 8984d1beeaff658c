"""Routes below /report: the page behind a code, what is sent from it, and what a receipt tells. Open to everybody."""

import secrets
import time
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboard.api.services import ApiServices
from dashboard.i18n.translate import LANGUAGES
from dashboard.index import Visitor
from dashboard.pages.map.state import THEMES
from dashboard.pages.report.form import Given, read_given
from dashboard.pages.report.page import (
    SCRIPT,
    SCRIPT_FILE,
    STYLE,
    FormView,
    ReceiptView,
    address,
    form_page,
    receipt_page,
    style_sheet,
    told_page,
)
from dashboard.security.buckets import Buckets, Rate
from dashboard.security.edge import faster, network_of
from dashboard.security.headers import NOT_NEEDED
from data.attachments.errors import PhotoRefused
from data.attachments.photo import Photo
from data.cases.sight import looking
from data.intake.errors import IntakeBusy, OutcomeUnknown
from data.intake.report import ReportRefused
from data.report_page.choices import Choice, choices_of
from data.report_page.codes import CodeState, ReportCode, find_code
from data.report_page.filing import FilingDesk, Filled
from data.report_page.receipt import PROGRAM, read_standing
from data.scope import acting_as_program

OF_ADDRESS = Rate(at_once=20, per_s=0.1)
"""Reports from one network address: whole compounds share one."""

OF_CODE = Rate(at_once=40, per_s=0.2)
"""Reports by one code."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data: blob:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": ", ".join(
        f"{feature}=({'self' if feature == 'geolocation' else ''})" for feature in NOT_NEEDED
    ),
    # The origin is still told to our own pages: the door asks for it.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def report_router(services: ApiServices, default_lang: str = "zh", patience: float = 1.0) -> APIRouter:
    """Routes of the report page.

    Args:
        services: What the interface shares.
        default_lang: Language of a visitor who has not chosen one.
        patience: How many times as often as usual everybody may report.
    """
    router = APIRouter(include_in_schema=False)
    counter = _Counter(services, default_lang, patience)

    @router.get(STYLE)
    async def style() -> Response:
        return Response(style_sheet(), media_type="text/css", headers={"Cache-Control": "no-cache"})

    @router.get(SCRIPT)
    async def script() -> Response:
        text = SCRIPT_FILE.read_text(encoding="utf-8")
        return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @router.get("/report/{code}")
    async def show(code: str, request: Request) -> Response:
        return await counter.show(code, request)

    @router.post("/report/{code}")
    async def send(code: str, request: Request) -> Response:
        return await counter.take(code, request)

    @router.get("/report/{code}/r/{receipt}")
    async def receipt(code: str, receipt: str, request: Request) -> Response:
        return await counter.tell(code, receipt, request)

    return router


class _Counter:
    """Where people report: shows the form, takes it, and tells how a report stands."""

    def __init__(self, services: ApiServices, default_lang: str, patience: float) -> None:
        self._services = services
        self._default_lang = default_lang
        self._patience = patience
        self._desk = FilingDesk(services.database, services.intake, services.photos, services.now)
        self._buckets = Buckets(time.monotonic)

    async def show(self, code: str, request: Request) -> Response:
        """The form, or why there is none; a receipt that was typed in leads to its page."""
        visitor, found = self._visitor(request), await self._code(code)
        typed = request.query_params.get("receipt", "").strip().lower()
        if found is not None and typed:
            return RedirectResponse(address(code, visitor, f"/r/{_plain(typed)}"), 303, HEADERS)
        if found is None:
            return _told(visitor, 404, "", "unknown")
        closed = self._closed(visitor, found)
        if closed is not None:
            return closed
        return HTMLResponse(form_page(await self._form(visitor, found)), headers=HEADERS)

    async def take(self, code: str, request: Request) -> Response:
        """Take a report; who sends the same form again is led to the same receipt."""
        visitor, found = self._visitor(request), await self._code(code)
        if found is None:
            return _told(visitor, 404, "", "unknown")
        closed = self._closed(visitor, found)
        if closed is not None:
            return closed
        wait_s = self._wait_s(code, request)
        if wait_s:
            seconds = max(1, round(wait_s))
            return _told(visitor, 429, code, "often", headers={"Retry-After": str(seconds)}, seconds=seconds)
        given = await read_given(request, self._services.photos.limits.file_bytes)
        choices = await self._choices()
        troubles = list(given.troubles({choice.class_code for choice in choices}))
        photo, wrong = await self._photo(given)
        troubles += [("photo", f"photo.{wrong}")] if wrong else []
        if troubles:
            return await self._once_more(visitor, found, given, troubles)
        filled = Filled(given.token, given.class_code, given.text, given.lonlat, photo)
        return await self._filed(visitor, found, given, filled)

    async def tell(self, code: str, receipt: str, request: Request) -> Response:
        """How a report stands; also of a code that no longer counts."""
        visitor, found = self._visitor(request), await self._code(code)
        now = self._services.now()
        with acting_as_program():
            async with self._services.database.reading() as conn, looking(conn, PROGRAM):
                standing = await read_standing(conn, code, receipt, now)
        if found is None or standing is None:
            return _told(visitor, 404, code if found else "", "receipt.unknown")
        zone = (await self._services.intake.city()).catalog.zone
        can_report = found.state(now) is CodeState.VALID
        view = ReceiptView(visitor, found, receipt, standing.in_zone(zone), "new" in request.query_params, can_report)
        return HTMLResponse(receipt_page(view), headers=HEADERS)

    async def _filed(self, visitor: Visitor, code: ReportCode, given: Given, filled: Filled) -> Response:
        try:
            receipt = await self._desk.file(code, filled)
        except (IntakeBusy, OutcomeUnknown):
            return _told(visitor, 503, code.code, "busy")
        except ReportRefused:
            return await self._once_more(visitor, code, given, [("form", "refused")])
        return RedirectResponse(address(code.code, visitor, f"/r/{receipt}", new="1"), 303, HEADERS)

    async def _once_more(
        self, visitor: Visitor, code: ReportCode, given: Given, troubles: list[tuple[str, str]]
    ) -> Response:
        view = await self._form(visitor, code, given, troubles)
        return HTMLResponse(form_page(view), 422, HEADERS)

    async def _form(
        self,
        visitor: Visitor,
        code: ReportCode,
        given: Given | None = None,
        troubles: list[tuple[str, str]] | None = None,
    ) -> FormView:
        token = given.token if given and given.is_whole else secrets.token_urlsafe(24)
        filled = given or Given()
        return FormView(
            visitor, code, await self._choices(), token, filled.class_code, filled.text, tuple(troubles or ())
        )

    async def _photo(self, given: Given) -> tuple[Photo | None, str | None]:
        """The photo as it is kept, or what is wrong with it."""
        if given.photo is None or not given.is_whole:
            return None, None
        try:
            return await self._services.photos.clean(given.photo), None
        except PhotoRefused as refused:
            return None, refused.why

    async def _choices(self) -> tuple[Choice, ...]:
        return choices_of((await self._services.intake.city()).catalog.classes)

    async def _code(self, text: str) -> ReportCode | None:
        with acting_as_program():
            async with self._services.database.reading() as conn:
                return await find_code(conn, text)

    def _closed(self, visitor: Visitor, code: ReportCode) -> Response | None:
        state = code.state(self._services.now())
        return None if state is CodeState.VALID else _told(visitor, 410, code.code, state.value, "closed.text")

    def _wait_s(self, code: str, request: Request) -> float:
        waits = [
            self._buckets.take(("address", network_of(request.scope)), faster(OF_ADDRESS, self._patience)),
            self._buckets.take(("code", code), faster(OF_CODE, self._patience)),
        ]
        return max(waits)

    def _visitor(self, request: Request) -> Visitor:
        """Language and theme; light where nothing was chosen, because codes hang outdoors."""
        query, cookies = request.query_params, request.cookies
        return Visitor(
            theme=_first((query.get("theme"), cookies.get("minqing_theme"), "light"), THEMES),
            lang=_first((query.get("lang"), cookies.get("minqing_lang"), self._default_lang), LANGUAGES),
        )


def _told(
    visitor: Visitor,
    status: int,
    code: str,
    key: str,
    text_key: str = "",
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    return HTMLResponse(told_page(visitor, code, key, text_key, **values), status, HEADERS | dict(headers or {}))


def _first(offers: tuple[str | None, ...], allowed: tuple[str, ...]) -> str:
    return next((offer for offer in offers if offer in allowed), allowed[0])


def _plain(receipt: str) -> str:
    """What somebody typed, without what is none of its letters."""
    return "".join(letter for letter in receipt if letter.isascii() and letter.isalnum())[:40] or "-"
