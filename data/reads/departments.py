"""Which department does a request name?"""

from data.engine import AsyncRows
from data.reads.errors import RequestRefused
from data.reads.rows import RowId, fetch_one

_BY_KEY = "SELECT id FROM department WHERE key = %(key)s"


async def read_department_id(conn: AsyncRows, key: str) -> int:
    """The id of the department with a key.

    Raises:
        RequestRefused: There is none.
    """
    found = await fetch_one(conn, RowId, _BY_KEY, {"key": key})
    if found is None:
        raise RequestRefused("department", f"There is no department {key!r}.", "Take a key from the catalog.")
    return found.id
