"""What did a browser or a program send in the body of a sign-in?"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from dashboard.auth.errors import FormUnusable

MOST_BYTES = 8_192


@dataclass(frozen=True, slots=True)
class Form:
    """Fields of a form or a JSON object.

    Attributes:
        fields: Name to text.
        is_json: Whether it came as JSON, and is answered as JSON.
    """

    fields: Mapping[str, str]
    is_json: bool

    def text(self, name: str) -> str:
        """The field, or an empty text."""
        return self.fields.get(name, "")

    def __repr__(self) -> str:
        return f"Form({', '.join(self.fields)})"


async def read_form(request: Request) -> Form:
    """The fields of a request of at most 8 kB.

    Raises:
        FormUnusable: It is larger, or neither a form nor a JSON object of texts.
    """
    body = await _limited(request)
    if request.headers.get("content-type", "").startswith("application/json"):
        return Form(_json_fields(body), is_json=True)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=16)
    except ValueError as error:
        raise FormUnusable("The body is no form in UTF-8.") from error
    return Form(dict(pairs), is_json=False)


async def _limited(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise FormUnusable(f"The body has more than {MOST_BYTES} bytes.")
    return body


def _json_fields(body: bytes) -> dict[str, str]:
    try:
        loaded = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise FormUnusable("The body is no JSON.") from error
    if not isinstance(loaded, dict) or not all(isinstance(value, str) for value in loaded.values()):
        raise FormUnusable("The body is no JSON object of texts.")
    return loaded
