"""How does what was saved come back from the command line?"""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from dashboard.cli.context import Context, cluster_of
from dashboard.cli.progress import TerminalProgress
from dashboard.errors import DashboardError
from data.attachments.files import PhotoFiles
from data.backup.point_in_time import recover
from data.backup.restore import restore_backup


class RecoveryUnclear(DashboardError):
    """Something that a recovery to a point in time needs was not said."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `restore`."""
    parser = commands.add_parser(
        "restore",
        help="bring a backup back",
        description="Restore a backup into an empty database. What is there already is never touched.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")
    parser.add_argument("--database", metavar="NAME", help="restore into this database of the server; made if missing")
    parser.add_argument(
        "--to",
        type=_moment,
        metavar="TIME",
        help="FILE is a base backup: recover to this time, such as 2026-03-02T08:00:00+08:00, with the log in "
        "MINQING_WAL_ARCHIVE",
    )
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.set_defaults(run=run)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("write the time like 2026-03-02T08:00:00+08:00") from error
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("the time needs its zone, such as +08:00")
    return moment


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Restore, and say how to go on."""
    if arguments.to is not None or arguments.file.is_dir():
        return _recover(arguments, context)
    photos = PhotoFiles(context.settings.photo_folder)
    with _server(context) as url, TerminalProgress() as progress:
        restored = restore_backup(arguments.file, url, database=arguments.database, progress=progress, photos=photos)
    rows = sum(restored.manifest.rows.values())
    if context.as_json:
        print(json.dumps({"made_at": restored.manifest.made_at, "rows": rows, "schema": restored.schema}))
        return 0
    print(f"restored: {rows:,} rows as of {restored.manifest.made_at}, schema {restored.schema}")
    if arguments.database and not context.settings.database_url:
        print(f"serve it: MINQING_DATABASE={arguments.database} python app.py serve")
    elif arguments.database:
        print(f"serve it: let DATABASE_URL name the database {arguments.database}")
    print("check it: python app.py doctor")
    return 0


@contextmanager
def _server(context: Context) -> Iterator[str]:
    """The database as it is: a migrated one would not be empty any more."""
    if context.settings.database_url:
        yield context.settings.database_url
        return
    cluster = cluster_of(context.settings)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


def _recover(arguments: argparse.Namespace, context: Context) -> int:
    settings = context.settings
    if arguments.to is None:
        raise RecoveryUnclear(f"{arguments.file} is a folder. For a base backup say the time: --to TIME.")
    if settings.wal_archive is None or settings.database_url:
        raise RecoveryUnclear(
            "Set MINQING_WAL_ARCHIVE to the folder of the archived log, MINQING_DATA_DIR to a new folder, and unset "
            "DATABASE_URL."
        )
    cluster = cluster_of(settings)
    with TerminalProgress() as progress:
        progress.step("replaying the log")
        recover(cluster, arguments.file.absolute(), settings.wal_archive, arguments.to)
    cluster.stop()
    told = f"recovered to {arguments.to.isoformat()} in {settings.data_dir}"
    print(json.dumps({"recovered_to": arguments.to.isoformat()}) if context.as_json else told)
    return 0
