"""With which settings does PostgreSQL keep its log, so that a past moment can be restored?"""

import shlex
from pathlib import Path

# Never over a file that is there: the same content means that an earlier copy was not noted, another is refused. The
# copy gets its name only when it is whole and on disk.
_COPY = (
    "if test -e {folder}/%f; then cmp -s %p {folder}/%f; else cp %p {folder}/.%f.part && sync {folder}/.%f.part "
    "&& mv -n {folder}/.%f.part {folder}/%f && sync {folder} && test ! -e {folder}/.%f.part; fi"
)


def archive_command(folder: Path) -> str:
    """Shell command that copies a finished log file into a folder.

    Source: PostgreSQL documentation, "Setting Up WAL Archiving".
    """
    return _COPY.format(folder=folder)


def archive_options(folder: Path) -> str:
    """Options of the server, as pg_ctl takes them: a log that can be replayed, and each finished file of it copied."""
    settings = {
        "wal_level": "replica",
        "max_wal_senders": "4",
        "archive_mode": "on",
        # A quiet city loses at most so much when the whole disk is lost.
        "archive_timeout": "60",
        "archive_command": archive_command(folder),
    }
    return "".join(f" -c {name}={shlex.quote(value)}" for name, value in settings.items())


def restore_command(folder: Path) -> str:
    """Shell command that fetches a log file for recovery."""
    return f"cp {folder}/%f %p"
