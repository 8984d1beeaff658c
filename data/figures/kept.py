"""Which figures of a period's days are kept about the city, a unit, a department or a class?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from data.engine import AsyncRows
from data.figures.counting import FigureCount, Parts, add
from data.figures.errors import FigureQuestionInvalid
from data.figures.read import NO_ONE
from data.reads.period import Period
from data.reads.rows import fetch_all, fetch_one

_IDS: Mapping[str, str] = {
    "unit": "SELECT max(id) AS id FROM unit WHERE code = %(code)s AND ended_revision_id IS NULL",
    "department": "SELECT id FROM department WHERE key = %(code)s",
    "class": "SELECT id FROM incident_class WHERE code = %(code)s",
}
SUBJECTS = ("city", *_IDS)
_DAYS = """
SELECT
    kept.day, part.figure, part.numerator, part.denominator, part.unknown, part.adjusted_numerator,
    part.adjusted_denominator, part.adjusted_unknown
FROM figure_day_kept AS kept
LEFT JOIN figure_day AS part
    ON part.day = kept.day
    AND part.subject = %(subject)s
    AND part.subject_id = %(id)s
    AND part.figure = ANY(%(figures)s)
WHERE kept.day BETWEEN %(first)s AND %(last)s
ORDER BY kept.day, part.figure, part.sensitive
"""


@dataclass(frozen=True, slots=True)
class _Id:
    id: int | None


@dataclass(frozen=True, slots=True)
class _Day:
    day: date
    figure: str | None
    numerator: int | None
    denominator: int | None
    unknown: int | None
    adjusted_numerator: int | None
    adjusted_denominator: int | None
    adjusted_unknown: int | None

    def count(self) -> FigureCount:
        return FigureCount(
            Parts(self.numerator or 0, self.denominator or 0, self.unknown or 0),
            Parts(self.adjusted_numerator or 0, self.adjusted_denominator or 0, self.adjusted_unknown or 0),
        )


def parse_subject(text: str) -> str:
    """The kind of subject that a text names; the city where it is empty.

    Raises:
        FigureQuestionInvalid: It names none.
    """
    if text and text not in SUBJECTS:
        raise FigureQuestionInvalid("subject", f"{text!r} is not kept.", f"Use one of: {', '.join(SUBJECTS)}.")
    return text or "city"


async def read_kept_days(
    conn: AsyncRows, period: Period, subject: str, code: str, figures: Sequence[str]
) -> dict[date, dict[str, FigureCount]]:
    """Figures by day and key; a figure of no case is zero, a day that is not kept is left out.

    Raises:
        FigureQuestionInvalid: There is no such subject.
    """
    values = {"subject": subject, "id": await _id(conn, subject, code), "figures": list(figures)}
    rows = await fetch_all(conn, _Day, _DAYS, {**values, "first": period.first, "last": period.last})
    found: dict[date, dict[str, FigureCount]] = {}
    for row in rows:
        day = found.setdefault(row.day, {key: FigureCount() for key in figures})
        if row.figure is not None:
            found[row.day] = add(day, {row.figure: row.count()})
    return found


async def _id(conn: AsyncRows, subject: str, code: str) -> int:
    if subject == "city" or (subject == "department" and code == NO_ONE):
        return 0
    row = await fetch_one(conn, _Id, _IDS[subject], {"code": code})
    if row is None or row.id is None:
        raise FigureQuestionInvalid(
            "subject_code", f"There is no {subject} {code!r}.", "Take one from /api/v1/figures."
        )
    return row.id
