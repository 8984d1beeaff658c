"""Does requirements.txt bring everything that the program imports, without what only tests need?"""

import ast
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OWN = {"app", "geo", "data", "layers", "dashboard"}


def _direct() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def _closure(wanted: list[Requirement]) -> set[str]:
    """Names of all distributions that installing the requirements brings."""
    found: set[tuple[str, frozenset[str]]] = set()
    queue = list(wanted)
    while queue:
        requirement = queue.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in found:
            continue
        found.add(key)
        try:
            needs = [Requirement(text) for text in requires(requirement.name) or []]
        except PackageNotFoundError:
            continue
        extras = requirement.extras or {""}
        queue += [
            need for need in needs if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras)
        ]
    return {name for name, _ in found}


def _imported() -> set[str]:
    modules = set()
    paths = [ROOT / "app.py", *(path for package in OWN - {"app"} for path in (ROOT / package).rglob("*.py"))]
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    return modules - OWN - set(sys.stdlib_module_names)


def test_the_program_imports_nothing_that_requirements_do_not_bring() -> None:
    brought = _closure(_direct())
    distributions = packages_distributions()
    imported = _imported()
    assert {"fastapi", "dash", "shapely", "orjson"} <= imported
    missing = {
        module
        for module in imported
        if not {canonicalize_name(name) for name in distributions.get(module, [module])} & brought
    }
    assert missing == set()


def test_every_direct_need_is_pinned_as_the_constraints_say() -> None:
    constraints = dict(
        line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if "==" in line
    )
    pinned = {canonicalize_name(name): version for name, version in constraints.items()}
    for requirement in _direct():
        assert str(requirement.specifier) == f"=={pinned[canonicalize_name(requirement.name)]}", requirement.name
