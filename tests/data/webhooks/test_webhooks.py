"""Does every event reach every webhook that may know of it, signed, in order, whatever goes wrong on the way?"""

import asyncio
import hashlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from data.engine import AsyncDatabase, libpq_url
from data.webhooks.address import AddressRefused, is_public, look_up, require_form
from data.webhooks.dispatcher import Dispatcher, Pace
from data.webhooks.errors import SecretKeyMissing, SecretUnreadable, WebhookRefused
from data.webhooks.hook import NewHook, add_hook, list_dead, retry_dead
from data.webhooks.secret import SecretSeal
from data.webhooks.sending import Letter, Limits, send
from tests.support.case_world import DISPUTE, FIRE, WATER, CaseWorld, case_world
from tests.support.receiver import Got, Receiver, receiving

ROOT = Path(__file__).parents[3]
SEAL = SecretSeal("a key of the program that nobody guesses")
PACE = Pace(first_s=0.1, longest_s=0.4, tries=4, look_s=0.05)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
async def world(database_url: str, anyio_backend: str) -> AsyncIterator[CaseWorld]:
    async with case_world(database_url) as world:
        yield world


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def owner_of(world: CaseWorld) -> AsyncIterator[AsyncDatabase]:
    database = AsyncDatabase(world.url, min_size=1, max_size=1)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def added(world: CaseWorld, url: str, account: str = "operator", **more) -> tuple[int, str]:
    new = NewHook(f"hook {random.random()}", url, account, allow_private=True, **more)
    async with owner_of(world) as owner, owner.writing() as conn:
        return await add_hook(conn, new, SEAL, now())


@asynccontextmanager
async def dispatching(world: CaseWorld, limits: Limits | None = None) -> AsyncIterator[None]:
    dispatcher = Dispatcher(
        world.url, world.database, SEAL, now, pace=PACE, limits=limits or Limits(), rng=random.Random(1)
    )
    async with dispatcher.running():
        yield


async def came(receiver: Receiver, count: int, path: str = "/") -> list[Got]:
    return await asyncio.to_thread(receiver.wait, count, path)


async def settled(world: CaseWorld, state: str, count: int) -> None:
    """Wait until so many messages are in a state."""
    end = time.monotonic() + 30
    while ask(world.url, "SELECT count(*) FROM webhook_delivery WHERE state = %s", state) != [(count,)]:
        assert time.monotonic() < end, ask(world.url, "SELECT state, tries, trouble FROM webhook_delivery")
        await asyncio.sleep(0.02)


def ask(url: str, statement: str, *values: object) -> list[tuple]:
    with psycopg.connect(libpq_url(url)) as owner:
        return owner.execute(statement.encode(), values).fetchall()


def hmac_by_hand(key: bytes, message: bytes) -> str:
    """RFC 2104, written out."""
    block = key.ljust(64, b"\0") if len(key) <= 64 else hashlib.sha256(key).digest().ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).hexdigest()


@pytest.mark.anyio
async def test_events_arrive_signed_in_their_order_without_what_people_wrote(
    world: CaseWorld, receiver: Receiver
) -> None:
    _, secret = await added(world, f"{receiver.url}/")
    case = await world.closed()
    async with dispatching(world):
        got = await came(receiver, 5)
    assert [one.event for one in got] == [(case, seq) for seq in range(1, 6)]
    assert [one.fields["act"] for one in got] == ["report", "file", "dispatch", "handle", "close"]
    first = got[0].fields
    assert set(first) == {
        "type", "id", "seq", "act", "at", "state", "class", "department", "unit", "unit_level", "reported_at",
        "due_at", "handled_at", "closed_at",
    }  # fmt: skip
    assert (first["class"], first["unit"]) == ("U-E-1-01", "4401001")
    assert b"\xe8\xb7\xaf\xe9\x9d\xa2" not in b"".join(one.body for one in got)
    moment, digest = (part.partition("=")[2] for part in got[0].headers["minqing-signature"].split(","))
    assert hmac_by_hand(secret.encode(), f"{moment}.".encode() + got[0].body) == digest
    assert abs(int(moment) - time.time()) < 60
    assert len({one.headers["minqing-delivery"] for one in got}) == 5
    assert ask(world.url, "SELECT count(*) FROM webhook_change") == [(0,)]


