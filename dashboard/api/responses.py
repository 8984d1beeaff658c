"""How does a body become a response?"""

import gzip

import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

MIN_GZIP_BYTES = 1_024
GZIP_LEVEL = 6


def json_response(request: Request, body: BaseModel | dict[str, object]) -> Response:
    """The body as JSON, compressed where the client takes it; answers of this moment are never cached."""
    if isinstance(body, BaseModel):
        content = body.model_dump_json(by_alias=True).encode()
    else:
        content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return packed_response(request, content, "application/json")


def packed_response(
    request: Request, content: bytes, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    """Bytes with their media type, compressed where it helps and the client takes it."""
    all_headers = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Encoding"} | (headers or {})
    if len(content) >= MIN_GZIP_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, GZIP_LEVEL, mtime=0)
        all_headers["Content-Encoding"] = "gzip"
    return Response(content, headers=all_headers, media_type=media_type)
