"""Routes by which other programs see whether this one runs: /healthz, /readyz, /metrics."""

import time

import psycopg
from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from psycopg_pool import PoolClosed, PoolTimeout

from dashboard.api.problems import Kind, problem
from dashboard.api.services import ApiServices
from data.reads.city import CityMoment, read_moment
from data.scope import acting_as_program

MAX_FOLD_LAG_S = 10.0
STALE = Kind(503, "rollups-stale", "Changes are not folded into the rollups")
UNREACHABLE = Kind(503, "database-unreachable", "The database does not answer")


def health_router(services: ApiServices) -> APIRouter:
    """Routes /healthz, /readyz and /metrics."""
    router = APIRouter(tags=["running"])

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        """The process answers."""
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})

    @router.get("/readyz")
    async def readyz() -> Response:
        """The database answers and changes reach the rollups."""
        moment = await _moment(services)
        if moment is None:
            return problem(UNREACHABLE, None, "The database does not answer.", "See that it runs; the log tells more.")
        lag_s = services.fold_watch.lag_s(moment.version, moment.pending, time.monotonic())
        if lag_s > MAX_FOLD_LAG_S:
            cause = f"Changes have waited for {lag_s:.0f} s."
            return problem(STALE, None, cause, "Figures are still exact but slower; see that the fold runs.")
        body = {"status": "ready", "version": moment.version, "boundary_revision": moment.boundary_revision}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        """Counters in the text format of Prometheus."""
        lines = services.meter.lines() + _state_lines(services, await _moment(services))
        text = "\n".join(lines) + "\n"
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


async def _moment(services: ApiServices) -> CityMoment | None:
    """The present moment, or None where the database cannot be asked."""
    try:
        # Asked by nobody in particular: version, lag and revision are the program's own state.
        with acting_as_program():
            async with services.database.reading() as conn:
                return await read_moment(conn)
    except (psycopg.Error, PoolTimeout, PoolClosed):
        return None


def _state_lines(services: ApiServices, moment: CityMoment | None) -> list[str]:
    lines = ["# TYPE minqing_database_up gauge", f"minqing_database_up {int(moment is not None)}"]
    if moment is None:
        return lines
    lag_s = services.fold_watch.lag_s(moment.version, moment.pending, time.monotonic())
    return [
        *lines,
        "# TYPE minqing_rollup_version gauge",
        f"minqing_rollup_version {moment.version}",
        "# HELP minqing_rollup_lag_seconds For how long changes have been seen waiting for the same fold.",
        "# TYPE minqing_rollup_lag_seconds gauge",
        f"minqing_rollup_lag_seconds {lag_s:.3f}",
        "# TYPE minqing_boundary_revision gauge",
        f"minqing_boundary_revision {moment.boundary_revision}",
    ]
