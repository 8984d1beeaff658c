"""What do the unit, period and class fields of a question mean at this moment?"""

from dataclasses import dataclass

from data.engine import AsyncRows
from data.reads.city import CityMoment, read_moment
from data.reads.classes import read_class_filter
from data.reads.errors import MomentUnavailable
from data.reads.past import look_back
from data.reads.period import Period, parse_period
from data.reads.units import Unit, read_unit


@dataclass(frozen=True, slots=True)
class Question:
    """The incidents of a unit and period, of some classes or (None) of all, in one snapshot.

    Zones are those of the plans in force when the period ends.
    """

    moment: CityMoment
    unit: Unit
    period: Period
    class_ids: frozenset[int] | None = None

    @property
    def withheld_ids(self) -> frozenset[int]:
        """Sensitive classes among those asked for, of which the reader knows what is released."""
        withheld = frozenset(self.moment.withheld_ids)
        return withheld if self.class_ids is None else withheld & self.class_ids

    @property
    def minimum_count(self) -> int | None:
        """From how many on incidents of sensitive classes are counted in the answer; None where it is exact."""
        return self.moment.minimum_count if self.withheld_ids else None

    @property
    def leaves_out_sensitive(self) -> bool:
        """Whether figures of a past moment leave sensitive classes out, as what is released of them has no past."""
        return self.moment.is_replay and bool(self.withheld_ids)

    @property
    def is_withheld(self) -> bool:
        """Whether all classes asked for are such."""
        return self.class_ids is not None and self.class_ids <= frozenset(self.moment.withheld_ids)

    def hides(self, reported: int) -> bool:
        """Whether so many reported incidents stand for none or for too few to be told, which look the same."""
        return self.is_withheld and reported == 0


async def read_question(
    conn: AsyncRows,
    *,
    unit: str | None = None,
    level: str | None = None,
    start: str | None = None,
    end: str | None = None,
    classes: str | None = None,
    as_of: str | None = None,
) -> Question:
    """Resolve the texts of the address, all optional.

    Args:
        unit: Code; empty means the whole city.
        level: Level of the code, needed only where a code stands on several levels.
        start: First day, YYYY-MM-DD, city-local.
        end: Last day, included.
        classes: See `read_class_filter`.
        as_of: A past moment at which everything is read in this transaction from here on; empty for the present.

    Raises:
        RequestRefused: A text cannot be used.
        CityEmpty: No units are loaded.
    """
    moment = await read_moment(conn)
    if as_of:
        moment = await look_back(conn, moment, as_of)
    period = parse_period(start, end, moment)
    found = await read_unit(conn, unit, level, period.last)
    question = Question(moment, found, period, await read_class_filter(conn, classes))
    if moment.is_replay and question.is_withheld:
        raise MomentUnavailable(
            "as_of", "What is released of these classes has no past.", "Leave as_of empty, or ask for other classes."
        )
    return question
