"""Does the command line save a running program, and does the program serve what was restored?"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.program import ROOT, Program, prepare

SUMMARY = "/api/v1/summary?from=2025-01-21&to=2025-03-31"


@pytest.fixture
def folders() -> Iterator[tuple[Path, Path]]:
    made = [Path(tempfile.mkdtemp(prefix="minqing-restored-")) for _ in range(2)]
    for folder in made:
        folder.chmod(0o755)
    yield made[0], made[1]
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


def _command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "app.py", *words],
        cwd=ROOT,
        env=kept | {"MINQING_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def _total(program: Program, token: str) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{program.port}{SUMMARY}", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return int(json.load(answer)["total"])


@pytest.mark.timeout(600)
def test_a_saved_program_serves_again_elsewhere(folders: tuple[Path, Path], tmp_path: Path) -> None:
    here, there = folders
    file = tmp_path / "city.backup"
    token = prepare(here)
    program = Program(here)
    try:
        total = _total(program, token)
        saved = _command(here, "backup", str(file), "--json")
        assert saved.returncode == 0, saved.stderr
        assert json.loads(saved.stdout)["rows"]["public.account"] == 1
        twice = _command(here, "backup", str(file))
        assert (twice.returncode, "not overwritten" in twice.stderr) == (2, True)
        full = _command(here, "restore", str(file))
        assert (full.returncode, "is not empty; nothing in it is touched" in full.stderr) == (2, True)
        looked = _command(here, "doctor")
        assert "city.backup" in looked.stdout
    finally:
        program.stop()
    restored = _command(there, "restore", str(file))
    assert restored.returncode == 0, restored.stderr
    again = Program(there)
    try:
        # The token is the one of the old machine.
        assert _total(again, token) == total > 0
        looked = _command(there, "doctor")
        assert " 0 differ from a recount" in looked.stdout
    finally:
        again.stop()
