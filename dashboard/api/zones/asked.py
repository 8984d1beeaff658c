"""What do the routes of plans share: ids, keys of requests, answers?"""

from typing import Annotated

from fastapi import Header, Path

from data.zoning.plan_errors import PlanValueInvalid

MOST_KEY = 255

PlanId = Annotated[int, Path(alias="id", ge=1, lt=2**31, description="Id of the plan.")]
RequestKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="A key of yours: a request that is sent again is carried out once."),
]


def usable_key(key: str | None) -> str | None:
    """The key of a request.

    Raises:
        PlanValueInvalid: It cannot be stored.
    """
    if key is not None and not (0 < len(key) <= MOST_KEY and key.isascii() and key.isprintable()):
        cause = f"It is not 1 to {MOST_KEY} printable ASCII characters."
        raise PlanValueInvalid("Idempotency-Key", cause, "Send a UUID, for example.")
    return key
