"""Is the house in order: import contract, file sizes, package docstrings, documents that tell the truth?"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("geo", "data", "layers", "dashboard")
MODULES = [ROOT / "app.py", *(path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc"}


def test_imports_point_downward_only() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Imports point downward only KEPT" in done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_which_question_it_answers(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path} has no docstring"
    assert path.stem not in FORBIDDEN_NAMES
    if path.name == "__init__.py":
        assert len(tree.body) == 1, f"{path} holds more than its docstring"


def test_no_file_has_stopped_answering_one_question() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > 450} == {}


def test_commands_in_the_readmes_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for name in ("README.md", "README.zh-CN.md"):
        named = set(re.findall(r"`make ([a-z-]+)`", (ROOT / name).read_text("utf-8")))
        assert {"run", "test"} <= named
        assert named <= targets


def test_every_environment_variable_is_documented() -> None:
    code = (ROOT / "data" / "settings.py").read_text("utf-8")
    names = set(re.findall(r'"(MINQING_[A-Z_]+|DATABASE_URL)"', code))
    operations = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert len(names) >= 6
    assert {name for name in names if f"`{name}`" not in operations} == set()


def test_links_between_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)} -> {target}"
        for document in documents
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text("utf-8"))
        if not (document.parent / target).exists()
    ]
    assert len(documents) >= 6
    assert broken == []
