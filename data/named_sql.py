"""Which SQL statement stands behind a name? Files in data/sql, one statement each."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "sql"


@cache
def named(name: str) -> str:
    """Text of the statement `data/sql/{name}.sql`, placeholders in psycopg form `%(key)s`.

    Raises:
        FileNotFoundError: No such statement.
    """
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
