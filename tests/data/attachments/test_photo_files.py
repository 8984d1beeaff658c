"""Is a photo's file whole or not there, whatever happens while it is written?"""

import os
import stat
from pathlib import Path

import pytest

from data.attachments.errors import PhotoLost
from data.attachments.files import PhotoFiles


def test_a_file_is_found_by_its_content_and_kept_once(tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path / "attachments")
    digest = files.keep(b"a photo")
    [path] = [path for path in files.folder.rglob("*") if path.is_file()]
    assert path.name == f"{digest.hex()}.jpg"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert files.keep(b"a photo") == digest
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert files.read(digest) == b"a photo"
    assert files.holds(digest)
    assert list(files.digests()) == [digest]


def test_a_missing_or_changed_file_is_lost_not_served(tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path)
    digest = files.keep(b"a photo")
    path = next(tmp_path.glob("??/*.jpg"))
    path.write_bytes(b"another")
    with pytest.raises(PhotoLost, match="doctor"):
        files.read(digest)
    files.remove(digest)
    with pytest.raises(PhotoLost):
        files.read(digest)
    assert not files.holds(digest)


def test_a_disk_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = PhotoFiles(tmp_path)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.keep(b"a photo")
    assert list(tmp_path.rglob("*.*")) == []
    assert list(files.digests()) == []


def test_a_killed_writer_leaves_a_draft_that_is_no_photo(tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path)
    digest = files.keep(b"a photo")
    draft = next(tmp_path.glob("??/*.jpg")).with_name(f"{digest.hex()}.jpg.0011223344556677.part")
    draft.write_bytes(b"a pho")
    assert list(files.digests()) == [digest]
    assert files.remove_drafts() == 1
    assert files.read(digest) == b"a photo"
