"""Is a wall still right, and no heavier, after hours of a busy city? `make soak`, or this module with `--help`.

The program is started as a user starts it, with a database and a demo city of its own. A desk lets cases go their whole
way at many times the city's usual rate; a wall in Chromium goes through its scenes and is measured all the while.
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import psycopg
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from data.wall.reading import FILE
from tests.benchmarks.measure import Measure, at_most
from tests.soak.desk import EVENTS_A_CASE, Desk, Done
from tests.soak.hall import RECOLOUR, Hall, Sample
from tests.soak.slopes import growth
from tests.support.chromium import ARGUMENTS, CHROMIUM
from tests.support.ready import wait_until_ready

ROOT = Path(__file__).parents[2]
PASSWORD = "a demo password for soaking"  # of a demo city that is thrown away
MINUTES, TIMES = 20.0, 60.0
WARM_UP = 0.2
SAMPLE_S, SPEED_S, CHANGES, SETTLE_S = 10.0, 60, 20, 8.0
DWELL_S = 12
READY_S, STOP_S = 240.0, 90.0
GROWTH, NODES = 2.0, 1.05
SCENE_MS, PUSH_MS, RENDERER = 1000.0, 10.0, 0.25
BUSY = """\
  - key: busy
    zh: 全市小网格
    en: All small grids
    dwell_s: 600
    panels:
      - {kind: figure, place: left, zh: 今日上报, en: Reported today, metric: reported, days: 1}
      - {kind: map, place: centre, zh: 各小网格未结, en: Open by small grid, level: finest, metric: open, days: 30}
      - {kind: ticker, place: foot, zh: 动态, en: What is happening, rows: 3}
"""
"""A scene that colours every small grid of the city anew, with the ticker."""

_NORMAL = """
SELECT count(*) / 364.0 FROM incident
WHERE reported_at >= now() - INTERVAL '364 days' AND reported_at < now()
"""
_TOLD = """
SELECT entry.id FROM feed_entry AS entry JOIN incident_class AS class ON class.id = entry.class_id
WHERE entry.kind = 'cases' AND NOT class.sensitive AND entry.id > %s AND entry.id <= %s
"""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program; `database` is the address of its own server."""

    address: str
    pid: int
    database: str


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen of wall and server; `at_s` is seconds since the soak began."""

    at_s: list[float]
    samples: list[Sample]
    rss_mb: list[float]
    upto: int


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per measure; 1 where one falls short."""
    asked = _parse(argv)
    kept = True
    for measure in _measures(asked.minutes, asked.times):
        print(measure.line(), flush=True)
        kept &= measure.ok or not measure.judged
    print("every bar is kept" if kept else "falls short", flush=True)
    return int(not kept)


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.soak.run", description="Keep a wall under load and watch it.")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="length of the soak (default %(default)s)")
    parser.add_argument("--times", type=float, default=TIMES, help="times the usual rate (default %(default)s)")
    return parser.parse_args(argv)


def _measures(minutes: float, times: float) -> Iterator[Measure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="minqing-soak-")))
        folder.chmod(0o755)
        program = stack.enter_context(_served(folder))
        browser = stack.enter_context(_chromium())
        rate = _usual_rate(program) * times
        print(
            f"{datetime.now(UTC):%Y-%m-%d}: {rate:.2f} events/s, {times:g} × the usual; {minutes:g} minutes", flush=True
        )
        desk = Desk(program.address, _session(program, "admin"), rate, seed=7)
        stack.callback(desk.go_home)
        context = stack.enter_context(_window(browser, program))
        yield from _script(Hall(browser, context, "lang=en&hold=1&scene=busy"))
        yield from _renderer(Hall(browser, context, "lang=en&hold=1&scene=busy", before=RECOLOUR))
        context.close()
        context = stack.enter_context(_window(browser, program))
        hall = Hall(browser, context, "lang=en")
        yield from _changes(hall)
        watched = _watched(hall, program, minutes)
        done = desk.go_home()
        yield from _growths(watched, times)
        yield from _told(program, hall, watched, done)


