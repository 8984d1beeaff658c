"""How is everything saved from the command line?"""

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from dashboard.cli.context import Context, cluster_of, opened_database
from dashboard.cli.progress import TerminalProgress
from dashboard.errors import DashboardError
from data.attachments.files import PhotoFiles
from data.backup.dump import make_backup
from data.backup.point_in_time import make_base_backup


class BaseNeedsCluster(DashboardError):
    """A base backup copies files, and those of another server are not at hand."""

    def __init__(self) -> None:
        super().__init__(
            "A base backup is for the private cluster. Where DATABASE_URL is set, use pg_basebackup on that server."
        )


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `backup`."""
    parser = commands.add_parser(
        "backup",
        help="save everything in one file",
        description="Save the whole database as of this moment, and its photos, while the program runs. The file holds "
        "password hashes and reports: keep it as safe as the database itself.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")
    parser.add_argument(
        "--base", action="store_true", help="make FILE a folder: a base backup for recovery to a point in time"
    )
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Make a backup and say what is in it."""
    target = arguments.file.absolute()
    if arguments.base:
        return _base(target, context)
    photos = PhotoFiles(context.settings.photo_folder)
    with opened_database(context) as url, TerminalProgress() as progress:
        manifest = make_backup(url, target, now=datetime.now(UTC), progress=progress, photos=photos)
    if context.as_json:
        print(json.dumps({"file": str(target), **asdict(manifest)}, ensure_ascii=False))
    else:
        size = target.stat().st_size / 2**20
        print(
            f"saved: {target} ({size:,.1f} MiB, {sum(manifest.rows.values()):,} rows, {manifest.photos:,} photo files, "
            f"schema {manifest.schema})"
        )
    return 0


def _base(target: Path, context: Context) -> int:
    if context.settings.database_url:
        raise BaseNeedsCluster
    with opened_database(context), TerminalProgress() as progress:
        progress.step("copying the files of the cluster")
        make_base_backup(cluster_of(context.settings), target)
    print(json.dumps({"folder": str(target)}) if context.as_json else f"saved: {target} (base backup, verified)")
    return 0
