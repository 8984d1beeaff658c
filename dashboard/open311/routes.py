"""Which addresses does the Open311 server have?

Source: Open311 GeoReport v2.
"""

import hashlib
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Header, Path, Query, Request, Response

from dashboard.api.intake import BUSY, UNKNOWN
from dashboard.api.problem_body import PROBLEMS
from dashboard.api.problems import problem
from dashboard.api.services import ApiServices
from dashboard.open311.answers import answer, definition_record, request_record, service_record
from data.accounts.account import acting_account
from data.audit.entry import Action, Entry
from data.audit.record import record_first
from data.intake.errors import IntakeBusy, OutcomeUnknown
from data.intake.report import ReportRefused, Rules, read_report
from data.intake.submission import KeyReused, Outcome, Submission, Verdict
from data.open311.form import report_of
from data.open311.question import RequestQuestion, RequestTexts, parse_id, parse_question
from data.open311.requests import ServiceRequest, read_request, read_requests
from data.open311.services import read_service, read_services
from data.reads.errors import RequestRefused

FORM_TYPE = "application/x-www-form-urlencoded"
_KEY_LENGTH = 255
Form = Annotated[Literal["json", "xml"], Path(alias="format")]
Lang = Annotated[Literal["", "zh", "en"], Query(description="Language of names; an extension.")]


def _text(description: str) -> Any:
    return Query(description=description, max_length=8_000)


def _described(text: str) -> dict[str, Any]:
    anything: dict[str, Any] = {"schema": {}}
    return {"description": text, "content": {"application/json": anything, "text/xml": anything}}


_REFUSED: dict[int | str, dict[str, Any]] = {
    status: {
        "description": f"{PROBLEMS[status]['description']} An array of errors with code and description.",
        # What is no HTTP at all never gets as far as the application; the server itself answers it in plain text.
        "content": _described("")["content"] | PROBLEMS[status]["content"] | {"text/plain": {"schema": {}}},
    }
    for status in ("4XX", "5XX")
}
_ANSWERS: dict[int | str, dict[str, Any]] = {200: _described("As the standard says."), **_REFUSED}
_FIELDS = ("service_code", "lat", "long", "address_string", "description", "attribute[severity]", "api_key")
_SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            FORM_TYPE: {
                "schema": {
                    "type": "object",
                    "properties": {name: {"type": "string"} for name in _FIELDS},
                    "required": ["service_code"],
                }
            }
        },
    }
}


class ServiceRefused(RequestRefused):
    """The form names a service that is not offered."""

    def __init__(self) -> None:
        super().__init__("service_code", "There is no such service.", "Take one from services.json.")


def open311_router(services: ApiServices, default_lang: str = "zh") -> APIRouter:
    """Routes below /open311/v2.

    Args:
        services: What the interface shares.
        default_lang: Language of names where none is asked for.
    """
    router = APIRouter(prefix="/open311/v2", tags=["open311"], default_response_class=Response, responses=_ANSWERS)
    server = _Server(services)

    @router.get("/services.{format}")
    async def offered(form: Form, lang: Lang = "") -> Response:
        """What can be reported."""
        async with services.database.reading() as conn:
            found = await read_services(conn)
        return answer("services", [service_record(entry, lang or default_lang) for entry in found], form)

    @router.get("/services/{service_code}.{format}")
    async def definition(service_code: str, form: Form, lang: Lang = "") -> Response:
        """What may be said of a service beyond place and description."""
        async with services.database.reading() as conn:
            found = await read_service(conn, service_code)
        return answer("service_definition", definition_record(found, lang or default_lang), form)

    @router.get("/requests.{format}")
    async def listed(
        form: Form,
        service_request_id: Annotated[str, _text("Numbers, separated by commas.")] = "",
        service_code: Annotated[str, _text("Codes, separated by commas.")] = "",
        status: Annotated[str, _text("open, closed.")] = "",
        start_date: Annotated[str, _text("W3C time of the earliest report.")] = "",
        end_date: Annotated[str, _text("W3C time of the last report; at most 90 days later.")] = "",
        page: Annotated[str, _text("From 1 on.")] = "",
        page_size: Annotated[str, _text("1 to 1000, which is the default.")] = "",
        lang: Lang = "",
    ) -> Response:
        """Requests, newest first."""
        texts = RequestTexts(service_request_id, service_code, status, start_date, end_date, page, page_size)
        found = await server.read(texts)
        return answer("service_requests", [request_record(one, lang or default_lang) for one in found], form)

    @router.get("/requests/{id}.{format}")
    async def one(request_id: Annotated[str, Path(alias="id")], form: Form, lang: Lang = "") -> Response:
        """One request."""
        found = await server.read_one(request_id)
        return answer("service_requests", [request_record(found, lang or default_lang)], form)

    @router.get("/tokens/{token}.{format}")
    async def of_token(token: str, form: Form) -> Response:
        """The number of a request by its token. Numbers are given at once here, so a number is its own token."""
        found = await server.read_one(token)
        record = {"service_request_id": str(found.id), "token": token}
        return answer("service_requests", [record], form)

    @router.post("/requests.{format}", openapi_extra=_SCHEMA, responses={201: _described("Stored.")})
    async def report(
        request: Request,
        form: Form,
        idempotency_key: Annotated[
            str | None, Header(description="A key of yours for this request; an extension.")
        ] = None,
    ) -> Response:
        """Report a matter; it is on disk when the answer comes."""
        try:
            verdict = await server.take(request, idempotency_key)
        except IntakeBusy as error:
            refusal = problem(BUSY, None, "Too many reports wait to be stored.", "Send it again in a moment.")
            refusal.headers["Retry-After"] = str(error.retry_after_s)
            return refusal
        except OutcomeUnknown as error:
            return problem(UNKNOWN, None, *str(error).split(" ", 1))
        record = {"service_request_id": str(verdict.incident_id), "service_notice": None, "account_id": None}
        return answer("service_requests", [record], form, 201 if verdict.outcome == Outcome.ACCEPTED else 200)

    return router