def _script(hall: Hall) -> Iterator[Measure]:
    """What a second with one push of the city costs."""
    costs_ms, _ = _minute(hall)
    p50, p95 = np.percentile(costs_ms, [50, 95])
    yield at_most("script in a second with one push: p50", float(p50), PUSH_MS, "ms", judged=False)
    yield at_most("script in a second with one push: p95", float(p95), PUSH_MS, "ms")


def _renderer(hall: Hall) -> Iterator[Measure]:
    """What a wall costs while every small grid is coloured anew with each push."""
    units = int(hall.page.evaluate("() => window.minqing.wall.city().levels.at(-1).current"))
    costs_ms, share = _minute(hall)
    yield at_most("renderer without drawing, all grids anew, of one core", share, RENDERER, detail=f"{units} grids")
    p95 = float(np.percentile(costs_ms, 95))
    yield at_most("  script in such a second: p95", p95, PUSH_MS, "ms", judged=False)


def _minute(hall: Hall) -> tuple[NDArray[np.float64], float]:
    """Script in each second of a minute, in ms, and the renderers' share of one core; then the window is closed."""
    time.sleep(SETTLE_S)
    script, before_s = [hall.metrics()["ScriptDuration"]], hall.renderer_s()
    began_s = time.monotonic()
    for second in range(1, SPEED_S + 1):
        time.sleep(max(0.0, began_s + second - time.monotonic()))
        script.append(hall.metrics()["ScriptDuration"])
    share = (hall.renderer_s() - before_s) / (time.monotonic() - began_s)
    hall.page.close()
    return 1000 * np.diff(script), share


def _changes(hall: Hall) -> Iterator[Measure]:
    """How long a change of scene takes, once each scene has been seen."""
    keys = hall.page.evaluate("() => window.minqing.wall.scenes().scenes.map((scene) => scene.key)")
    keys = [key for key in keys if key != "busy"]
    for key in keys:
        hall.change(key)
    times = np.array([hall.change(keys[number % len(keys)]) for number in range(CHANGES)])
    yield at_most("change of scene until all figures stand: p95", float(np.percentile(times[:, 0], 95)), SCENE_MS, "ms")
    yield at_most("  until its map rests: p95", float(np.percentile(times[:, 1], 95)), SCENE_MS, "ms", judged=False)


def _watched(hall: Hall, program: Program, minutes: float) -> Watched:
    """Samples at an even pace; then a while to hear what was under way."""
    seen = Watched([], [], [], 0)
    began_s = time.monotonic()
    while (at_s := time.monotonic() - began_s) < 60 * minutes:
        seen.at_s.append(at_s)
        seen.samples.append(hall.sample())
        seen.rss_mb.append(_rss_mb(program.pid))
        if len(seen.at_s) % 30 == 1:
            print(
                f"  {at_s / 60:4.1f} min: heap {seen.samples[-1].heap_mb:.1f} MB, server {seen.rss_mb[-1]:.0f} MB",
                flush=True,
            )
        time.sleep(max(0.0, SAMPLE_S * len(seen.at_s) - (time.monotonic() - began_s)))
    time.sleep(SETTLE_S)
    upto = hall.position()
    seen.samples.append(hall.sample())
    return Watched(seen.at_s, seen.samples, seen.rss_mb, upto)


