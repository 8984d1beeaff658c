"""What happens in the city while a wall is watched? Cases go their whole way, at an even rate, by the interface."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import numpy as np

WAY: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("file", {}),
    ("dispatch", {"department": "water"}),
    ("accept", {}),
    ("handle", {"result": "已处置"}),
    ("close", {"close_reason": "fixed"}),
)
"""Acts after the report, with their facts."""

EVENTS_A_CASE = 1 + len(WAY)
UNDER_WAY = 12
"""So many cases are on their way at the same time."""

ANSWER_S = 30.0


@dataclass(slots=True)
class Done:
    """What was done.

    Attributes:
        events: How many reports and acts were acknowledged.
        late_s: By how much the last of them was behind its turn.
        refused: Answers that should not come.
    """

    events: int = 0
    late_s: float = 0.0
    refused: list[str] = field(default_factory=list)


class Desk:
    """Reports, files, dispatches, handles and closes until it is told to go home; a thread of its own."""

    def __init__(self, address: str, cookie: str, rate: float, seed: int) -> None:
        """Begin.

        Args:
            cookie: Session of an account that may do everything.
            rate: Events a second.
        """
        self.done = Done()
        self._rate = rate
        self._rng = np.random.default_rng(seed)
        self._client = httpx.Client(base_url=address, cookies={"minqing_session": cookie}, timeout=ANSWER_S)
        self._under_way: deque[tuple[int, int]] = deque()
        self._home = threading.Event()
        self._kinds, self._places = self._known()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def go_home(self) -> Done:
        """End the work; what is under way stays as it is."""
        self._home.set()
        self._thread.join(2 * ANSWER_S)
        self._client.close()
        return self.done

    def _known(self) -> tuple[list[str], list[list[float]]]:
        """Codes of classes that walls show, and a place in each town."""
        kinds = self._get("/api/v1/classes")["items"]
        root = self._get("/api/v1/units?parent=")["items"][0]["code"]
        counties = [unit["code"] for unit in self._get(f"/api/v1/units?parent={root}")["items"]]
        towns = [unit for code in counties for unit in self._get(f"/api/v1/units?parent={code}")["items"]]
        return [one["code"] for one in kinds if not one["sensitive"]], [unit["label"] for unit in towns]

    def _get(self, path: str) -> dict[str, list[dict[str, object]]]:
        answer = self._client.get(path)
        answer.raise_for_status()
        return dict(answer.json())

    def _work(self) -> None:
        turn = time.monotonic()
        while not self._home.is_set():
            self._next()
            turn += 1 / self._rate
            self.done.late_s = max(0.0, time.monotonic() - turn)
            self._home.wait(max(0.0, turn - time.monotonic()))

    def _next(self) -> None:
        if len(self._under_way) < UNDER_WAY:
            self._report()
            return
        case, step = self._under_way.popleft()
        act, facts = WAY[step]
        body = {"act": act, "facts": dict(facts), "seq": step + 1, "key": f"soak-{case}-{step}"}
        if self._post(f"/api/v1/cases/{case}/transitions", body) and step + 1 < len(WAY):
            self._under_way.append((case, step + 1))

    def _report(self) -> None:
        lon, lat = self._places[int(self._rng.integers(len(self._places)))]
        kind = self._kinds[int(self._rng.integers(len(self._kinds)))]
        answer = self._post("/api/v1/incidents", {"class": kind, "lon": lon, "lat": lat, "text": "巡查上报"})
        if answer:
            self._under_way.append((int(answer["items"][0]["id"]), 0))

    def _post(self, path: str, body: dict[str, object]) -> dict[str, list[dict[str, int]]] | None:
        answer = self._client.post(path, json=body)
        if answer.is_success:
            self.done.events += 1
            return dict(answer.json())
        self.done.refused.append(f"{answer.status_code} {path} {answer.text[:200]}")
        return None
