"""Routes of what incidents are sorted by: classes, groups, scenarios, sources, departments."""

from fastapi import APIRouter, Request, Response

from dashboard.api.bodies import ClassBody, ClassesBody, GroupBody, NamedBody, ScenarioBody, ScenariosBody
from dashboard.api.parameters import versioned_router
from dashboard.api.responses import json_response
from dashboard.api.services import ApiServices
from data.reads.catalog import groups_of, read_classes, read_departments, read_scenarios, read_sources


def catalog_router(services: ApiServices) -> APIRouter:
    """Routes /classes and /scenarios."""
    router = versioned_router("catalog")

    @router.get("/classes", response_model=ClassesBody)
    async def classes(request: Request) -> Response:
        """All classes and their groups, sources and departments."""
        async with services.database.reading() as conn:
            found = await read_classes(conn)
            sources = await read_sources(conn)
            departments = await read_departments(conn)
        body = ClassesBody(
            items=[ClassBody.model_validate(entry) for entry in found],
            groups=[GroupBody.model_validate(entry) for entry in groups_of(found)],
            sources=[NamedBody.model_validate(entry) for entry in sources],
            departments=[NamedBody.model_validate(entry) for entry in departments],
        )
        return json_response(request, body)

    @router.get("/scenarios", response_model=ScenariosBody)
    async def scenarios(request: Request) -> Response:
        """All scenarios in their order."""
        async with services.database.reading() as conn:
            found = await read_scenarios(conn)
        return json_response(request, ScenariosBody(items=[ScenarioBody.model_validate(entry) for entry in found]))

    return router
