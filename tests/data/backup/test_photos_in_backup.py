"""Do the files of photos go into the one file of a backup, and come back whole?"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from data.attachments.collecting import find_missing
from data.attachments.files import PhotoFiles
from data.backup.dump import make_backup
from data.backup.errors import BackupDamaged
from data.backup.restore import restore_backup
from data.backup.sealed_file import read_manifest
from data.engine import libpq_url
from tests.data.reads import grid_world

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_ADD = """
INSERT INTO attachment (incident_id, reported_at, seq, sha256, thumbnail_sha256, width, height, bytes, at)
SELECT id, reported_at, 1, %s, %s, 1, 1, 1, now() FROM incident ORDER BY id LIMIT 1
"""


@pytest.fixture
def files(tmp_path: Path) -> PhotoFiles:
    return PhotoFiles(tmp_path / "photos")


@pytest.fixture
def city(database_url: str, files: PhotoFiles) -> str:
    grid_world.build(database_url, count=40)
    with psycopg.connect(libpq_url(database_url)) as connection:
        for number in range(3):
            photo, small = (files.keep(f"{kind} {number}".encode() * 1_000) for kind in ("photo", "small"))
            connection.execute(_ADD, [photo, small])
    files.keep(b"of nobody")
    return database_url


@pytest.fixture
def name(server_url: str) -> Iterator[str]:
    name = f"restored_{uuid.uuid4().hex[:8]}"
    yield name
    with psycopg.connect(libpq_url(server_url), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def test_photos_come_back_with_their_rows(city: str, name: str, files: PhotoFiles, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    manifest = make_backup(city, file, now=NOW, photos=files)
    assert manifest.photos == 6
    assert read_manifest(file) == manifest
    elsewhere = PhotoFiles(tmp_path / "elsewhere")
    restored = restore_backup(file, city, database=name, photos=elsewhere)
    with psycopg.connect(libpq_url(restored.url)) as connection:
        assert (find_missing(connection, elsewhere).named, find_missing(connection, elsewhere).count) == (6, 0)
    assert set(elsewhere.digests()) < set(files.digests())
    assert len(set(elsewhere.digests())) == 6
    assert all(elsewhere.read(digest) == files.read(digest) for digest in elsewhere.digests())


def test_a_changed_byte_of_a_photo_is_found(city: str, name: str, files: PhotoFiles, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    make_backup(city, file, now=NOW, photos=files)
    content = bytearray(file.read_bytes())
    place = content.index(b"photo 1photo 1")
    content[place] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupDamaged):
        restore_backup(file, city, database=name, photos=PhotoFiles(tmp_path / "elsewhere"))


def test_a_missing_photo_does_not_stop_the_backup(city: str, name: str, files: PhotoFiles, tmp_path: Path) -> None:
    lost = next(iter(set(files.digests()) - {files.keep(b"of nobody")}))
    files.remove(lost)
    file, elsewhere = tmp_path / "city.backup", PhotoFiles(tmp_path / "elsewhere")
    assert make_backup(city, file, now=NOW, photos=files).photos == 5
    restored = restore_backup(file, city, database=name, photos=elsewhere)
    with psycopg.connect(libpq_url(restored.url)) as connection:
        assert find_missing(connection, elsewhere).lost == (lost.hex(),)


def test_a_backup_without_photos_is_as_it_always_was(city: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "city.backup"
    manifest = make_backup(city, file, now=NOW)
    assert (manifest.photos, manifest.photo_bytes) == (0, 0)
    assert restore_backup(file, city, database=name, photos=PhotoFiles(tmp_path / "none")).manifest == manifest
