"""Routes by which other programs hand in reports."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from dashboard.api.intake_bodies import ReportBody, VerdictsBody
from dashboard.api.parameters import versioned_router
from dashboard.api.problems import Kind, problem
from dashboard.api.services import ApiServices
from data.accounts.account import Account, acting_account
from data.errors import DataError
from data.intake.city import City
from data.intake.desk import IntakeDesk
from data.intake.errors import IntakeBusy, OutcomeUnknown
from data.intake.report import Report, ReportRefused, Rules, read_report
from data.intake.submission import KeyReused, Outcome, Submission, Verdict
from data.reads.errors import RequestRefused

MAX_BYTES = 2_000_000
MAX_ROWS = 1_000
_KEY_LENGTH = 255

TOO_LARGE = Kind(413, "too-large", "The request is too large")
REFUSED = Kind(422, "report-refused", "The report cannot be taken")
REUSED = Kind(422, "idempotency-key-reused", "The key was used for another request")
BUSY = Kind(503, "intake-busy", "Too many reports wait")
UNKNOWN = Kind(503, "outcome-unknown", "It is not known whether the reports were stored")
_ONE = ReportBody.model_json_schema()
_SEVERAL = {"type": "array", "items": _ONE, "minItems": 1, "maxItems": MAX_ROWS}
_ITEMS = {"type": "object", "properties": {"items": _SEVERAL}, "required": ["items"], "additionalProperties": False}
SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"anyOf": [_ONE, _SEVERAL, _ITEMS]}}},
    }
}
"""The body is read by hand, for speed and for a verdict on each report; so its schema is stated here."""


class BodyUnusable(RequestRefused):
    """The body is no report, list of reports or object with items."""


class BodyTooLarge(DataError):
    """The body is larger, or holds more reports, than one request may."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def intake_router(services: ApiServices) -> APIRouter:
    """Route POST /incidents."""
    router = versioned_router("incidents")
    router.route_class = _ReadByHand
    desk = services.intake

    @router.post("/incidents", response_model=VerdictsBody, status_code=202, openapi_extra=SCHEMA)
    async def report(
        request: Request,
        idempotency_key: Annotated[
            str | None, Header(description="A key of yours for this request, at most 255 characters.")
        ] = None,
    ) -> Response:
        """Report one incident, or several as an array or `{"items": [...]}`.

        Send an `Idempotency-Key`, or an `external_id` or `key` with each report: then a request that was cut off can be
        sent again, and everything is stored once. Accepted reports are on disk when the answer comes.
        """
        try:
            return await _take(request, desk, services.now(), _usable_key(idempotency_key))
        except BodyTooLarge as error:
            return problem(TOO_LARGE, None, error.cause, f"Send at most {MAX_ROWS:,} reports and {MAX_BYTES:,} bytes.")
        except IntakeBusy as error:
            answer = problem(BUSY, None, "Too many reports wait to be stored.", "Send the request again in a moment.")
            answer.headers["Retry-After"] = str(error.retry_after_s)
            return answer
        except OutcomeUnknown:
            answer = problem(
                UNKNOWN,
                None,
                "The database went away before it confirmed.",
                "Send the same request again with the same Idempotency-Key or external ids: everything is stored once.",
            )
            answer.headers["Retry-After"] = "1"
            return answer

    return router


class _ReadByHand(APIRoute):
    """Gives its function the request as it is.

    The function reads everything by itself; to look for more would take the framework as long as a report takes us.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive)
        answer = await self.endpoint(request, request.headers.get("idempotency-key"))
        await answer(scope, receive, send)


async def _take(request: Request, desk: IntakeDesk, now: datetime, key: str | None) -> Response:
    account = acting_account()
    body = await _body(request)
    raw, single = _reports(body)
    city = await _city_for(raw, desk)
    rules = Rules(now, city.catalog.zone)
    submission = Submission(tuple(_read(one, rules) for one in raw), key, hashlib.sha256(body).digest())
    return _answer(await _submitted(desk, submission, account), single)


async def _submitted(desk: IntakeDesk, submission: Submission, account: Account) -> Sequence[Verdict] | KeyReused:
    if submission.key is None and all(isinstance(row, ReportRefused) for row in submission.rows):
        return [Verdict(Outcome.REJECTED, refusal=row) for row in submission.rows if isinstance(row, ReportRefused)]
    return await desk.submit(submission, account)


def _read(raw: object, rules: Rules) -> Report | ReportRefused:
    try:
        return read_report(raw, rules)
    except ReportRefused as refusal:
        return refusal


async def _city_for(raw: Sequence[Any], desk: IntakeDesk) -> City:
    """The city, its catalog read anew where a report has a code that was not there before."""
    city = await desk.city()
    known = {
        "class": city.catalog.classes,
        "source": city.catalog.sources,
        "department": city.catalog.departments,
        "dataset": city.catalog.datasets,
    }
    for one in raw:
        if isinstance(one, dict):
            for field, codes in known.items():
                code = one.get(field)
                if isinstance(code, str) and code and code not in codes:
                    return await desk.refresh_catalog()
    return city


def _usable_key(key: str | None) -> str | None:
    if key is None:
        return None
    if not 0 < len(key) <= _KEY_LENGTH or not key.isprintable() or not key.isascii():
        raise BodyUnusable(
            "Idempotency-Key", f"It is not 1 to {_KEY_LENGTH} printable ASCII characters.", "Send a UUID, for example."
        )
    return key


async def _body(request: Request) -> bytes:
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > MAX_BYTES:
            raise BodyTooLarge(f"The body has more than {MAX_BYTES:,} bytes.")
    return bytes(parts)


def _reports(body: bytes) -> tuple[list[Any], bool]:
    """The reports of a body, and whether it is a single one."""
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyUnusable("body", f"It is no JSON: {error}.", "Send JSON in UTF-8.") from error
    single = isinstance(raw, dict) and "items" not in raw
    if isinstance(raw, dict):
        raw = [raw] if single else _only_items(raw)
    if not isinstance(raw, list) or not raw:
        raise BodyUnusable("items", "There are no reports in it.", 'Send an object, an array or {"items": [...]}.')
    if len(raw) > MAX_ROWS:
        raise BodyTooLarge(f"There are {len(raw):,} reports in it.")
    return raw, single


def _only_items(raw: dict[str, Any]) -> Any:
    if raw.keys() != {"items"}:
        raise BodyUnusable("items", "There is something beside the items.", 'Send {"items": [...]} and nothing else.')
    return raw["items"]


def _answer(verdicts: Sequence[Verdict] | KeyReused, single: bool) -> Response:
    if isinstance(verdicts, KeyReused):
        return problem(
            REUSED,
            "Idempotency-Key",
            "The key was used before, for a request that says something else.",
            "Use a new key for a new request.",
        )
    if single and verdicts[0].refusal is not None:
        refusal = verdicts[0].refusal
        return problem(REFUSED, refusal.field, refusal.cause, refusal.remedy)
    counts = {outcome.value: sum(one.outcome == outcome for one in verdicts) for outcome in Outcome}
    body = counts | {"items": [_verdict(index, verdict) for index, verdict in enumerate(verdicts)]}
    return Response(orjson.dumps(body), 202, {"Cache-Control": "no-store"}, "application/json")


def _verdict(index: int, verdict: Verdict) -> dict[str, object]:
    answer: dict[str, object] = {"index": index, "status": verdict.outcome.value, "id": verdict.incident_id}
    if verdict.refusal is not None:
        answer |= {"field": verdict.refusal.field, "cause": verdict.refusal.cause, "remedy": verdict.refusal.remedy}
    return answer
