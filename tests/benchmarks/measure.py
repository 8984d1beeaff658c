"""What is one line of the benchmark report, and how are two things timed against each other?"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One line: what was measured, the figure, the bar beside it.

    Attributes:
        ok: Whether the figure keeps the bar.
        judged: False for a guide value, which is shown but does not fail the run.
    """

    name: str
    figure: str
    bar: str
    ok: bool
    judged: bool = True

    @property
    def verdict(self) -> str:
        """The last word of the line."""
        if self.ok:
            return "ok"
        return "falls short" if self.judged else "beyond the guide"

    def line(self) -> str:
        """The line as it is printed."""
        return f"{self.name:<62} {self.figure:>26}   {self.bar:<22} {self.verdict}"


def at_least(name: str, figure: float, bar: float, unit: str = "", *, detail: str = "", judged: bool = True) -> Measure:
    """A figure that must reach the bar; a guide value where it is not judged."""
    word = ">=" if judged else "guide >="
    return Measure(
        name, _with_detail(_shown(figure, unit), detail), f"{word} {_shown(bar, unit)}", figure >= bar, judged
    )


def at_most(name: str, figure: float, bar: float, unit: str = "", *, detail: str = "", judged: bool = True) -> Measure:
    """A figure that must not pass the bar; a guide value where it is not judged."""
    word = "<=" if judged else "guide <="
    return Measure(
        name, _with_detail(_shown(figure, unit), detail), f"{word} {_shown(bar, unit)}", figure <= bar, judged
    )


@dataclass(frozen=True, slots=True)
class Duel:
    """Median seconds of two things that took turns."""

    ours_s: float
    theirs_s: float

    @property
    def share(self) -> float:
        """Our time as a share of theirs."""
        return self.ours_s / self.theirs_s

    @property
    def detail(self) -> str:
        """Both times in milliseconds."""
        return f"{self.ours_s * 1e3:.1f} / {self.theirs_s * 1e3:.1f} ms"


def take_turns(ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 7) -> Duel:
    """Time two things in turns, so that what else the machine does hits both; the first round only warms up."""
    times: list[tuple[float, float]] = []
    for position in range(rounds + 1):
        pair = (seconds_of(ours), seconds_of(theirs)) if position % 2 else (seconds_of(theirs), seconds_of(ours))[::-1]
        times.append(pair)
    return Duel(*(statistics.median(column) for column in zip(*times[1:], strict=True)))


def seconds_of(act: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _shown(figure: float, unit: str) -> str:
    number = f"{figure:,.0f}" if abs(figure) >= 1_000 else f"{figure:.3g}"
    return f"{number} {unit}".strip()


def _with_detail(figure: str, detail: str) -> str:
    return f"{figure} ({detail})" if detail else figure
