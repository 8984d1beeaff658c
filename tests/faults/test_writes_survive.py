"""Is every acknowledged report there, once, and in the figures, whatever dies while reports come in?"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from data.engine import libpq_url
from data.named_sql import named
from tests.faults.program import Program, prepare
from tests.faults.writers import Tally, Writers

WRITERS = 6
FOLD_S = 30

Fault = Callable[[Program], None]
WEB, BACKEND, CLUSTER = Program.kill_web, Program.kill_backend, Program.kill_cluster


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="minqing-faults-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_or_doubled(folder: Path) -> None:
    _suffer(folder, [BACKEND, CLUSTER, WEB], calm_s=0.7)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nothing_acknowledged_is_lost_or_doubled_in_a_long_run(folder: Path) -> None:
    _suffer(folder, [BACKEND, CLUSTER, WEB, CLUSTER, BACKEND] * 8, calm_s=4.0)


def _suffer(folder: Path, faults: Sequence[Fault], calm_s: float) -> None:
    token = prepare(folder)
    program = Program(folder)
    try:
        writers = Writers(program.port, token, WRITERS)
        recoveries = []
        for fault in faults:
            writers.wait_for_answer()
            time.sleep(calm_s)
            fault(program)
            recoveries.append((fault.__name__, writers.wait_for_answer()))
        time.sleep(calm_s)
        tally = writers.finish()
        _wait_until_folded(program)
        _check(program, tally)
    except AssertionError:
        print(program.log.read_text()[-6000:])
        raise
    finally:
        program.stop()
    print(f"writes acknowledged {len(tally.ids):,}, requests repeated {tally.repeats:,}, kills survived {len(faults)}")
    print(", ".join(f"{name} {seconds:.1f} s" for name, seconds in recoveries))


def _wait_until_folded(program: Program) -> None:
    deadline = time.monotonic() + FOLD_S
    with psycopg.connect(libpq_url(program.cluster.url), autocommit=True) as connection:
        while connection.execute("SELECT EXISTS (SELECT FROM rollup_delta)").fetchone() != (False,):
            assert time.monotonic() < deadline, "changes are not folded any more"
            time.sleep(0.2)


def _check(program: Program, tally: Tally) -> None:
    with psycopg.connect(libpq_url(program.cluster.url)) as connection:
        stored = connection.execute(
            "SELECT substr(text, 4), id FROM incident WHERE dataset_id = (SELECT id FROM dataset WHERE key = 'api')"
        ).fetchall()
        different = connection.execute(named("rollup_differences")).fetchone()
        counted = connection.execute(
            "SELECT sum(n) FROM rollup WHERE class_id = 0 AND subject_id = 10000001"
        ).fetchone()
        in_city = connection.execute(
            "SELECT count(*) FROM incident JOIN cell ON cell.id = cell_id WHERE subjects @> ARRAY[10000001]"
        ).fetchone()
    assert tally.refusals == []
    assert len(tally.ids) > WRITERS
    assert sorted(stored) == sorted(tally.ids.items())
    assert different == (0,)
    assert counted == in_city
