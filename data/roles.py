"""Under which login roles does the web reach the database, and how do they come to exist?

The roles belong to the server, not to one database: several databases of one server share them. They own nothing; what
they may do in a database is granted by its migrations.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from data.engine import libpq_url
from data.errors import DataError
from data.settings import Settings

WEB = "minqing_web"
"""Reads and writes for accounts, within the scope of the transaction."""

AUTH = "minqing_auth"
"""Reads and writes accounts, sessions and tokens, and nothing else."""

ROLES = (WEB, AUTH)
_RIGHTS = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
_CONNECT_S = 10


@dataclass(frozen=True, slots=True)
class RoleUrls:
    """Addresses of one database, by login role."""

    web: str
    auth: str


class RolesMissing(DataError):
    """The login roles are not there, and this connection may not make them."""

    def __init__(self, names: tuple[str, ...]) -> None:
        wanted = " ".join(f"CREATE ROLE {name} {_RIGHTS} PASSWORD '...';" for name in names)
        super().__init__(
            f"The database server lacks the login roles {', '.join(names)}, and the user of DATABASE_URL "
            f"may not make them. As an administrator run: {wanted} "
            "Then set MINQING_WEB_DATABASE_URL and MINQING_AUTH_DATABASE_URL to addresses with these roles and "
            "passwords, or give the user of DATABASE_URL the right CREATEROLE and set MINQING_SECRET_KEY."
        )
        self.names = names


class RoleUnreachable(DataError):
    """The program cannot sign in to the database under a login role."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The database does not let the role {name} in: {reason}. Set MINQING_{_short(name)}_DATABASE_URL to an "
            f"address with this role and its password (administrator: ALTER ROLE {name} PASSWORD '...'), or set "
            "MINQING_SECRET_KEY and give the user of DATABASE_URL the right CREATEROLE: the program then sets "
            "the password itself."
        )
        self.name = name


class RoleTooStrong(DataError):
    """A login role may more than it must: it would see past row-level security."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The role {name} is a superuser, passes row-level security by, or owns tables. As an administrator run: "
            f"ALTER ROLE {name} {_RIGHTS}; and give tables that it owns to the user of DATABASE_URL."
        )
        self.name = name


def ensure_roles(connection: Connection, names: Sequence[str] = ROLES) -> None:
    """Make the login roles where the server lacks them; in the caller's transaction.

    Raises:
        RolesMissing: There are none and the connection's user may not make them.
    """
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    held = {row[0] for row in raw.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [list(names)])}
    missing = tuple(name for name in names if name not in held)
    for name in missing:
        try:
            with raw.transaction():
                raw.execute(sql.SQL("CREATE ROLE {} " + _RIGHTS).format(sql.Identifier(name)))
        except (errors.DuplicateObject, errors.UniqueViolation):
            # A program on another database of this server was faster.
            continue
        except errors.InsufficientPrivilege as error:
            raise RolesMissing(missing) from error


def settle_owner(connection: Connection) -> None:
    """Let the policies of the owner name the role that owns the tables now, as after a restore by another role."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    strays = raw.execute(
        """
        SELECT policy.polrelid::regclass::text
        FROM pg_policy AS policy
        JOIN pg_class AS relation ON relation.oid = policy.polrelid
        WHERE policy.polname = 'owner'
            AND pg_get_userbyid(relation.relowner) = current_user
            AND policy.polroles <> ARRAY[relation.relowner]
        """
    ).fetchall()
    for (table,) in strays:
        raw.execute(f"ALTER POLICY owner ON {table} TO CURRENT_USER".encode())


def close_temporary(connection: Connection) -> None:
    """Let the login roles make no temporary tables, where this connection may say so: they would fill the disk unseen.

    A database comes with this right for everybody, also one that was restored or copied: hence at each start. Nothing
    that serves requests makes any; its owner keeps the right.
    """
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    row = raw.execute(
        """
        SELECT datname, has_database_privilege('public', oid, 'TEMPORARY') AND pg_has_role(datdba, 'USAGE')
        FROM pg_database
        WHERE datname = current_database()
        """
    ).fetchone()
    assert row is not None
    if row[1]:
        raw.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(sql.Identifier(row[0])))


def role_urls(owner_url: str, settings: Settings) -> RoleUrls:
    """Addresses of the database at `owner_url` under the login roles, each tried once.

    Raises:
        RoleUnreachable: A role cannot sign in.
        RoleTooStrong: A role may more than it must.
    """
    return RoleUrls(
        _reached(owner_url, WEB, settings.web_database_url, settings.secret_key),
        _reached(owner_url, AUTH, settings.auth_database_url, settings.secret_key),
    )


def url_as(owner_url: str, role: str, password: str | None = None) -> str:
    """The same database under another role."""
    return make_url(owner_url).set(username=role, password=password).render_as_string(hide_password=False)


def _reached(owner_url: str, role: str, given: str | None, secret: str | None) -> str:
    if given is not None:
        reason = _trouble(given, role)
        if reason is not None:
            raise RoleUnreachable(role, reason)
        return given
    password = None if secret is None else _derived(secret, role)
    for url in (url_as(owner_url, role), url_as(owner_url, role, password)):
        reason = _trouble(url, role)
        if reason is None:
            return url
    if password is not None and _set_password(owner_url, role, password):
        reason = _trouble(url, role)
    if reason is not None:
        raise RoleUnreachable(role, reason)
    return url


def _trouble(url: str, role: str) -> str | None:
    """Why the role cannot sign in at the address; None where it can.

    Raises:
        RoleTooStrong: It can, and may more than it must.
    """
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=_CONNECT_S) as connection:
            row = connection.execute(
                """
                SELECT current_user, rolsuper OR rolbypassrls
                    OR EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p', 'v'))
                FROM pg_roles
                WHERE rolname = current_user
                """
            ).fetchone()
    except psycopg.OperationalError as error:
        return str(error).strip().splitlines()[-1]
    assert row is not None
    if row[0] != role:
        return f"the address signs in as {row[0]}"
    if row[1]:
        raise RoleTooStrong(role)
    return None


def _set_password(owner_url: str, role: str, password: str) -> bool:
    try:
        with psycopg.connect(libpq_url(owner_url)) as connection:
            hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed.decode()))
            connection.execute(statement)
    except errors.InsufficientPrivilege:
        return False
    return True


def _derived(secret: str, role: str) -> str:
    return hmac.new(secret.encode(), f"database role {role}".encode(), hashlib.sha256).hexdigest()


def _short(role: str) -> str:
    return role.removeprefix("minqing_").upper()
