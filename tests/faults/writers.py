"""How do several senders report without pause, repeat what was cut off, and remember what was acknowledged?"""

import http.client
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

GRID_A = (120.005, 29.985)
RETRY_S = 0.2
LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""A mark without digits is never taken for somebody's number and masked."""

GIVE_UP_S = 90


@dataclass
class Tally:
    """What was acknowledged: the mark of each report and its id.

    Attributes:
        ids: Incident id by mark.
        repeats: Requests that were sent again after no answer, or one that said so.
        refusals: Answers that should never come.
    """

    ids: dict[str, int] = field(default_factory=dict)
    repeats: int = 0
    refusals: list[str] = field(default_factory=list)
    last_s: float = 0.0


class Writers:
    """Threads that report to a port until told to finish; each ends with an acknowledged request."""

    def __init__(self, port: int, token: str, count: int) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._finish = threading.Event()
        self._lock = threading.Lock()
        self.tally = Tally()
        self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def finish(self) -> Tally:
        """Let every writer end the request under way."""
        self._finish.set()
        for thread in self._threads:
            thread.join(GIVE_UP_S + 30)
            assert not thread.is_alive(), "a writer never got its answer"
        return self.tally

    def wait_for_answer(self) -> float:
        """Seconds until the next acknowledgement."""
        start = time.monotonic()
        while self.tally.last_s <= start:
            assert time.monotonic() - start < GIVE_UP_S, "nothing is acknowledged any more"
            time.sleep(0.01)
        return time.monotonic() - start

    def _run(self, number: int) -> None:
        # Each third writer sends batches; they know their reports by external ids and send no Idempotency-Key.
        while not self._finish.is_set():
            marks = [uuid.uuid4().hex.translate(LETTERS) for _ in range(8 if number % 3 == 0 else 1)]
            reports = [_report(mark, external=number % 3 == 0) for mark in marks]
            headers = self._headers if number % 3 == 0 else self._headers | {"Idempotency-Key": marks[0]}
            body = json.dumps(reports if len(reports) > 1 else reports[0]).encode()
            self._until_acknowledged(marks, body, headers)

    def _until_acknowledged(self, marks: list[str], body: bytes, headers: dict[str, str]) -> None:
        deadline = time.monotonic() + GIVE_UP_S
        while time.monotonic() < deadline:
            status, answer = self._post(body, headers)
            if status == 202:
                items = json.loads(answer)["items"]
                with self._lock:
                    self.tally.ids |= {mark: item["id"] for mark, item in zip(marks, items, strict=True)}
                    self.tally.last_s = time.monotonic()
                return
            with self._lock:
                self.tally.repeats += 1
                if status not in (0, 429, 503):
                    self.tally.refusals.append(f"{status} {answer[:300]!r}")
            time.sleep(RETRY_S)

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body; status 0 where the connection broke."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("POST", "/api/v1/incidents", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()


def _report(mark: str, *, external: bool) -> dict[str, object]:
    lon, lat = GRID_A
    report = {"class": "U-E-1-01", "lon": lon, "lat": lat, "source": "grid_worker", "text": f"积水 {mark}"}
    report["reported_at"] = datetime.now(UTC).isoformat()
    return report | ({"external_id": mark} if external else {})
