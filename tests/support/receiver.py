"""A program on this machine that is told of events: a real HTTP server that answers as it is told and remembers."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson

from tests.support.loopback import Answering, answering


@dataclass(frozen=True)
class Got:
    """A message that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def fields(self) -> dict:
        return orjson.loads(self.body)

    @property
    def event(self) -> tuple[int, int]:
        return self.fields["id"], self.fields["seq"]


@dataclass
class Receiver:
    """What came, and how it is answered: a status, or seconds to sleep before a 200."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answer: Callable[[Got], int | float] = lambda _: 200

    def at(self, path: str) -> list[Got]:
        return [one for one in self.got if one.path == path]

    def wait(self, count: int, path: str = "/", *, seconds: float = 30) -> list[Got]:
        """The messages at a path, as soon as there are so many."""
        end = time.monotonic() + seconds
        while len(self.at(path)) < count:
            assert time.monotonic() < end, f"{len(self.at(path))} of {count} messages came"
            time.sleep(0.02)
        return self.at(path)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that runs."""
    receiver = Receiver()

    class Handler(Answering):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.got.append(got)
            wanted = receiver.answer(got)
            if isinstance(wanted, float):
                time.sleep(wanted)
            status = wanted if isinstance(wanted, int) else 200
            elsewhere = {"Location": f"{receiver.url}/elsewhere"} if status in (301, 302, 307) else None
            self.say(status, b"ok", elsewhere)

    with answering(Handler) as address:
        receiver.url = address
        yield receiver
