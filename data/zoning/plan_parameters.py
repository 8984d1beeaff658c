"""How was a plan asked for: profile, rules, wishes, seed; read from what a client sends or a plan has stored?"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from data.reads.city import CityMoment
from data.zoning.errors import ZoneQuestionInvalid
from data.zoning.planning_ground import GroundQuestion, PlanningGround
from data.zoning.profile_columns import ProfileWeights
from data.zoning.workload import Workload
from geo.errors import ParameterError
from geo.zoning.problem import Wishes, ZoneRules

PROFILE_DAYS = 90
MOST_SECONDS = 60.0
MOST_NAMED = 20_000
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class WishWeights:
    """Weights of the soft rules; those of the attributes come from the ground."""

    compactness: float = 0.2
    spread: float = 0.0
    in_force: float = 0.0
    post: float = 0.0

    def of(self, ground: PlanningGround) -> Wishes:
        """The wishes for the units of a ground.

        Raises:
            ZoneQuestionInvalid: A weight is negative.
        """
        return accepted("wishes", lambda: ground.wishes(**asdict(self)))


@dataclass(frozen=True, slots=True)
class PlanParameters:
    """What a proposal was asked with.

    Attributes:
        since, until: days of the profile, `until` not included; None for the last 90 days with incidents.
        weights: of the parts of the profile.
        workload: what a unit's work is.
        fence: level that no zone crosses; empty for the one below the city.
        posts: kinds of patrol posts; empty for the configured ones.
        rules: hard rules; None for a plan drawn by hand.
        wishes: soft rules.
        seed, seconds: of the search.
        stable: whether the plan is the one that most plans agree on, not the one of the highest ratio.
    """

    since: date | None = None
    until: date | None = None
    weights: ProfileWeights = field(default_factory=ProfileWeights)
    workload: Workload = Workload.CASES
    fence: str = ""
    posts: tuple[str, ...] = ()
    rules: ZoneRules | None = None
    wishes: WishWeights = field(default_factory=WishWeights)
    seed: int = 7
    seconds: float = 3.0
    stable: bool = False

    def question(self, within: int, base: str, moment: CityMoment) -> GroundQuestion:
        """The question about the ground under a plan.

        Args:
            within: id of the unit that is divided.
            base: key of the level of its units.
            moment: the snapshot; it gives the period where none is named.
        """
        until = self.until or (moment.last_day or moment.today) + timedelta(days=1)
        since = self.since or until - timedelta(days=PROFILE_DAYS)
        return GroundQuestion(within, base, since, until, self.weights, self.workload, self.fence, self.posts)

    def as_json(self) -> dict[str, object]:
        """The same as :func:`parse_parameters` reads it."""
        rules: dict[str, object] = {}
        if self.rules is not None:
            rules = {k: v for k, v in asdict(self.rules).items() if k not in ("zones", "floor")}
            rules |= {name: [list(one) for one in rules[name]] for name in ("together", "apart", "locked")}  # type: ignore[attr-defined]  # tuples
        return {
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "weights": asdict(self.weights),
            "workload": self.workload.value,
            "posts": list(self.posts),
            "zones": None if self.rules is None else self.rules.zones,
            "floor": None if self.rules is None else self.rules.floor,
            "rules": {**rules, "fence_level": self.fence},
            "wishes": asdict(self.wishes),
            "seed": self.seed,
            "seconds": self.seconds,
            "stable": self.stable,
        }


def parse_parameters(given: Mapping[str, object]) -> PlanParameters:
    """Parameters from JSON; what is missing has its default, what is unknown is left alone.

    Raises:
        ZoneQuestionInvalid: A value cannot be used; the field is named.
    """
    rules = _mapping(given, "rules")
    weights = {name: _number(_mapping(given, "weights"), name, "weights.") for name in ProfileWeights.__slots__}
    wishes = {name: _number(_mapping(given, "wishes"), name, "wishes.") for name in WishWeights.__slots__}
    return PlanParameters(
        since=_day(given, "since"),
        until=_day(given, "until"),
        weights=ProfileWeights(**{name: value for name, value in weights.items() if value is not None}),
        workload=_one_of(given, "workload", Workload) or Workload.CASES,
        fence=str(rules.get("fence_level") or ""),
        posts=_names(given.get("posts"), "posts"),
        rules=_rules(given, rules),
        wishes=WishWeights(**{name: value for name, value in wishes.items() if value is not None}),
        seed=_whole(given, "seed", 7, 0, 2**31 - 1),
        seconds=_seconds(given),
        stable=_flag(given, "stable"),
    )


def accepted(field_name: str, make: Callable[[], Value]) -> Value:
    """What `make` gives; a parameter that it refuses becomes an answer for who asked.

    Raises:
        ZoneQuestionInvalid: It refuses one.
    """
    try:
        return make()
    except ParameterError as error:
        cause, _, _ = str(error).partition(": choose")
        raise ZoneQuestionInvalid(f"{field_name}.{error.field}", f"{cause}.", "Choose another value.") from error


def _rules(given: Mapping[str, object], rules: Mapping[str, object]) -> ZoneRules | None:
    zones, floor = _number(given, "zones"), _number(given, "floor")
    if zones is None and floor is None:
        return None
    if zones is not None and zones != int(zones):
        raise ZoneQuestionInvalid("zones", f"{zones} is no whole number.", "Give a whole number of zones.")
    most = _number(rules, "most_members", "rules.")
    bottom = _number(rules, "least_workload", "rules.")
    return accepted(
        "rules",
        lambda: ZoneRules(
            zones=None if zones is None else int(zones),
            floor=floor,
            least_members=_whole(rules, "least_members", 1, 1, MOST_NAMED, "rules."),
            most_members=None if most is None else int(most),
            tolerance=_number(rules, "tolerance", "rules."),
            least_workload=0.0 if bottom is None else bottom,
            most_workload=_number(rules, "most_workload", "rules."),
            together=tuple(_groups(rules, "together", 2, None)),
            apart=tuple((one[0], one[1]) for one in _groups(rules, "apart", 2, 2)),
            locked=tuple((one[0], one[1]) for one in _groups(rules, "locked", 2, 2)),
        ),
    )


def _mapping(given: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = given.get(name) or {}
    if not isinstance(found, Mapping):
        raise ZoneQuestionInvalid(name, "This is no set of named values.", "Give an object.")
    return found


def _number(given: Mapping[str, object], name: str, before: str = "") -> float | None:
    found = given.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ZoneQuestionInvalid(f"{before}{name}", f"{found!r} is no number.", "Give a number, or leave it out.")
    return float(found)


def _whole(given: Mapping[str, object], name: str, usual: int, least: int, most: int, before: str = "") -> int:
    found = _number(given, name, before)
    if found is None:
        return usual
    if found != found or found != int(found) or not least <= found <= most:
        remedy = f"Give a whole number from {least} to {most}."
        raise ZoneQuestionInvalid(f"{before}{name}", f"{found:g} cannot be used.", remedy)
    return int(found)


def _seconds(given: Mapping[str, object]) -> float:
    found = _number(given, "seconds")
    if found is None:
        return 3.0
    if not 0 < found <= MOST_SECONDS:
        raise ZoneQuestionInvalid("seconds", f"{found:g} s cannot be used.", f"Give up to {MOST_SECONDS:g} s.")
    return found


def _flag(given: Mapping[str, object], name: str) -> bool:
    found = given.get(name)
    if found is not None and not isinstance(found, bool):
        raise ZoneQuestionInvalid(name, f"{found!r} is neither true nor false.", "Give true or false.")
    return bool(found)


def _day(given: Mapping[str, object], name: str) -> date | None:
    found = given.get(name)
    if found is None or found == "":
        return None
    try:
        return date.fromisoformat(str(found))
    except ValueError as error:
        raise ZoneQuestionInvalid(name, f"{found!r} is no date.", "Write it as YYYY-MM-DD.") from error


def _one_of(given: Mapping[str, object], name: str, kind: type[Workload]) -> Workload | None:
    found = given.get(name)
    if found is None:
        return None
    if found not in list(kind):
        raise ZoneQuestionInvalid(name, f"There is no {name} {found!r}.", f"Use one of: {', '.join(kind)}.")
    return kind(str(found))


def _names(found: object, name: str) -> tuple[str, ...]:
    if found is None:
        return ()
    if not isinstance(found, list | tuple) or len(found) > MOST_NAMED or not all(isinstance(one, str) for one in found):
        raise ZoneQuestionInvalid(name, "This is no list of texts.", "Give a list such as ['a', 'b'].")
    return tuple(found)


def _groups(rules: Mapping[str, object], name: str, least: int, most: int | None) -> list[tuple[str, ...]]:
    found = rules.get(name) or []
    if not isinstance(found, list | tuple) or len(found) > MOST_NAMED:
        raise ZoneQuestionInvalid(f"rules.{name}", "This is no list of lists.", "Give lists of unit codes.")
    groups = [_names(one, f"rules.{name}") for one in found]
    if any(len(one) < least or (most is not None and len(one) > most) for one in groups):
        wanted = f"{least} texts" if most else f"{least} or more codes"
        raise ZoneQuestionInvalid(f"rules.{name}", "An entry has too few or too many texts.", f"Give {wanted} in each.")
    return groups