class _Server:
    """Reads and takes requests."""

    def __init__(self, services: ApiServices) -> None:
        self._services = services

    async def read(self, texts: RequestTexts) -> tuple[ServiceRequest, ...]:
        """What a query asks for; noted."""
        question = await self._question(texts)
        async with self._services.database.reading() as conn:
            found = await read_requests(conn, question)
        await self._note(question, len(found))
        return found

    async def read_one(self, text: str) -> ServiceRequest:
        """The request of a number; noted."""
        question = await self._question(RequestTexts(service_request_id=str(parse_id(text))))
        async with self._services.database.reading() as conn:
            found = await read_request(conn, question)
        await self._note(question, 1)
        return found

    async def take(self, request: Request, key: str | None) -> Verdict:
        """Store what a form reports.

        Raises:
            RequestRefused: It cannot be taken as it is.
            IntakeBusy, OutcomeUnknown: To be sent again.
        """
        body = await request.body()
        report = report_of(_pairs(request, body))
        desk, account = self._services.intake, acting_account()
        async with self._services.database.reading() as conn:
            offered = {entry.code for entry in await read_services(conn)}
        if report["class"] not in offered:
            raise ServiceRefused
        city = await desk.city()
        if report["class"] not in city.catalog.classes:
            city = await desk.refresh_catalog()
        try:
            rows = (read_report(report, Rules(self._services.now(), city.catalog.zone)),)
        except ReportRefused as refusal:
            raise _refused(refusal) from None
        given = await desk.submit(Submission(rows, _usable(key), hashlib.sha256(body).digest()), account)
        if isinstance(given, KeyReused):
            raise RequestRefused("Idempotency-Key", "It was used for another request.", "Use a new key.")
        if given[0].refusal is not None:
            raise _refused(given[0].refusal)
        return given[0]

    async def _question(self, texts: RequestTexts) -> RequestQuestion:
        city = await self._services.intake.city()
        return parse_question(texts, self._services.now(), city.catalog.zone)

    async def _note(self, question: RequestQuestion, shown: int) -> None:
        detail = {
            "by": "open311",
            "from": question.start.date().isoformat(),
            "to": question.end.date().isoformat(),
            "ids": len(question.ids) if question.ids else None,
            "classes": len(question.codes) if question.codes else None,
            "shown": shown,
            "follows_page": question.skipped > 0 or None,
        }
        await record_first(self._services.database.writing, Entry(Action.INCIDENTS_LISTED, "incidents", detail=detail))


def _refused(refusal: ReportRefused) -> RequestRefused:
    names = {"class": "service_code", "lon": "long", "text": "description", "address": "address_string"}
    return RequestRefused(names.get(refusal.field, refusal.field), refusal.cause, refusal.remedy)


def _pairs(request: Request, body: bytes) -> list[tuple[str, str]]:
    kind = request.headers.get("content-type", FORM_TYPE).partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise RequestRefused("body", "It is no form.", f"Send it as {FORM_TYPE}.")
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=60)
    except (UnicodeDecodeError, ValueError):
        raise RequestRefused("body", "It is no form in UTF-8.", f"Send it as {FORM_TYPE} in UTF-8.") from None


def _usable(key: str | None) -> str | None:
    if key is None:
        return None
    if not 0 < len(key) <= _KEY_LENGTH or not key.isprintable() or not key.isascii():
        raise RequestRefused("Idempotency-Key", "It is not 1 to 255 printable characters.", "Send a UUID.")
    return key
