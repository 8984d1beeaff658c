"""How do tests ask the HTTP interface about the drawn cases? In the name of an account, over the world's own clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
from fastapi import FastAPI

from dashboard.api.routes import register
from dashboard.api.services import ApiServices
from data.attachments.files import PhotoFiles
from tests.data.reads.grid_world import IDS
from tests.support.acting import client_as
from tests.support.case_world import CaseWorld


@asynccontextmanager
async def client_of(
    world: CaseWorld, who: str, unit: str | None = None, *, photo_files: PhotoFiles | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client in somebody's name, in an area where one is named; without files no photo can come."""
    account = world.accounts[who]
    account = replace(account, unit_id=IDS[unit]) if unit else account
    app = FastAPI(openapi_url=None)
    register(app, ApiServices(world.database, now=world.clock, photo_files=photo_files))
    async with client_as(app, account) as client:
        yield client
