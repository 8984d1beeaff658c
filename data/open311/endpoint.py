"""How is another city's Open311 endpoint asked? Patiently, within limits, and nobody else but it."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import httpx
import orjson
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from data.open311.errors import EndpointRefused, EndpointUnusable

AGENT = "Minqing-Open311/1"
_REPEATABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
_OTHER_FORM = frozenset({400, 404, 406, 415})
_WANTS_KEY = frozenset({401, 403})
KEY_REMEDY = "Set MINQING_OPEN311_API_KEY to a key that this endpoint takes, then run the command again."
Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often.

    Attributes:
        wait_s: For connecting and for each piece of an answer.
        whole_s: For an answer.
        bytes: Of an answer, at most.
        tries: Requests for one page.
        first_s, longest_s: Wait after the first failure, which doubles, and the longest one.
    """

    wait_s: float = 20.0
    whole_s: float = 120.0
    bytes: int = 30_000_000
    tries: int = 6
    first_s: float = 1.0
    longest_s: float = 60.0


class _Repeatable(Exception):  # never leaves this module
    """The next try may succeed."""

    def __init__(self, cause: str, wait_s: float = 0.0) -> None:
        super().__init__(cause)
        self.wait_s = wait_s


class _OtherForm(Exception):  # never leaves this module
    """The endpoint does not speak this form."""


class Endpoint:
    """One endpoint; knows after the first answer whether it speaks JSON or XML."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        patience: Patience | None = None,
        rng: random.Random | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = _base_of(url)
        self._api_key = api_key
        self._patience = patience or Patience()
        self._rng = rng or random.SystemRandom()
        self._sleep = sleep
        self._form: str | None = None
        self._client: httpx.Client | None = None

    @contextmanager
    def opened(self) -> Iterator["Endpoint"]:
        """Keeps connections for as long as it is open."""
        timeout = httpx.Timeout(self._patience.wait_s)
        with httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False) as client:
            self._client = client
            yield self
            self._client = None

    def requests(self, query: Mapping[str, str]) -> list[Record]:
        """The service requests that a query gives, as the endpoint writes them.

        Raises:
            EndpointUnusable: There is no usable answer after several tries.
        """
        forms = (self._form,) if self._form else ("json", "xml")
        for form in forms:
            try:
                records = self._patiently(form, query)
            except _OtherForm as error:
                if form == forms[-1]:
                    raise EndpointUnusable(str(error)) from error
                continue
            self._form = form
            return records
        raise AssertionError("unreachable: the last form returns or raises")

    def _patiently(self, form: str, query: Mapping[str, str]) -> list[Record]:
        patience = self._patience
        for tried in range(1, patience.tries + 1):
            try:
                return self._ask(form, query)
            except _Repeatable as error:
                if tried == patience.tries:
                    raise EndpointUnusable(f"{error}, {tried} times") from error
                growing_s = min(patience.first_s * 2 ** (tried - 1), patience.longest_s)
                self._sleep(max(min(error.wait_s, patience.longest_s), growing_s * self._rng.uniform(0.5, 1.0)))
        raise AssertionError("unreachable: the last try returns or raises")

    def _ask(self, form: str, query: Mapping[str, str]) -> list[Record]:
        assert self._client is not None
        params = dict(query) | ({"api_key": self._api_key} if self._api_key else {})
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        began = time.monotonic()
        try:
            with self._client.stream("GET", f"{self._base}/requests.{form}", params=params, headers=headers) as answer:
                self._require_good(answer)
                body = self._read(answer, began)
        except (httpx.HTTPError, OSError) as error:
            # Its text would repeat the address, which holds the key.
            raise _Repeatable(type(error).__name__) from None
        return _json_records(body) if form == "json" else _xml_records(body)

    def _require_good(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if status in _REPEATABLE:
            wait = answer.headers.get("retry-after", "")
            raise _Repeatable(f"status {status}", float(wait) if wait.isdigit() else 0.0)
        if answer.is_redirect:
            raise EndpointUnusable("it leads to another address, which is not followed")
        if status in _OTHER_FORM and self._form is None:
            raise _OtherForm(f"status {status}")
        if status in _WANTS_KEY:
            raise EndpointUnusable(f"status {status}", KEY_REMEDY)
        if status != 200:
            raise EndpointUnusable(f"status {status}")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise EndpointUnusable("it packs what was asked for unpacked")

    def _read(self, answer: httpx.Response, began: float) -> bytes:
        body = bytearray()
        for part in answer.iter_raw():
            body += part
            if len(body) > self._patience.bytes:
                raise EndpointUnusable(f"an answer has more than {self._patience.bytes:,} bytes")
            if time.monotonic() - began > self._patience.whole_s:
                raise _Repeatable("too slow")
        return bytes(body)


def moment_text(moment: datetime) -> str:
    """A moment as queries have it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _base_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise EndpointRefused("It cannot be read as an address.") from error
    if parts.scheme not in ("http", "https") or not host or port == 0 or not url.isprintable():
        raise EndpointRefused("It is no address of the web.")
    if parts.username is not None or parts.query or parts.fragment:
        raise EndpointRefused("It holds a name, a query or a fragment.")
    return url.rstrip("/")


def _json_records(body: bytes) -> list[Record]:
    try:
        loaded = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        if body.lstrip()[:1] == b"<":
            raise _OtherForm("it answers in XML") from error
        raise _Repeatable("an answer is no JSON") from error
    if isinstance(loaded, Mapping):
        loaded = next((part for part in loaded.values() if isinstance(part, list)), None)
    if not isinstance(loaded, Sequence) or isinstance(loaded, str):
        raise EndpointUnusable("an answer is no array of requests")
    return [dict(one) for one in loaded if isinstance(one, Mapping)]


def _xml_records(body: bytes) -> list[Record]:
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise EndpointUnusable("its XML declares entities, which are not followed") from error
    except (ParseError, ValueError) as error:
        raise _Repeatable("an answer is no XML") from error
    return [{part.tag: part.text for part in one} for one in root.iter("request")]
