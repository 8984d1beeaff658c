"""How does the program reach its database: one engine for jobs, one asynchronous pool for the web?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from data.errors import DatabaseUnreachable
from data.scope import current_scope, scope_statements
from data.statement_limit import limit_statement

WAIT_S = 10.0
"""How long a request waits for a connection of the pool."""

MOST_WAITING = 500

AsyncRows = psycopg.AsyncConnection[dict[str, object]]


def engine_for(url: str) -> Engine:
    """SQLAlchemy engine over psycopg 3 for the database at `url` (postgresql://…).

    Raises:
        DatabaseUnreachable: The URL is malformed.
    """
    try:
        parsed = make_url(url).set(drivername="postgresql+psycopg")
    except Exception as error:
        raise DatabaseUnreachable(f"DATABASE_URL cannot be read: {error}. Use postgresql://user@host/name.") from error
    return create_engine(parsed, pool_pre_ping=True, pool_size=5, max_overflow=5)


def libpq_url(url: str) -> str:
    """The same address in the form that psycopg itself takes."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def psycopg_connection(connection: object) -> psycopg.Connection:
    """The psycopg connection below a SQLAlchemy one, in the same transaction."""
    raw: psycopg.Connection = connection.connection.driver_connection  # type: ignore[attr-defined]  # PoolProxied
    return raw


class AsyncDatabase:
    """A pool of asynchronous connections for requests; open it in the application's lifespan."""

    def __init__(self, url: str, *, min_size: int = 2, max_size: int = 10) -> None:
        self._url = libpq_url(url)
        self._pool: AsyncConnectionPool[AsyncRows] = AsyncConnectionPool(
            self._url,
            min_size=min_size,
            max_size=max_size,
            open=False,
            # Who would wait longer is better told at once to come back: the queue must not grow without end.
            timeout=WAIT_S,
            max_waiting=MOST_WAITING,
            kwargs={"row_factory": dict_row, "autocommit": True},
        )

    async def open(self) -> None:
        """Open the pool and wait for its first connections."""
        await self._pool.open(wait=True, timeout=10)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncRows]:
        """A connection inside a read-only transaction with one snapshot, so that parts add up to totals.

        Like the others below it shows the rows of `data.scope.current_scope()`, none without one.
        """
        async with self._begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            yield connection

    @asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncRows]:
        """A connection for one statement that needs no other to agree with."""
        async with self._begun("BEGIN READ ONLY") as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncRows]:
        """A connection inside a transaction that commits on leaving without an error."""
        async with self._begun("BEGIN") as connection:
            yield connection

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[AsyncRows]:
        """A connection of its own, outside the pool and without a scope, that hears what is notified on a channel.

        In the list of the server's connections it has the name `minqing {channel}`.
        """
        connection: AsyncRows = await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            row_factory=dict_row,
            application_name=f"minqing {channel}",
            connect_timeout=int(WAIT_S),
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        async with connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            yield connection

    @asynccontextmanager
    async def _begun(self, begin: str) -> AsyncIterator[AsyncRows]:
        """A transaction with its scope, begun in one way to the server.

        Beyond its end no scope stays on the connection: a statement outside such a transaction sees nothing.
        """
        statements = f"{begin};{limit_statement()}{scope_statements(current_scope())}".encode()
        async with self._pool.connection() as connection:
            # The pool commits on leaving, or rolls back where the body failed.
            await connection.execute(statements, prepare=False)
            yield connection