@pytest.mark.anyio
async def test_a_failing_receiver_holds_its_own_messages_back_and_nobody_else_s(
    world: CaseWorld, receiver: Receiver
) -> None:
    await added(world, f"{receiver.url}/bad")
    await added(world, f"{receiver.url}/good")
    failures = iter([500, 503])
    receiver.answer = lambda got: next(failures, 200) if got.path == "/bad" else 200
    case = await world.dispatched()
    async with dispatching(world):
        good, bad = await came(receiver, 3, "/good"), await came(receiver, 5, "/bad")
        await settled(world, "delivered", 6)
    assert [one.event for one in good] == [(case, 1), (case, 2), (case, 3)]
    assert [one.event for one in bad] == [(case, 1), (case, 1), (case, 1), (case, 2), (case, 3)]


@pytest.mark.anyio
async def test_what_never_arrives_is_dead_and_can_be_sent_again(world: CaseWorld, receiver: Receiver) -> None:
    hook, _ = await added(world, f"{receiver.url}/", acts=("report",))
    receiver.answer = lambda _: 500
    case = world.report()
    async with dispatching(world):
        await settled(world, "dead", 1)
        assert len(receiver.got) == PACE.tries
        receiver.answer = lambda _: 200
        later = world.report()
        await settled(world, "delivered", 1)
        async with owner_of(world) as owner, owner.writing() as conn:
            [dead] = await list_dead(conn, hook)
            assert (dead.incident_id, dead.tries, dead.status, dead.trouble) == (case, PACE.tries, 500, "status 500")
            assert await retry_dead(conn, hook, now()) == 1
        await settled(world, "delivered", 2)
    assert [one.event for one in receiver.got[PACE.tries :]] == [(later, 1), (case, 1)]


@pytest.mark.anyio
async def test_slow_and_redirecting_receivers_have_not_got_it(world: CaseWorld, receiver: Receiver) -> None:
    await added(world, f"{receiver.url}/", acts=("report",))
    wanted = iter([5.0, 302, 307, 200])
    receiver.answer = lambda got: next(wanted)
    world.report()
    async with dispatching(world, Limits(connect_s=0.3, whole_s=0.5)):
        await settled(world, "delivered", 1)
    assert len(receiver.at("/")) == 4
    assert receiver.at("/elsewhere") == []


@pytest.mark.anyio
async def test_a_webhook_is_told_what_its_account_may_see_and_what_it_asked_for(
    world: CaseWorld, receiver: Receiver
) -> None:
    await added(world, f"{receiver.url}/leader", "leader")
    await added(world, f"{receiver.url}/operator")
    await added(world, f"{receiver.url}/waterman", "waterman")
    await added(world, f"{receiver.url}/roads", classes=("U-C-2-01",))
    await added(world, f"{receiver.url}/town-b", unit_code="4402")
    await added(world, f"{receiver.url}/acts", acts=("dispatch",))
    await added(world, f"{receiver.url}/gone", "planner")
    ask(world.url, "UPDATE account SET disabled_at = now() WHERE name = 'planner' RETURNING id")
    dispute = world.report(class_id=DISPUTE)
    roads = world.report(class_id=3, grid="c")
    wet = await world.dispatched(WATER)
    burning = await world.dispatched(FIRE)
    async with dispatching(world):
        operator = await came(receiver, 8, "/operator")
        await settled(world, "waiting", 0)
    told = {path: {one.event[0] for one in receiver.at(f"/{path}")} for path in (
        "leader", "operator", "waterman", "roads", "town-b", "acts", "gone")}  # fmt: skip
    assert told["operator"] == {dispute, roads, wet, burning}
    assert told["leader"] == {roads, wet, burning}
    assert told["waterman"] == {wet}
    assert told["roads"] == told["town-b"] == {roads}
    assert [one.event for one in receiver.at("/acts")] == [(wet, 3), (burning, 3)]
    assert told["gone"] == set()
    assert len(operator) == 8


@pytest.mark.anyio
async def test_what_is_undone_is_not_told_and_without_webhooks_nothing_is_kept(
    world: CaseWorld, receiver: Receiver
) -> None:
    world.report()
    assert ask(world.url, "SELECT count(*) FROM webhook_change") == [(0,)]
    await added(world, f"{receiver.url}/")
    with psycopg.connect(libpq_url(world.url)) as owner:
        owner.execute(
            "INSERT INTO incident (reported_at, class_id, source_id, dataset_id) VALUES ('2025-03-03T08:00Z', 1, 1, 1)"
        )
        owner.rollback()
    assert ask(world.url, "SELECT count(*) FROM webhook_change") == [(0,)]


