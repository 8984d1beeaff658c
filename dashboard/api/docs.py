"""Routes that describe the interface: OpenAPI as JSON, and a page that draws it without any foreign file."""

from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse

from dashboard.api.responses import json_response

FILES = {
    "/api/docs": ("docs.html", "text/html; charset=utf-8"),
    "/api/docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    "/api/docs.css": ("docs.css", "text/css; charset=utf-8"),
}
FOLDER = Path(__file__).parent / "docs_page"


def docs_router(app: FastAPI) -> APIRouter:
    """Routes /api/openapi.json and /api/docs."""
    router = APIRouter(include_in_schema=False)

    @router.get("/api/openapi.json")
    async def openapi(request: Request) -> Response:
        return json_response(request, app.openapi())

    async def page_file(request: Request) -> Response:
        name, media_type = FILES[request.url.path]
        return FileResponse(FOLDER / name, media_type=media_type, headers={"Cache-Control": "no-cache"})

    for path in FILES:
        router.add_api_route(path, page_file, methods=["GET"])
    return router
