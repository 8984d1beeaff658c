"""Does anything unmasked reach the database, a report, a log or an answer, from whatever file it comes?"""

import csv
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psycopg
import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, text
from uvicorn.logging import AccessFormatter

from dashboard.api.problems import RouteUnknown, problem_of
from data.importing.errors import MappingInvalid
from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.mapping_file import mapping_from, preset_mapping
from data.importing.marked_yaml import parse_yaml
from data.importing.report import ImportReport
from data.privacy.log_records import MaskedRecord
from data.privacy.stored_texts import check_stored_texts, mask_stored_texts
from layers.errors import AddressUnknown
from layers.problems import problem_of as tile_problem_of

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
PHONE, CARD, PLATE, MAIL = "13812345678", "11010519491231002X", "粤A12345", "li.wei@example.com"
SECRETS = (PHONE, CARD, PLATE, MAIL)
ROWS = [
    {
        "external_id": PHONE,
        "reported_at": "2026-03-01 08:05",
        "class": f"纠纷{PHONE}",
        "status": f"已找{CARD}",
        "source": f"来电{PHONE}",
        "department": f"城管{PHONE}",
        "text": f"居民{CARD}反映{PLATE}占道，{MAIL}",
        "address": f"海滨路3号{PHONE}",
        "close_reason": f"已回访{PHONE}",
        "lon": "115.005",
        "lat": "22.005",
        "stated_unit_code": PHONE,
        "phone": PHONE,
    },
    {"external_id": "r2", "reported_at": PHONE, "class": "U-E-1-01", "text": "无", "phone": PHONE},
    {"external_id": "r3", "reported_at": "2026-03-01 09:00", "class": "U-E-1-01", "lon": PHONE, "lat": MAIL},
]


def _csv(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(ROWS[0]), restval="")
        writer.writeheader()
        writer.writerows(ROWS)


def _json(path: Path) -> None:
    path.write_text(json.dumps(ROWS, ensure_ascii=False), encoding="utf-8")


def _xlsx(path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(list(ROWS[0]))
    for row in ROWS:
        book.active.append([row.get(name, "") for name in ROWS[0]])
    book.save(path)


WRITERS = {"csv": _csv, "json": _json, "xlsx": _xlsx}


def load(engine: Engine, path: Path, dataset: str) -> ImportReport:
    source = IncidentSource((path,), preset_mapping("plain"), dataset)
    return import_incidents(engine, source, now=NOW, rng=np.random.default_rng(7), crs="wgs84")


def everything_stored(engine: Engine, but: str = "-") -> str:
    """All rows of all tables of ours as text, but of those whose names begin so."""
    with engine.connect() as connection:
        tables = connection.execute(
            text(
                "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
                "WHERE relkind IN ('r', 'p') AND n.nspname = 'public' AND relname <> 'spatial_ref_sys'"
            )
        ).scalars()
        rows = [
            str(row[0])
            for table in tables
            for row in connection.execute(text(f'SELECT t::text FROM "{table}" t'))
            if not table.startswith(but)
        ]
    assert len(rows) > 50
    return "\n".join(rows)


@pytest.mark.parametrize("kind", list(WRITERS))
def test_nothing_personal_gets_in_or_out(
    city: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    path = tmp_path / f"来自{PHONE}.{kind}"
    WRITERS[kind](path)
    with caplog.at_level(logging.DEBUG):
        report = load(city, path, f"d{PHONE}")
        again = load(city, path, f"d{PHONE}")
    assert (report.accepted, report.rejected, again.accepted, again.duplicate) == (2, 1, 0, 2)
    report.write_rows(
        tmp_path / "rows.csv",
    )
    written = (tmp_path / "rows.csv").read_text("utf-8-sig")
    shown = everything_stored(city) + report.to_json() + report.to_text() + written + caplog.text
    assert [secret for secret in SECRETS if secret in shown] == []
    assert "居民［身份证］反映［车牌］占道，［邮箱］" in shown
    assert report.masked["plate"] == 1
    assert report.masked["phone"] >= 5
    assert f"masked: {sum(report.masked.values())}" in report.to_text()


def test_a_mapping_may_not_name_a_column_about_a_person() -> None:
    block = "columns:\n  reported_at: 上报时间\n  text: [描述, 报案人电话]\ntime: {zone: Asia/Shanghai}\n"
    with pytest.raises(MappingInvalid, match="报案人电话") as refused:
        mapping_from(parse_yaml(block, "m.yaml"))
    assert refused.value.line == 3


@pytest.fixture
def masked_logging() -> object:
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(MaskedRecord)
    yield
    logging.setLogRecordFactory(before)


def test_log_lines_are_masked(masked_logging: object, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("some.library")
    logger.warning("from %s: %d, %s", PHONE, int(PHONE), {"mail": MAIL})
    try:
        raise ValueError(f"DETAIL: Key (id)=({CARD})")
    except ValueError:
        logger.exception("failed for %s", PLATE)
    assert [secret for secret in SECRETS if secret in caplog.text] == []
    assert "ValueError" in caplog.text


def test_access_log_lines_are_masked(masked_logging: object) -> None:
    record = logging.getLogger("uvicorn.access").makeRecord(
        "uvicorn.access",
        logging.INFO,
        "x.py",
        1,
        '%s - "%s %s HTTP/%s" %d',
        ("127.0.0.1:50000", "GET", "/api/v1/units/search?q=138%201234%205678&m=li.wei%40example.com", "1.1", 200),
        None,
    )
    line = AccessFormatter(use_colors=False).format(record)
    assert "5678" not in line
    assert "li.wei" not in line
    assert "/api/v1/units/search" in line


def test_errors_repeat_nothing_personal() -> None:
    answers = problem_of(RouteUnknown(f"/api/v1/{PHONE}")).body + tile_problem_of(AddressUnknown(f"/{PHONE}"))[1]
    assert PHONE not in bytes(answers).decode()
    assert "［电话］" in bytes(answers).decode()


def test_texts_of_an_earlier_version_are_found_and_masked(city: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    _csv(path)
    load(city, path, "d")
    with city.begin() as connection:
        connection.execute(
            text("UPDATE incident SET text = :said, external_id = :phone"), {"said": f"找{PHONE}", "phone": PHONE}
        )
    with city.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        assert check_stored_texts(raw, 1000).changed == 2
        assert mask_stored_texts(raw).changed == 2
        assert check_stored_texts(raw, 1000).changed == 0
    assert PHONE not in everything_stored(city)
