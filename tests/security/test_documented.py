"""Does every test that docs/security.md names exist, and does it name one for every chapter?"""

import ast
import re
from pathlib import Path

from dashboard.security.limits import CALLBACK, EXPORT, FIGURES, FROM_ADDRESS, INTAKE, SIGN_IN, TILES, Limits

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "security.md").read_text("utf-8")


def test_every_named_test_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", DOCUMENT)
    assert len(named) >= 65
    assert [pair for pair in named if pair[1] not in _tests_of(pair[0])] == []


def test_every_chapter_has_tests() -> None:
    chapters = [int(number) for number in re.findall(r"^\| V(\d+) ", DOCUMENT, re.MULTILINE)]
    assert chapters == list(range(1, 15))


def test_every_file_of_the_suite_is_named() -> None:
    files = {path.name for path in (ROOT / "tests" / "security").glob("test_*.py")} - {Path(__file__).name}
    assert {name for name in files if f"tests/security/{name}::" not in DOCUMENT} == set()


def test_the_limits_are_those_of_the_document() -> None:
    rows = {"export": EXPORT, "reports in": INTAKE, "figures and lists": FIGURES, "tiles": TILES}
    for name, limits in (rows | {"callbacks of pages": CALLBACK, "sign-in": SIGN_IN}).items():
        row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| {name} |"))
        assert _told(limits) in row, (name, _told(limits))
    assert f"{FROM_ADDRESS.at_once:,.0f} times at once and {FROM_ADDRESS.per_s:,.0f} times" in DOCUMENT.replace(
        "\n", " "
    )


def _told(limits: Limits) -> str:
    return f"{limits.of_account.at_once:,.0f}, {limits.of_account.per_s:,g}"


def _tests_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
