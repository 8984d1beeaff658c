"""Is a page that was loaded before the last start still the one that this program serves?"""

import hashlib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVED = (HERE, HERE.parent / "vendor")
"""What pages are made of: scripts, styles, sentences and layouts, and the browser libraries."""

PACKAGES = ("dash", "dash-mantine-components", "dash-ag-grid")
"""Packages that bring scripts of their own."""

CACHES = frozenset({"__pycache__"})
LENGTH = 12


def edition_of(folders: Iterable[Path] = SERVED, packages: Iterable[str] = PACKAGES) -> str:
    """The edition of the program: the same for the same files and packages, on every machine and at every start.

    Args:
        folders: Folders whose files count by their place, name and content; one that is missing counts as empty.
        packages: Names of installed distributions, which count by their version.

    Returns:
        12 hexadecimal digits.

    Raises:
        PackageNotFoundError: A distribution is not installed.
        OSError: A file cannot be read.
    """
    made_of = hashlib.sha256()
    for place, folder in enumerate(folders):
        for path in _files(folder):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            made_of.update(f"{place}/{path.relative_to(folder).as_posix()} {content}\n".encode())
    for name in packages:
        made_of.update(f"{name}=={version(name)}\n".encode())
    return made_of.hexdigest()[:LENGTH]


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not CACHES & set(path.parts))
