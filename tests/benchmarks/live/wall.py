"""When does what was committed stand on a wall? One page in Chromium that notes what it draws, and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from tests.support.chromium import ARGUMENTS, CHROMIUM

FIGURE = "[data-metric=reported] b"
READY_MS = 90_000
NOTE = """(figure) => {
    const seen = (window.seen = { lines: [], figures: [] });
    const known = new Set();
    const stage = document.getElementById('wall-page');
    const look = () => {
        const at = window.minqing.live.serverNow();
        for (const line of stage.querySelectorAll('.wall-tick[data-key$="-report"]')) {
            const id = Number.parseInt(line.dataset.key, 10);
            if (!known.has(id)) seen.lines.push([id, at]);
            known.add(id);
        }
        const value = Number(stage.querySelector(figure).textContent.replace(/\\D/g, ''));
        if (value !== seen.figures.at(-1)?.[0]) seen.figures.push([value, at]);
    };
    look();
    // A frame is on the screen when the next one is asked for.
    const twice = () => requestAnimationFrame(() => requestAnimationFrame(look));
    new MutationObserver(twice).observe(stage, { childList: true, characterData: true, subtree: true });
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood on the wall.

    Attributes:
        case: (n,) cases in the ticker, each once, those of the beginning left out.
        case_at_s: (n,) since when, seconds since 1970.
        figure: (m,) the values of the figure of today's reports, the one of the beginning first.
        figure_at_s: (m,) since when.
    """

    case: NDArray[np.int64]
    case_at_s: NDArray[np.float64]
    figure: NDArray[np.int64]
    figure_at_s: NDArray[np.float64]


@contextmanager
def standing(address: str, session: str) -> Iterator[Page]:
    """A wall that has drawn its first scene, which stays, and notes what comes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(viewport={"width": 1920, "height": 1080}, base_url=address)
        context.set_default_timeout(READY_MS)
        context.add_cookies([{"name": "minqing_session", "value": session, "url": address}])
        page = context.new_page()
        page.goto("/wall?hold=1")
        page.wait_for_selector(f".wall-panel[data-state=live] {FIGURE}")
        page.evaluate(NOTE, FIGURE)
        yield page
        browser.close()


def seen_on(page: Page) -> Seen:
    """What the wall has noted so far."""
    noted = page.evaluate("() => window.seen")
    begun_ms = noted["figures"][0][1]
    lines = [line for line in noted["lines"] if line[1] > begun_ms]
    case, case_ms = np.array(lines, float).reshape(-1, 2).T
    figure, figure_ms = np.array(noted["figures"], float).reshape(-1, 2).T
    return Seen(case.astype(np.int64), case_ms / 1000, figure.astype(np.int64), figure_ms / 1000)
