"""What is known of one thing that happened to a case?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from data.cases.action import Act


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One entry of a case's log; entries are never changed or removed.

    Attributes:
        seq: 1, 2, 3 … within the case.
        at: When it happened, aware.
        act: What was done.
        account_id: Who did it; None for the program and for what came in by an import.
        department_id: Department in whose name it was done, None outside departments.
        facts: Fields of the act, and what was decided with them, such as the limit of a dispatch.
        account_name: Login name of who did it.
        account_role: Role in which they did it, by its key; None where that is not known.
    """

    seq: int
    at: datetime
    act: Act
    account_id: int | None = None
    department_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    account_name: str | None = None
    account_role: str | None = None
