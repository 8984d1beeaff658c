"""What does a wall in Chromium say of itself: memory, elements, script, processor time, and what it was told?"""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

HEAR = """() => {
    window.soak = { entries: [], snapshots: 0 };
    window.minqing.live.subscribe('cases', ({ events, snapshot }) => {
        if (snapshot) window.soak.snapshots += 1;
        for (const event of events) window.soak.entries.push(event.entry);
    });
}"""
RECOLOUR = """
const read = window.fetch;
let turn = 0;
window.fetch = async (...given) => {
    const answer = await read(...given);
    if (!String(given[0]).startsWith('/api/v1/choropleth.bin')) return answer;
    const values = new Float32Array(await answer.arrayBuffer());
    for (let k = 0; k < values.length; k += 1) if (Number.isFinite(values[k])) values[k] = 1 + ((k + 8 * turn) % 40);
    turn += 1;
    return new Response(values, { headers: answer.headers });
};"""
"""Every unit of the map gets a value of another class with each reading; the city itself changes few at a time."""

GIVE = """() => {
    const told = window.soak;
    window.soak = { entries: [], snapshots: 0 };
    return told;
}"""
POSITION = "() => window.minqing.live.position()"
IS_READ = """() => document.querySelector('.wall-panel') && window.minqing.live.position() !== null
    && !document.querySelector('.wall-panel:not([data-state=live])')"""
CHANGE = """(key) => new Promise((done) => {
    const { wall } = window.minqing;
    wall.panels.prefetch(wall.scenes().scenes.find((one) => one.key === key));
    setTimeout(() => {
        const began = performance.now();
        let map = null;
        const onIdle = () => { map = map ?? performance.now() - began; };
        document.addEventListener('mapview:idle', onIdle);
        wall.stage.show(key);
        let panels = null;
        const hasMap = !document.getElementById('wall-page-map').hidden;
        const look = () => {
            const waits = [...document.querySelectorAll('.wall-panel')].some((one) => one.dataset.state !== 'live');
            if (!waits && panels === null) panels = performance.now() - began;
            const isOver = panels !== null && (map !== null || !hasMap);
            if (!isOver && performance.now() - began < 15000) return void requestAnimationFrame(look);
            document.removeEventListener('mapview:idle', onIdle);
            done([panels ?? Infinity, hasMap ? map ?? Infinity : 0]);
        };
        requestAnimationFrame(look);
    }, 2000);
})"""
"""Of a wall that was told two seconds before: milliseconds until a scene's panels show figures, and its map rests."""


@dataclass(slots=True)
class Problems:
    """What must not happen in the browser."""

    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note errors, refusals and requests that fail."""
        page.on("console", lambda said: self.found.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.found.append(str(error)))
        page.on("response", lambda got: self.found.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure or ""))

    def _failed(self, url: str, why: str) -> None:
        # The map cancels tiles that it no longer needs.
        if "ERR_ABORTED" not in why:
            self.found.append(f"{why} {url}")


@dataclass(frozen=True, slots=True)
class Sample:
    """What was measured at one moment.

    Attributes:
        heap_mb: JavaScript heap in use after a collection.
        nodes, listeners: Elements and event listeners of the page.
        entries: Numbers of the feed's entries that the page was told since the sample before.
        snapshots: How many times it was told to read everything anew.
    """

    heap_mb: float
    nodes: int
    listeners: int
    entries: tuple[int, ...]
    snapshots: int


class Hall:
    """A wall that stands in a window of its own."""

    def __init__(self, browser: Browser, context: BrowserContext, query: str, before: str = "") -> None:
        """Open it.

        Args:
            before: Script that runs in the page before its own.
        """
        self.problems = Problems()
        self.page = context.new_page()
        self.problems.watch(self.page)
        if before:
            self.page.add_init_script(before)
        self.page.goto(f"/wall?{query}")
        self.page.wait_for_function(IS_READ)
        self._tools: CDPSession = context.new_cdp_session(self.page)
        self._tools.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._machine: CDPSession = browser.new_browser_cdp_session()
        self.page.evaluate(HEAR)
        self.began_after = int(self.page.evaluate(POSITION))

    def sample(self) -> Sample:
        """Collect garbage and measure."""
        self._tools.send("HeapProfiler.collectGarbage")
        told = self.page.evaluate(GIVE)
        known = self.metrics()
        return Sample(
            known["JSHeapUsedSize"] / 2**20,
            int(known["Nodes"]),
            int(known["JSEventListeners"]),
            tuple(told["entries"]),
            int(told["snapshots"]),
        )

    def metrics(self) -> dict[str, float]:
        """Counters of the page, as Chromium keeps them; durations are seconds of processor time of its main thread."""
        found: dict[str, Any] = self._tools.send("Performance.getMetrics")
        return {one["name"]: float(one["value"]) for one in found["metrics"]}

    def renderer_s(self) -> float:
        """Processor time of all renderer processes; what draws for them is a process of its own and not in it."""
        found: dict[str, Any] = self._machine.send("SystemInfo.getProcessInfo")
        return sum(float(one["cpuTime"]) for one in found["processInfo"] if one["type"] == "renderer")

    def position(self) -> int:
        """Number of the last entry up to which the page knows everything."""
        return int(self.page.evaluate(POSITION))

    def change(self, scene: str) -> tuple[float, float]:
        """Milliseconds until another scene's panels show figures, and until its map rests."""
        panels, map_ms = self.page.evaluate(CHANGE, scene)
        return float(panels), float(map_ms)
