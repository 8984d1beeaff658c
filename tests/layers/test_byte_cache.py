"""Does the cache keep to its size, and does one maker serve all who wait?"""

import asyncio
from dataclasses import dataclass

from layers.byte_cache import ByteCache


@dataclass(frozen=True)
class Block:
    size: int


def test_the_least_recently_used_goes_first() -> None:
    async def run() -> None:
        cache: ByteCache[Block] = ByteCache(100)

        async def make() -> Block:
            return Block(40)

        await cache.get("a", make)
        await cache.get("b", make)
        assert cache.peek("a") is not None
        await cache.get("c", make)
        assert cache.peek("b") is None
        assert cache.peek("a") is not None
        counters = cache.counters()
        assert (counters.entries, counters.size, counters.evicted) == (2, 80, 1)

    asyncio.run(run())


def test_what_is_larger_than_the_cache_is_not_kept() -> None:
    async def run() -> None:
        cache: ByteCache[Block] = ByteCache(100)

        async def make() -> Block:
            return Block(101)

        assert (await cache.get("a", make)).size == 101
        assert cache.counters().entries == 0

    asyncio.run(run())


def test_a_reader_who_leaves_takes_nothing_from_the_others() -> None:
    async def run() -> None:
        cache: ByteCache[Block] = ByteCache(100)
        made = 0
        ready = asyncio.Event()

        async def make() -> Block:
            nonlocal made
            made += 1
            await ready.wait()
            return Block(1)

        leaving, staying = (asyncio.create_task(cache.get("a", make)) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0)
        ready.set()
        assert (await staying).size == 1
        assert made == 1

    asyncio.run(run())


def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    async def run() -> None:
        cache: ByteCache[Block] = ByteCache(100)

        async def fail() -> Block:
            await asyncio.sleep(0)
            raise RuntimeError("no tile")

        async def make() -> Block:
            return Block(1)

        results = await asyncio.gather(*(cache.get("a", fail) for _ in range(3)), return_exceptions=True)
        assert [str(error) for error in results] == ["no tile"] * 3
        assert (await cache.get("a", make)).size == 1

    asyncio.run(run())
