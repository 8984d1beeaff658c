"""How does long work show where it is on a terminal?"""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class TerminalProgress:
    """A progress bar per step on standard error; silent lines where standard error is no terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> "TerminalProgress":
        self._bars.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def step(self, name: str) -> None:
        """A new step begins."""
        self._finish()
        self._task = self._bars.add_task(name, total=None)
        if not self._console.is_terminal:
            self._console.print(f"… {name}", highlight=False)

    def advance(self, done: int, total: int | None) -> None:
        """`done` of `total` (None where unknown) are through."""
        if self._task is not None:
            self._bars.update(self._task, completed=done, total=total)

    def _finish(self) -> None:
        if self._task is not None and self._bars.tasks:
            task = self._bars.tasks[-1]
            self._bars.update(self._task, total=task.total or task.completed or 1, completed=task.total or 1)
