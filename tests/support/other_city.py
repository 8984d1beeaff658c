"""Another city's Open311 endpoint: a real HTTP server with the odd ways that endpoints have."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import orjson

from tests.support.loopback import Answering, answering


@dataclass
class OtherCity:
    """What it has, and how it behaves.

    Attributes:
        rows: Requests; `moment` decides the order and period, and is not told.
        forms: Which of json and xml it speaks.
        pages: Whether it heeds `page`.
        cap: Most rows of an answer.
        shift: So many rows of each page come again on the next one.
        failures: Statuses that come before the next good answers.
        asked: Queries that came.
        prologue: Stands before an XML answer.
    """

    rows: list[dict] = field(default_factory=list)
    forms: tuple[str, ...] = ("json", "xml")
    pages: bool = True
    cap: int = 1_000
    shift: int = 0
    failures: list[int] = field(default_factory=list)
    location: str = ""
    huge: bool = False
    prologue: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def answer(self, query: dict[str, str]) -> list[dict]:
        """The rows that a query gives."""
        if "service_request_id" in query:
            wanted = query["service_request_id"].split(",")
            return [_told(row) for row in self.rows if row.get("service_request_id") in wanted]
        start, end = (datetime.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        found = sorted(
            (row for row in self.rows if start <= row["moment"] <= end), key=lambda row: row["moment"], reverse=True
        )
        size = min(int(query["page_size"]), self.cap)
        first = (int(query["page"]) - 1) * size if self.pages else 0
        return [_told(row) for row in found[max(0, first - self.shift) : first + size]]


def _told(row: dict) -> dict:
    return {name: value for name, value in row.items() if name != "moment"}


def _xml(rows: list[dict], prologue: str) -> bytes:
    body = "".join(
        "<request>" + "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in row.items()) + "</request>"
        for row in rows
    )
    return f"{prologue}<service_requests>{body}</service_requests>".encode()


@contextmanager
def other_city(city: OtherCity) -> Iterator[OtherCity]:
    """The city, answering."""

    class Handler(Answering):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            city.asked.append(query)
            form = parts.path.rpartition(".")[2]
            if city.failures:
                self.say(city.failures.pop(0), b"sorry")
            elif city.location:
                self.say(302, b"", {"Location": city.location})
            elif parts.path != f"/v2/requests.{form}" or form not in city.forms:
                self.say(404, b"[]")
            elif city.huge:
                self.say(200, b"[" + b" " * 2_000_000 + b"]")
            else:
                rows = city.answer(query)
                self.say(200, orjson.dumps(rows) if form == "json" else _xml(rows, city.prologue))

    with answering(Handler) as address:
        city.url = f"{address}/v2"
        yield city
