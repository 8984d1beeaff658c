"""How does a report without an account become an incident with its photo and a receipt, once for each form?"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from data.accounts.account import Account
from data.accounts.permissions import Permission, Role
from data.attachments.desk import PhotoRoom
from data.attachments.photo import Photo
from data.attachments.rows import Bringing, write_attachment
from data.cases.sight import looking
from data.engine import AsyncRows
from data.intake.desk import IntakeDesk
from data.intake.report import Rules, read_report
from data.intake.submission import KeyReused, Submission
from data.reads.rows import fetch_one
from data.report_page.codes import ReportCode, stands_there
from data.report_page.receipt import PROGRAM, digest_of, receipt_of
from data.scope import acting_as_program

ANYBODY = Account(0, "", Role.STEWARD, limited_to=frozenset({Permission.INCIDENT_REPORT}))
"""In whose name such reports come in: nobody's. It is in no table, cannot sign in, and sees nothing sensitive."""

SOURCE = "qr_code"
_WRITE = """
INSERT INTO report_receipt (digest, code, incident_id, reported_at, made_at)
SELECT %(digest)s, %(code)s, id, reported_at, %(now)s FROM incident WHERE id = %(id)s
ON CONFLICT (digest) DO NOTHING
"""
_MOMENT = "SELECT reported_at FROM incident WHERE id = %(id)s"


class Database(Protocol):
    """The database as the filing uses it; `data.engine.AsyncDatabase` is one."""

    def reading(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection with one read-only snapshot."""

    def writing(self) -> AbstractAsyncContextManager[AsyncRows]:
        """A connection inside a transaction that commits on leaving without an error."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody wrote into the form.

    Attributes:
        token: Of the form; the same form sent again is the same report.
        lonlat: Where they stand, degrees WGS 84; None where they did not say.
    """

    token: str
    class_code: str
    text: str
    lonlat: tuple[float, float] | None = None
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class _Moment:
    reported_at: datetime


class FilingDesk:
    """Takes reports from the page behind a code."""

    def __init__(self, database: Database, intake: IntakeDesk, room: PhotoRoom, now: Callable[[], datetime]) -> None:
        self._database = database
        self._intake = intake
        self._room = room
        self._now = now

    async def file(self, code: ReportCode, filled: Filled) -> str:
        """Store a report; done once it is committed.

        A form that was sent before, in whatever words, gets the receipt of what was stored then.

        Returns:
            The receipt.

        Raises:
            ReportRefused: A field cannot be used.
            IntakeBusy, OutcomeUnknown: To be sent again; it is stored once.
        """
        city = await self._intake.city()
        report = read_report(await self._stated(code, filled), Rules(self._now(), city.catalog.zone))
        # The digest leaves the words out: a second press after a correction must not make a second report.
        digest = hashlib.sha256(filled.token.encode()).digest()
        answer = await self._intake.submit(Submission((report,), f"report page {filled.token}", digest), ANYBODY)
        assert not isinstance(answer, KeyReused)
        if answer[0].refusal is not None:
            raise answer[0].refusal
        assert answer[0].incident_id is not None
        receipt = receipt_of(filled.token)
        await self._settle(code, filled, answer[0].incident_id, receipt)
        return receipt

    async def _stated(self, code: ReportCode, filled: Filled) -> dict[str, object]:
        lonlat = (code.lon, code.lat)
        if filled.lonlat is not None:
            with acting_as_program():
                async with self._database.reading() as conn:
                    lonlat = filled.lonlat if await stands_there(conn, code, filled.lonlat) else lonlat
        return {
            "class": filled.class_code,
            "lon": lonlat[0],
            "lat": lonlat[1],
            "source": SOURCE,
            "text": filled.text,
            "address": code.name,
        }

    async def _settle(self, code: ReportCode, filled: Filled, incident_id: int, receipt: str) -> None:
        """Write the receipt, and the photo to the event by which the report came in."""
        now = self._now()
        with acting_as_program():
            async with self._database.writing() as conn, looking(conn, PROGRAM):
                values = {"digest": digest_of(receipt), "code": code.code, "id": incident_id, "now": now}
                written = await conn.execute(_WRITE, values)
                if filled.photo is not None and written.rowcount:
                    moment = await fetch_one(conn, _Moment, _MOMENT, {"id": incident_id})
                    assert moment is not None
                    digests = await self._room.keep(conn, filled.photo)
                    bringing = Bringing(incident_id, moment.reported_at, 1, now)
                    await write_attachment(conn, filled.photo, digests, bringing)
