"""Which services does the city offer over Open311? Its classes, without the sensitive ones."""

from data.engine import AsyncRows
from data.reads.catalog import ClassEntry, read_classes
from data.reads.errors import NothingFound


class ServiceUnknown(NothingFound):
    """There is no such service, or none that is offered."""

    def __init__(self, code: str) -> None:
        super().__init__("service_code", f"There is no service {code[:80]!r}.", "Take one from services.json.")


async def read_services(conn: AsyncRows) -> tuple[ClassEntry, ...]:
    """All services."""
    return tuple(entry for entry in await read_classes(conn) if not entry.sensitive)


async def read_service(conn: AsyncRows, code: str) -> ClassEntry:
    """One service.

    Raises:
        ServiceUnknown: There is none of the code.
    """
    for entry in await read_services(conn):
        if entry.code == code:
            return entry
    raise ServiceUnknown(code)
