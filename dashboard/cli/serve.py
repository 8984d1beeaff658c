"""How does the program start everything, say so, and stop cleanly?"""

import argparse
import asyncio
import errno
import gc
import ipaddress
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from zoneinfo import ZoneInfo

import uvicorn
from sqlalchemy import Engine, text

from dashboard.cli.context import Context, opened_database, ready_engine
from dashboard.cli.progress import TerminalProgress
from dashboard.errors import DashboardError
from dashboard.factory import create_app
from dashboard.security.connection import PatientProtocol
from dashboard.security.limits import CONNECTIONS, KEEP_ALIVE_S, MESSAGE_BYTES
from dashboard.security.secret_key import refuse_weak_key
from dashboard.services import Background, Services
from data.accounts.demo import DemoAccounts, ensure_demo_accounts, is_loopback, refuse_unsafe
from data.attachments.collecting import keep_collecting
from data.attachments.files import PhotoFiles
from data.audit.chain import ChainKey, chain_key
from data.audit.check import ChainCheck
from data.demo.load import load_demo
from data.engine import AsyncDatabase
from data.fold import Folder
from data.named_sql import named
from data.roles import RoleUrls, role_urls
from data.wall.book import SceneBook
from data.webhooks.dispatcher import Dispatcher
from data.webhooks.secret import SecretSeal

LATE_LIBRARIES = ("mapclassify", "scipy.signal")


class PortTaken(DashboardError):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"[web] Port {port} on {host} is taken by another program. "
            f"Stop that program, or choose another port: python app.py serve --port {port + 1}"
        )


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare `serve`."""
    parser = commands.add_parser("serve", help="start everything", description="Start the database and the dashboard.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8050, help="port to listen on (default %(default)s)")
    parser.add_argument("--demo", action="store_true", help="load the demo city where the database is empty")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Serve until SIGINT or SIGTERM."""
    refuse_weak_key(arguments.host, context.settings.secret_key)
    # The socket comes first: a taken port should be told before minutes of set-up, not after.
    listener = _listen(arguments.host, arguments.port)
    with listener, opened_database(context, announce=True, keep=True) as url:
        with ready_engine(url) as engine:
            _fill(engine, context, demo=arguments.demo)
            _tell_accounts(engine, context, demo=arguments.demo)
        demo = _demo_accounts(arguments, url, context)
        refuse_unsafe(arguments.host, url)
        roles = role_urls(url, context.settings)
        _serve(listener, url, roles, context, f"http://{_shown(arguments.host)}:{arguments.port}/", demo)
    context.say("[stop] stopped; everything committed is on disk")
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise DashboardError(
            f"[web] Cannot listen on {host}:{port}: {error.strerror}. Choose another --host."
        ) from error
    return listener


def _shown(host: str) -> str:
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host


def _fill(engine: Engine, context: Context, *, demo: bool) -> None:
    with engine.connect() as connection:
        units = connection.execute(text("SELECT count(*) FROM unit")).scalar_one()
        incidents = connection.execute(text(named("incident_total"))).scalar_one()
    if units or not demo:
        context.say(f"[city] {units:,} units, {incidents:,} incidents")
        return
    context.say("[city] the database is empty: making the demo city (about half a minute)")
    with TerminalProgress() as progress:
        report = load_demo(engine, now=datetime.now(UTC), progress=progress)
    context.say(f"[city] demo city {report.city}: {report.units:,} units, {report.incidents:,} incidents")


def _tell_accounts(engine: Engine, context: Context, *, demo: bool) -> None:
    with engine.connect() as connection:
        accounts = connection.execute(text("SELECT count(*) FROM account WHERE disabled_at IS NULL")).scalar_one()
    if not accounts and not demo:
        context.say("[accounts] nobody can sign in yet; make an account: python app.py users add NAME --role admin")


def _demo_accounts(arguments: argparse.Namespace, url: str, context: Context) -> DemoAccounts | None:
    if not (arguments.demo and is_loopback(arguments.host)):
        return None
    demo = ensure_demo_accounts(url, context.settings.demo_password, datetime.now(UTC))
    secret = f"password {demo.password}" if demo.random else "password as in MINQING_DEMO_PASSWORD"
    context.say(f"[accounts] {', '.join(demo.names)}: {secret}")
    return demo


def _serve(
    listener: socket.socket, url: str, roles: RoleUrls, context: Context, address: str, demo: DemoAccounts | None
) -> None:
    zone = ZoneInfo(context.settings.time_zone)
    photo_files = PhotoFiles(context.settings.photo_folder)
    # The owner's address stays with upkeep: requests come in under roles that own nothing.
    web, seal = AsyncDatabase(roles.web), SecretSeal(context.settings.secret_key)
    services = Services(
        database=web,
        accounts=AsyncDatabase(roles.auth, max_size=4),
        now=lambda: datetime.now(zone),
        default_lang=context.settings.lang,
        audit=ChainCheck(url, chain_key(context.settings.secret_key)),
        background=(
            _folding(url, chain_key(context.settings.secret_key)),
            _collecting(url, photo_files),
            *_telling(url, web, seal),
        ),
        demo=demo,
        provider=context.settings.provider,
        photo_files=photo_files,
        scenes=SceneBook(context.settings.scenes_file),
        webhook_seal=seal,
        live_caps=context.settings.live_caps,
    )
    config = uvicorn.Config(
        create_app(services),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        lifespan="on",
        http=PatientProtocol,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        ws_max_size=MESSAGE_BYTES,
    )
    server = _Announcing(config, lambda: _tell_ready(context, address))
    server.run(sockets=[listener])


def _tell_ready(context: Context, address: str) -> None:
    context.say(f"[web] ready: {address}   (stop with Ctrl+C)")
    threading.Thread(target=_load_late, name="late-libraries", daemon=True).start()


def _load_late() -> None:
    """Load what the first map needs and the start does not wait for: seconds of libraries."""
    for name in LATE_LIBRARIES:
        import_module(name)
    # What is there now stays to the end; looking through it for garbage again and again would hold up requests.
    gc.collect()
    gc.freeze()


class _Announcing(uvicorn.Server):
    """A server that tells when it is ready, and ends the process normally on a signal."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop gracefully on SIGINT and SIGTERM; uvicorn's own handler would raise the signal once more."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def _folding(url: str, audit_key: ChainKey | None) -> Background:
    @asynccontextmanager
    async def folding() -> AsyncIterator[None]:
        folder = Folder(url, audit_key=audit_key)
        folder.start()
        try:
            yield
        finally:
            await asyncio.to_thread(folder.stop)

    return folding


def _collecting(url: str, files: PhotoFiles) -> Background:
    """Files of photos without a row are deleted now and then."""

    @asynccontextmanager
    async def collecting() -> AsyncIterator[None]:
        task = asyncio.create_task(keep_collecting(url, files))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return collecting


def _telling(url: str, web: AsyncDatabase, seal: SecretSeal) -> tuple[Background, ...]:
    """Webhooks are told of events; without the key that opens their secrets there are none."""
    if not seal.is_usable:
        return ()
    return (Dispatcher(url, web, seal, lambda: datetime.now(UTC)).running,)
