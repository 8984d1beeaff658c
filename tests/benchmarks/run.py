"""How fast is the program against its peers and limits? `make bench`, or `python -m tests.benchmarks.run --help`."""

import argparse
import importlib
import os
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Measure

FIRST = "import"
"""It fills the databases that the others read, between two runs of its peer."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line per measure.

    Returns:
        0 where every bar is kept, 1 where a figure falls short or a module fails.
    """
    chosen = _parse(argv)
    failed = False
    with Bench(int(os.environ.get("MINQING_BENCH_ROWS", "10_000_000")), datetime.now(UTC)) as bench:
        for name in chosen:
            failed |= not _run(name, bench)
    print("falls short" if failed else "every bar is kept", flush=True)
    return int(failed)


def _parse(argv: Sequence[str] | None) -> list[str]:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.run", description="Measure speed against peers and limits.")
    parser.add_argument("--only", action="append", choices=_names(), help="run this module only; may be repeated")
    return parser.parse_args(argv).only or _names()


def _names() -> list[str]:
    found = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    return [FIRST, *(name for name in found if name != FIRST)]


def _run(name: str, bench: Bench) -> bool:
    """Whether every figure of a module keeps its bar."""
    start = time.perf_counter()
    kept = True
    try:
        for measure in _measures(name, bench):
            print(measure.line(), flush=True)
            kept &= measure.ok or not measure.judged
    except Exception:  # the edge of a module: the others are still worth running
        traceback.print_exc()
        print(f"{name}: stopped by an error; what it had left to measure counts as falling short", flush=True)
        kept = False
    print(f"  ({name}: {time.perf_counter() - start:.0f} s)", flush=True)
    return kept


def _measures(name: str, bench: Bench) -> Iterator[Measure]:
    module = importlib.import_module(f"tests.benchmarks.bench_{name}")
    return iter(module.measures(bench))


if __name__ == "__main__":
    sys.exit(main())
