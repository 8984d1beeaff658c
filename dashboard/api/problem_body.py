"""What does an error look like to a program? Described once for all operations."""

from typing import Any

from pydantic import BaseModel


class ProblemBody(BaseModel):
    """An error by RFC 9457; `instance` names the line of the log where the program itself erred."""

    type: str
    title: str
    status: int
    detail: str
    field: str | None
    cause: str
    remedy: str
    instance: str | None = None


def _described(text: str) -> dict[str, Any]:
    return {"description": text, "content": {"application/problem+json": {"schema": ProblemBody.model_json_schema()}}}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": _described("The request cannot be answered as it is; the body names field, cause and remedy."),
    "5XX": _described("The program or its database failed; nothing is lost, and the body says what to do."),
}
"""Answers of every operation beside its own."""
