"""How many requests were answered, with what result, and how fast?"""

import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
OTHER = "other"


@dataclass(slots=True)
class _Timing:
    """Observations of one route by upper bound; the last bucket has none."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    total_s: float = 0.0


class RequestMeter:
    """Counters in the text format of Prometheus; labels are route templates, never addresses."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._timings: dict[str, _Timing] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests[(method, route, status)] += 1
        timing = self._timings.setdefault(route, _Timing())
        timing.buckets[bisect_left(BOUNDS_S, seconds)] += 1
        timing.total_s += seconds

    def lines(self) -> list[str]:
        """All counters."""
        name = "minqing_http_requests_total"
        lines = [f"# HELP {name} Answered requests.", f"# TYPE {name} counter"]
        for (method, route, status), count in sorted(self._requests.items()):
            lines.append(f'{name}{{method="{method}",route="{route}",status="{status}"}} {count}')
        name = "minqing_http_request_duration_seconds"
        lines += [f"# HELP {name} Time to the end of the answer.", f"# TYPE {name} histogram"]
        for route, timing in sorted(self._timings.items()):
            lines += _histogram(name, route, timing)
        return lines


def _histogram(name: str, route: str, timing: _Timing) -> list[str]:
    lines, count = [], 0
    for bound, observed in zip([*BOUNDS_S, "+Inf"], timing.buckets, strict=True):
        count += observed
        lines.append(f'{name}_bucket{{route="{route}",le="{bound}"}} {count}')
    return [*lines, f'{name}_sum{{route="{route}"}} {timing.total_s:.6f}', f'{name}_count{{route="{route}"}} {count}']


class MeteredApp:
    """ASGI middleware that reports every request to a meter."""

    def __init__(self, app: ASGIApp, meter: RequestMeter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._meter.observe(_method(scope), _template(scope), status, time.perf_counter() - started)


def _method(scope: Scope) -> str:
    method = str(scope["method"])
    return method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else OTHER


def _template(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", OTHER)
    return str(path).replace("\\", "").replace('"', "")
