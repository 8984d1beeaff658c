"""Does every operation of the OpenAPI description answer as described, whatever it is sent?

Schemathesis makes the requests from the description, sound ones and broken ones, as an administrator, and sends them
over a socket. No answer may be a 5xx, have a form of body that is not described, or show a trace. The seed is fixed: a
run can be repeated.
"""

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import content_type_conformance, not_a_server_error, response_schema_conformance

from dashboard.security.connection import PatientProtocol
from data.accounts.demo import ensure_demo_accounts
from tests.security.conftest import PATIENCE
from tests.support.whole_app import started

SEED = 20_260_301
INPUTS = 1_600
"""Of the short run, shared out, so that it does not grow longer with each operation; at least LEAST for each."""

LEAST, LONG = 6, 150
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
TRACES = ("Traceback", 'File "', "psycopg", "SELECT ", "/dashboard/", "site-packages")


@dataclass
class Attacked:
    """The application behind a socket, its description, and what it answered."""

    address: str
    description: dict
    headers: dict[str, str]
    statuses: Counter[int] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def attacked(drawn_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    demo = ensure_demo_accounts(drawn_url, None, datetime.now(UTC))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        ready, servers = threading.Event(), []
        description: dict = {}
        # Dash keeps what it needs in context variables, which a thread has none of by itself.
        photos = tmp_path_factory.mktemp("photos")
        serve = partial(asyncio.run, _serve(drawn_url, photos, listener, servers, description, ready))
        thread = threading.Thread(target=copy_context().run, args=(serve,), daemon=True)
        thread.start()
        assert ready.wait(60)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        signed_in = httpx.post(f"{address}/login", data={"username": "admin", "password": demo.password})
        assert signed_in.status_code == 303
        key = signed_in.cookies["minqing_session"]
        yield Attacked(address, description, {"Cookie": f"minqing_session={key}"})
        servers[0].should_exit = True
        thread.join(30)


async def _serve(
    url: str, photos: Path, listener: socket.socket, servers: list, description: dict, ready: threading.Event
) -> None:
    async with started(url, patience=PATIENCE, photos=photos) as app:
        description.update(app.openapi())
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", http=PatientProtocol, server_header=False
        )
        servers.append(uvicorn.Server(config))
        ready.set()
        await servers[0].serve(sockets=[listener])


def _attack(attacked: Attacked, examples: int) -> list[str]:
    """Every operation with sound and with broken requests; returns what was wrong."""
    schema = openapi.from_dict(attacked.description)
    wrong: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                cases = operation.as_strategy(generation_mode=mode)
                _try_cases(attacked, cases, examples)
            except BaseException as error:  # every operation is tried, then all failures are told at once
                if isinstance(error, KeyboardInterrupt):
                    raise
                if "Unsatisfiable" not in type(error).__name__:
                    wrong.append(f"{operation.label} {mode.name}: {_told(error):.1500}")
    return wrong


def _told(error: BaseException) -> str:
    return " | ".join(str(one) for one in getattr(error, "exceptions", [error]))


def _try_cases(attacked: Attacked, cases, examples: int) -> None:
    @seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def attempt(case: Case) -> None:
        answer = case.call(base_url=attacked.address, headers=attacked.headers, timeout=60)
        attacked.statuses[answer.status_code] += 1
        text = answer.content.decode(errors="replace")
        assert not any(trace in text for trace in TRACES) or answer.status_code == 200, text[:500]
        case.validate_response(answer, checks=CHECKS, headers=attacked.headers)

    attempt()


def _report(attacked: Attacked, began_s: float) -> str:
    total, seconds = sum(attacked.statuses.values()), time.monotonic() - began_s
    return f"inputs tried: {total:,} in {seconds:.0f} s, answers by status: {dict(sorted(attacked.statuses.items()))}"


def test_no_operation_fails_for_any_input(attacked: Attacked) -> None:
    began_s = time.monotonic()
    operations = sum(len(methods) for methods in attacked.description["paths"].values())
    wrong = _attack(attacked, max(LEAST, INPUTS // (2 * operations)))
    print(_report(attacked, began_s))
    assert not wrong, "\n".join(wrong)
    assert sum(attacked.statuses.values()) >= 150
    assert {200, 202} & set(attacked.statuses)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_no_operation_fails_for_many_inputs(attacked: Attacked) -> None:
    began_s = time.monotonic()
    wrong = _attack(attacked, LONG)
    print(_report(attacked, began_s))
    assert not wrong, "\n".join(wrong)


def test_the_description_lists_every_operation_of_the_interface(attacked: Attacked) -> None:
    assert len(attacked.description["paths"]) >= 20
