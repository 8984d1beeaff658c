"""Is everything there that the program needs, and is what it holds consistent?"""

import argparse
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from sqlalchemy import Engine, text

from dashboard.cli.context import Context, opened_database, ready_engine
from data.attachments.collecting import find_missing
from data.attachments.files import PhotoFiles
from data.backup.dump import LAST_BACKUP
from data.engine import psycopg_connection
from data.errors import DataError
from data.named_sql import named
from data.privacy.stored_texts import check_stored_texts
from data.server_binaries import find_binaries

VENDOR = Path(__file__).parents[2] / "vendor" / "maplibre"
LOW_DISK_BYTES = 2 * 2**30
PRIVACY_SAMPLE = 100_000
"""So many incidents, the oldest first, are looked through for personal data."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: What was looked at.
        ok: Whether it is as it should be.
        detail: What was found.
        remedy: What to do where it is not; empty where it is.
    """

    check: str
    ok: bool
    detail: str
    remedy: str = ""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `doctor`."""
    parser = commands.add_parser("doctor", help="check the installation and the data")
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace, context: Context) -> int:
    """Check and report; 1 where something is wrong."""
    findings = list(_machine(context))
    try:
        with opened_database(context) as url, ready_engine(url) as engine:
            findings += [check(engine) for check in DATABASE_CHECKS]
            findings.append(_photos(engine, PhotoFiles(context.settings.photo_folder)))
    except DataError as error:
        findings.append(Finding("database", False, str(error), "See the text."))
    _print(findings, context)
    return 0 if all(finding.ok for finding in findings) else 1


def _print(findings: list[Finding], context: Context) -> None:
    if context.as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
        return
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'BAD '} {finding.check}: {finding.detail}")
        if finding.remedy and not finding.ok:
            print(f"     {finding.remedy}")


def _machine(context: Context) -> Iterator[Finding]:
    folder = context.settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    yield Finding(
        "disk",
        free > LOW_DISK_BYTES,
        f"{free / 2**30:.1f} GiB free at {folder}",
        "Free space, or set MINQING_DATA_DIR to a larger disk.",
    )
    present = (VENDOR / "maplibre-gl.mjs").exists()
    yield Finding("map library", present, "in place" if present else "missing", "Run: make setup")
    if not context.settings.database_url:
        try:
            binaries = find_binaries()
            yield Finding("PostgreSQL", True, f"version {binaries.major} in {binaries.folder}")
        except DataError as error:
            yield Finding("PostgreSQL", False, str(error))


def _versions(engine: Engine) -> Finding:
    with engine.connect() as connection:
        server = connection.execute(text("SHOW server_version")).scalar_one()
        postgis = connection.execute(text("SELECT postgis_lib_version()")).scalar_one()
        schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    return Finding("database", True, f"PostgreSQL {server}, PostGIS {postgis}, schema version {schema}")


def _city(engine: Engine) -> Finding:
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT level.key, count(unit.id) FROM level LEFT JOIN unit ON unit.level_key = level.key "
                "AND unit.ended_revision_id IS NULL GROUP BY level.key, level.rank ORDER BY level.rank"
            )
        ).all()
    detail = " > ".join(f"{row[1]:,} {row[0]}" for row in rows) or "no city yet"
    return Finding("city", bool(rows), detail, "Load one: python app.py load CITY.yaml, or python app.py demo")


def _figures(engine: Engine) -> Finding:
    """Figures equal a recount of all incidents, subject by subject, day by day, class by class."""
    with engine.connect() as connection:
        wrong = connection.execute(text(named("rollup_differences"))).scalar_one()
        rows = connection.execute(text("SELECT count(*) FROM rollup_day")).scalar_one()
    return Finding(
        "figures",
        wrong == 0,
        f"{rows:,} rows of figures, {wrong:,} differ from a recount",
        "Report this as a defect; the incidents themselves are whole.",
    )


def _backup(engine: Engine) -> Finding:
    with engine.connect() as connection:
        last = connection.execute(text("SELECT value FROM setting WHERE key = :key"), {"key": LAST_BACKUP}).scalar()
    if last is None:
        return Finding("backup", True, "none was made yet; make one: python app.py backup FILE")
    return Finding("backup", True, f"last made at {last['made_at']}: {last['file']}, {last['rows']:,} rows")


def _archive(engine: Engine) -> Finding:
    """Whether the log reaches the archive, where one is kept."""
    with engine.connect() as connection:
        mode = connection.execute(text("SHOW archive_mode")).scalar_one()
        copied, failed = connection.execute(
            text("SELECT last_archived_time, last_failed_time FROM pg_stat_archiver")
        ).one()
    if mode == "off":
        return Finding("log archive", True, "none is kept; see MINQING_WAL_ARCHIVE in docs/operations.md")
    stuck = failed is not None and (copied is None or failed > copied)
    return Finding(
        "log archive",
        not stuck,
        f"last file copied at {copied or '-'}, last failure at {failed or '-'}",
        "See that the folder of MINQING_WAL_ARCHIVE has space and belongs to the server's account; its log tells more.",
    )


def _privacy(engine: Engine) -> Finding:
    """Stored texts hold no numbers or addresses of people; those of an earlier version may."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        found = check_stored_texts(raw, PRIVACY_SAMPLE)
    return Finding(
        "privacy",
        found.changed == 0,
        f"texts of {found.looked_at:,} incidents and all names read, {found.changed:,} hold personal data",
        "Mask them: python app.py privacy mask",
    )


def _photos(engine: Engine, files: PhotoFiles) -> Finding:
    """Every photo that a row names lies where it should."""
    with engine.connect() as connection:
        found = find_missing(psycopg_connection(connection), files)
    lost = f": {', '.join(found.lost)}" if found.lost else ""
    return Finding(
        "photos",
        found.count == 0,
        f"{found.named:,} files named, {found.count:,} missing in {files.folder}{lost}",
        "Restore them from a backup, or copy the folder of the data that this database came from.",
    )


DATABASE_CHECKS: tuple[Callable[[Engine], Finding], ...] = (_versions, _city, _figures, _privacy, _backup, _archive)
