"""How are chunks of files read while earlier ones are being stored?"""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

_AHEAD = 2


class _End:
    """Marks the end of the stream and carries what ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class ReadAhead(Generic[T]):
    """Runs an iterator in a thread of its own, at most two items ahead; leaving the context stops it."""

    def __init__(self, produce: Callable[[], Iterator[T]]) -> None:
        self._queue: queue.Queue[T | _End] = queue.Queue(_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(produce,), name="import-reader", daemon=True)

    def __enter__(self) -> Iterator[T]:
        self._thread.start()
        return self._items()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self, produce: Callable[[], Iterator[T]]) -> None:
        error: BaseException | None = None
        try:
            for item in produce():
                if not self._put(item):
                    return
        except Exception as caught:  # handed over to the thread that consumes, which raises it
            error = caught
        self._put(_End(error))

    def _put(self, item: "T | _End") -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def _items(self) -> Iterator[T]:
        while True:
            item = self._queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