DELIVERED = "FROM webhook_delivery WHERE state = 'delivered'"
PROGRAM = """
import asyncio, sys
from datetime import UTC, datetime
from data.engine import AsyncDatabase
from data.webhooks.dispatcher import Dispatcher, Pace
from data.webhooks.secret import SecretSeal

async def main(url, web_url, key):
    web = AsyncDatabase(web_url)
    await web.open()
    pace = Pace(first_s=0.1, longest_s=0.4, look_s=0.02)
    async with Dispatcher(url, web, SecretSeal(key), lambda: datetime.now(UTC), pace=pace).running():
        print("running", flush=True)
        await asyncio.sleep(600)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.anyio
async def test_killed_at_any_moment_nothing_is_lost_and_the_order_holds(world: CaseWorld, receiver: Receiver) -> None:
    await added(world, f"{receiver.url}/")
    receiver.answer = lambda _: 0.02
    expected = []
    for _ in range(4):
        case = await world.dispatched()
        expected += [(case, seq) for seq in range(1, 4)]
    rng = random.Random(5)
    kills = 0
    while (left := len(expected) - ask(world.url, f"SELECT count(*) {DELIVERED}")[0][0]) > 0:
        program = await asyncio.to_thread(
            subprocess.Popen,
            [sys.executable, "-c", PROGRAM, world.url, world.database._url, "a key of the program that nobody guesses"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert program.stdout is not None
        await asyncio.to_thread(program.stdout.readline)
        # A message that comes proves that the one before is written down, so each program gets on.
        await came(receiver, len(receiver.got) + min(left, rng.randint(2, 5)))
        await asyncio.sleep(rng.uniform(0, 0.03))
        program.send_signal(signal.SIGKILL)
        await asyncio.to_thread(program.wait)
        program.stdout.close()
        kills += 1
        assert kills < 30
    events = [one.event for one in receiver.got]
    assert list(dict.fromkeys(events)) == expected
    assert kills > 1
    # Sent again are only messages whose answer was on its way when the program died.
    assert len(events) - len(expected) <= kills


@pytest.mark.anyio
async def test_secrets_are_sealed_and_shown_once(world: CaseWorld, receiver: Receiver) -> None:
    _, secret = await added(world, f"{receiver.url}/")
    [(name, sealed)] = ask(world.url, "SELECT name, sealed_secret FROM webhook")
    assert secret.encode() not in bytes(sealed)
    assert SEAL.open(bytes(sealed), name) == secret
    for other in (SecretSeal("another key"), SEAL):
        with pytest.raises(SecretUnreadable):
            other.open(bytes(sealed), name if other is not SEAL else "another name")
    with pytest.raises(SecretKeyMissing):
        SecretSeal(None).seal("x", name)
    for wrong in ({"acts": ("no-such",)}, {"account": "nobody"}):
        with pytest.raises(Exception, match=r"no-such|nobody"):
            await added(world, "https://example.org/", **wrong)


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "https:///x", "https://user:pass@example.org/", "https://example.org/#x", "javascript:1",
     "https://example.org:0/", "https://exa mple.org/", "http://[::1", "https://例.cn/"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(WebhookRefused):
        require_form(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [("8.8.8.8", True), ("2001:4860:4860::8888", True), ("127.0.0.1", False), ("10.0.0.1", False),
     ("172.16.0.1", False),
     ("::1", False),
     ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
     ("::", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:10.0.0.1", False), ("224.0.0.1", False),
     ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("255.255.255.255", False), ("nonsense", False)],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0"])
async def test_nothing_is_sent_into_the_own_network_unless_allowed(
    host: str, receiver: Receiver, anyio_backend: str
) -> None:
    url = f"http://{host}:{receiver.url.rpartition(':')[2]}/"
    result = await send(Letter(1, url, "s", b"{}", allow_private=False), now())
    assert result.trouble is not None
    assert receiver.got == []
    allowed = await send(Letter(1, f"{receiver.url}/", "s", b"{}", allow_private=True), now())
    assert (allowed.status, allowed.trouble) == (200, None)
    with pytest.raises(AddressRefused):
        await look_up(f"{receiver.url}/", allow_private=False)


def test_waits_grow_are_spread_and_end() -> None:
    pace, rng = Pace(), random.Random(3)
    waits = [pace.wait(tries, rng).total_seconds() for tries in range(1, pace.tries)]
    assert all(
        0.5 * whole <= wait <= whole
        for wait, whole in zip(waits, (min(5 * 2**n, 3600) for n in range(20)), strict=False)
    )
    assert 3_600 < sum(waits) < 6 * 3_600
    assert len(set(waits)) == len(waits)
