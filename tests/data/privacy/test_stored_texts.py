"""Are texts of an earlier version masked so that an import still knows its rows, wherever masking was broken off?"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from sqlalchemy import Engine

import data.importing.incident_rows as incident_rows
from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.mapping_file import preset_mapping
from data.importing.report import ImportReport
from data.importing.row_hashes import content_digest, hash_content, with_other_texts
from data.privacy import stored_texts
from data.privacy.columns import MaskedColumn
from data.privacy.kinds import Masked
from data.privacy.stored_texts import check_stored_texts, mask_stored_texts
from tests.data.privacy.test_privacy_end_to_end import NOW, PHONE, SECRETS, everything_stored

LINES = "external_id,reported_at,class,source,department,text,address,close_reason,lon,lat"


def _file(folder: Path, count: int) -> Path:
    rows = [
        f"{'' if row % 3 else PHONE[:-2] + f'{row:02}'},2026-03-{row % 20 + 1:02} 08:05,纠纷{PHONE},来电{PHONE},"
        f"城管{PHONE},找{PHONE}第{row}次,海滨路3号{PHONE},已回访{PHONE},115.005,22.005"
        for row in range(count)
    ]
    path = folder / "a.csv"
    path.write_text("\n".join([LINES, *rows]), encoding="utf-8")
    return path


def _load(engine: Engine, path: Path, dataset: str) -> ImportReport:
    source = IncidentSource((path,), preset_mapping("plain"), dataset)
    return import_incidents(engine, source, now=NOW, rng=np.random.default_rng(7), crs="wgs84")


@pytest.fixture
def unmasked_import() -> Iterator[pytest.MonkeyPatch]:
    """An import that keeps texts as an earlier version did, until `undo`."""
    patch = pytest.MonkeyPatch()
    patch.setattr(incident_rows, "mask_column", lambda texts: MaskedColumn(texts, {}))
    patch.setattr(incident_rows, "drop_personal_identifiers", lambda texts: MaskedColumn(texts, {}))
    patch.setattr(incident_rows, "mask", lambda said: Masked(said))
    patch.setattr("data.importing.incident_import.masked_text", lambda said: said)
    yield patch
    patch.undo()


def test_the_same_file_is_all_duplicates_after_masking(
    city: Engine,
    raw: psycopg.Connection,
    tmp_path: Path,
    unmasked_import: pytest.MonkeyPatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = _file(tmp_path, 30)
    assert _load(city, path, f"d{PHONE}").accepted == 30
    unmasked_import.undo()
    assert any(secret in everything_stored(city) for secret in SECRETS)
    monkeypatch.setattr(stored_texts, "BATCH_ROWS", 7)
    assert check_stored_texts(raw, 1000).changed >= 30
    done = mask_stored_texts(raw)
    assert (done.looked_at, check_stored_texts(raw, 1000).changed) == (30, 0)
    assert PHONE not in everything_stored(city, but="audit")
    again = _load(city, path, f"d{PHONE}")
    assert (again.accepted, again.conflict, again.duplicate) == (0, 0, 30)


def test_broken_off_masking_goes_on(
    city: Engine,
    raw: psycopg.Connection,
    tmp_path: Path,
    unmasked_import: pytest.MonkeyPatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = _file(tmp_path, 30)
    _load(city, path, "d")
    unmasked_import.undo()
    monkeypatch.setattr(stored_texts, "BATCH_ROWS", 7)
    settle, calls = stored_texts.settle_keys, []

    def break_off(*arguments: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise ConnectionError
        settle(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(stored_texts, "settle_keys", break_off)
    with pytest.raises(ConnectionError):
        mask_stored_texts(raw)
    raw.rollback()
    assert 0 < check_stored_texts(raw, 1000).changed < 40
    mask_stored_texts(raw)
    assert check_stored_texts(raw, 1000).changed == 0
    again = _load(city, path, "d")
    assert (again.accepted, again.conflict, again.duplicate) == (0, 0, 30)


def test_digests_follow_changed_texts() -> None:
    rng = np.random.default_rng(3)
    n = 50
    lonlat = rng.uniform(20, 110, (n, 2))
    codes = [rng.integers(1, 9, n).astype(np.int16) for _ in range(5)]
    moments = [np.array(rng.integers(0, 10**15, n), "datetime64[us]") for _ in range(6)]
    stated = hash_content(pa.array([f"u{row}" for row in range(n)]))
    before = [pa.array([None if row % 4 == 0 else f"{name}{row}" for row in range(n)]) for name in "abc"]
    after = [pa.array([None if row % 5 == 0 else f"{name}-{row}" for row in range(n)]) for name in "xyz"]
    digest = content_digest(lonlat, codes, moments, stated, before)
    wanted = content_digest(lonlat, codes, moments, stated, after)
    assert np.count_nonzero(digest != wanted) > 45
    assert (with_other_texts(digest, before, after) == wanted).all()