def _growths(seen: Watched, times: float) -> Iterator[Measure]:
    """Growth after the warm-up, an hour of the usual events at a time."""
    first = int(WARM_UP * len(seen.at_s))
    at_s = seen.at_s[first:]
    samples = seen.samples[first : len(seen.at_s)]
    hour_min = 60 / times
    for name, values in (
        ("JavaScript heap", [one.heap_mb for one in samples]), ("memory of the server", seen.rss_mb[first:]),
    ):  # fmt: skip
        grown = growth(at_s, values)
        spread = f"{grown.low * hour_min:+.3f} … {grown.high * hour_min:+.3f}, {grown.level:.1f} MB"
        yield at_most(f"{name}, growth an hour of usual events", grown.slope * hour_min, GROWTH, "%", detail=spread)
        yield at_most("  an hour of the clock", grown.slope * 60, GROWTH, "%", judged=False)
    third = max(1, len(samples) // 3)
    for name, counts in (("elements", [s.nodes for s in samples]), ("listeners", [s.listeners for s in samples])):
        ratio = float(np.median(counts[-third:]) / np.median(counts[:third]))
        yield at_most(f"{name} of the page, last third over first", ratio, NODES, detail=f"{np.median(counts):.0f}")


def _told(program: Program, hall: Hall, seen: Watched, done: Done) -> Iterator[Measure]:
    """Whether the wall was told everything once."""
    entries = [one for sample in seen.samples for one in sample.entries]
    with psycopg.connect(program.database) as owner:
        known = {row[0] for row in owner.execute(_TOLD, [hall.began_after, seen.upto])}
    heard = {one for one in entries if hall.began_after < one <= seen.upto}
    for name, count in (
        ("events that the wall was not told", len(known - heard)),
        ("events that it was told twice", len(entries) - len(set(entries))),
        ("events that were not its own", len(heard - known)),
        ("times it had to read everything anew", sum(sample.snapshots for sample in seen.samples)),
        ("errors and failed requests in the browser", len(hall.problems.found)),
        ("acts that were refused", len(done.refused)),
    ):
        yield Measure(name, str(count), "= 0", count == 0)
    for problem in (*hall.problems.found[:5], *done.refused[:5]):
        print(f"  {problem}")
    yield Measure("events that it was told", str(len(heard)), f"of {len(known)}", bool(heard))


def _usual_rate(program: Program) -> float:
    """Events a second of a usual day of the city: its reports a day, each with the acts of a whole way."""
    with psycopg.connect(program.database) as owner:
        row = owner.execute(_NORMAL).fetchone()
    assert row is not None
    return float(row[0]) * EVENTS_A_CASE / 86_400


@contextmanager
def _served(folder: Path) -> Iterator[Program]:
    """The program with a demo city of its own, whose scenes stand for a short time each."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    home = folder / "data"
    home.mkdir(mode=0o755)
    scenes = re.sub(r"dwell_s: \d+", f"dwell_s: {DWELL_S}", FILE.read_text("utf-8"))
    # A city that has just been loaded is judged, and each of its risks would let the map fly.
    calm = scenes.replace("on_risk: true", "on_risk: false")
    (home / "scenes.yaml").write_text(f"{calm.rstrip()}\n{BUSY}", "utf-8")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("MINQING_", "DATABASE_"))}
    environ |= {"MINQING_DATA_DIR": str(home), "MINQING_DEMO_PASSWORD": PASSWORD}
    command = [sys.executable, "app.py", "serve", "--demo", "--port", str(port)]
    log = (folder / "program.log").open("wb")
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        wait_until_ready(port, process, folder / "program.log", READY_S)
        yield Program(f"http://127.0.0.1:{port}", process.pid, f"postgresql://minqing@/minqing?host={home}/socket")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_S)
        log.close()


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def _window(browser: Browser, program: Program) -> Iterator[BrowserContext]:
    """A window of 1920 × 1080 in which the wall is signed in."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, base_url=program.address)
    context.set_default_timeout(90_000)
    cookie = {"name": "minqing_session", "value": _session(program, "wall"), "url": program.address}
    context.add_cookies([cookie])  # type: ignore[list-item]  # url stands for domain and path
    try:
        yield context
    finally:
        context.close()


def _session(program: Program, name: str) -> str:
    answer = httpx.post(f"{program.address}/login", data={"username": name, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return str(answer.cookies["minqing_session"])


def _rss_mb(pid: int) -> float:
    """Memory in use by the program and what it has started, its database left out."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = [child for child in children if b"postgres" not in Path(f"/proc/{child}/cmdline").read_bytes()]
    return sum(_one_rss_mb(one) for one in (str(pid), *own))


def _one_rss_mb(pid: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
