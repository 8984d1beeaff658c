"""Does the edition change with what is served, and with nothing else?"""

import shutil
from pathlib import Path

import pytest

from dashboard.edition import LENGTH, SERVED, edition_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    (folder / "inner").mkdir(parents=True)
    (folder / "page.js").write_text("one", "utf-8")
    (folder / "inner" / "page.css").write_text("two", "utf-8")
    return folder


def test_the_same_files_are_the_same_edition_wherever_they_lie(folder: Path, tmp_path: Path) -> None:
    other = shutil.copytree(folder, tmp_path / "elsewhere")
    (other / "__pycache__").mkdir()
    (other / "__pycache__" / "page.pyc").write_bytes(b"left by a run")
    assert edition_of([folder]) == edition_of([other])
    assert len(edition_of([folder])) == LENGTH


def test_a_file_that_is_changed_added_renamed_or_moved_makes_another_edition(folder: Path) -> None:
    seen = {edition_of([folder])}
    (folder / "page.js").write_text("ONE", "utf-8")
    seen.add(edition_of([folder]))
    (folder / "more.js").write_text("", "utf-8")
    seen.add(edition_of([folder]))
    (folder / "more.js").rename(folder / "most.js")
    seen.add(edition_of([folder]))
    (folder / "most.js").rename(folder / "inner" / "most.js")
    seen.add(edition_of([folder]))
    assert len(seen) == 5


def test_a_package_counts_by_its_version_and_a_missing_folder_as_an_empty_one(folder: Path, tmp_path: Path) -> None:
    assert edition_of([folder], ["dash"]) != edition_of([folder], [])
    assert edition_of([tmp_path / "none"]) == edition_of([])[:LENGTH] != edition_of([folder])


def test_scripts_styles_and_sentences_of_the_program_count() -> None:
    served = {path.suffix for folder in SERVED for path in folder.rglob("*") if path.is_file()}
    assert {".js", ".mjs", ".css", ".json", ".py"} <= served
