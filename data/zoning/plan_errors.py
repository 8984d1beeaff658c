"""What stops somebody from reading, changing or adopting a plan of zones?"""

from collections.abc import Mapping, Sequence

from data.reads.errors import NothingFound, RequestRefused


class PlanUnknown(NothingFound):
    """No plan that the asker may open has the id."""

    def __init__(self, plan_id: int) -> None:
        super().__init__("id", f"There is no plan {plan_id}.", "Take an id from /api/v1/zones/plans.")
        self.plan_id = plan_id


class PartUnknown(NothingFound):
    """A comment, team, place or step that is named does not exist."""


class PlanRefused(RequestRefused):
    """What is asked of a plan cannot be done; `facts` say more to a program."""

    def __init__(self, field: str, cause: str, remedy: str, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(field, cause, remedy)
        self.facts = dict(facts or {})


class PlanValueInvalid(PlanRefused):
    """A value that is to be stored with a plan cannot be used."""


class PlanOutdated(PlanRefused):
    """Somebody else changed the plan since the version that was looked at; nothing was done."""

    def __init__(self, version: int, since: Sequence[Mapping[str, object]]) -> None:
        names = sorted({str(step["who"]) for step in since})
        who = f" by {', '.join(names)}" if names else ""
        super().__init__(
            "version",
            f"The plan was changed meanwhile{who} and is at version {version}.",
            "Read the changes, then try again with this version.",
            {"version": version, "since": list(since)},
        )
        self.version = version


class PlanSettled(PlanRefused):
    """The state of the plan does not allow it."""

    def __init__(self, state: str, remedy: str) -> None:
        super().__init__("state", f"The plan is in the state {state!r}.", remedy, {"state": state})


class PlanStale(PlanRefused):
    """The units of the plan are not those of today's boundaries."""

    def __init__(self, plan_revision: int, revision: int) -> None:
        super().__init__(
            "boundary_revision",
            f"The plan divides the units of boundary revision {plan_revision}; they changed by revision {revision}.",
            "Make a new plan from this one: units that are still there keep their zone.",
            {"boundary_revision": plan_revision, "present_revision": revision},
        )


class NothingToRepeat(PlanRefused):
    """There is no step to take back, or none to make again."""


class MoveNotMade(PlanRefused):
    """A change of zones would break the plan."""

    def __init__(self, reason: str, cause: str, remedy: str, units: Sequence[str], zone: int | None) -> None:
        super().__init__("units", cause, remedy, {"reason": reason, "units": list(units), "zone": zone})
        self.reason = reason
        self.units = tuple(units)


class OutsideArea(PlanRefused):
    """The unit is seen from below, as the way to the own area, and is not the asker's to divide."""

    def __init__(self, code: str) -> None:
        super().__init__("within", f"The unit {code!r} reaches beyond your area.", "Name your area, or a unit in it.")


class PlanUnfit(PlanRefused):
    """The plan cannot be adopted as it is."""


class PlanOverlaps(PlanRefused):
    """Another plan is in force for the same units at that time."""


class NotTheSameRequest(PlanRefused):
    """An Idempotency-Key was used before, for another request."""
