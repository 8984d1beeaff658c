"""Which fields do the bodies about figures of handling have?"""

from datetime import date, datetime

from pydantic import BaseModel, Field

LEFT_OUT = "Whether cases of sensitive classes, which the account does not see, are no part of any number here."


class PartsBody(BaseModel):
    """Numerator and denominator; `value` is their share, 0 to 1, and null where nothing is in the denominator.

    `unknown` cases belong to neither: something has to be known of them that is not.
    """

    numerator: int
    denominator: int
    unknown: int
    value: float | None


class FigureCountBody(BaseModel):
    """A figure as it happened, and without cases for which an appeal was granted."""

    factual: PartsBody
    adjusted: PartsBody


class CaseFigureBody(FigureCountBody):
    """A figure of handling in a summary; `value` is the factual one."""

    formula: str
    value: float | None
    share: float | None


class FormulaBody(BaseModel):
    """What a figure is; `collected` is false where nothing here collects it: without data, which is not zero."""

    key: str
    zh: str
    en: str
    moment: str
    better: str
    collected: bool
    formula_zh: str
    formula_en: str


class SubjectBody(BaseModel):
    """A unit, department or class; code `none` for what belongs to none."""

    code: str
    name: str
    name_en: str
    id: int
    figures: dict[str, FigureCountBody]


class FiguresBody(BaseModel):
    """Figures of the cases that were due in a period: each total is the sum of its items.

    They count what the account may see. `as_of` is the moment that they were looked at: what is due later does not
    count.
    """

    unit: str
    level: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    by: str
    as_of: datetime
    replay: bool = False
    leaves_out_sensitive: bool = Field(False, description=LEFT_OUT)
    boundary_revision: int
    formulas: list[FormulaBody]
    total: dict[str, FigureCountBody]
    items: list[SubjectBody]


class KeptDayBody(BaseModel):
    """A figure of one day, as it stood when the day ended."""

    day: date
    figures: dict[str, FigureCountBody]


class KeptDaysBody(BaseModel):
    """Days that are kept; a day of the period that is missing was not kept."""

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    subject: str
    code: str
    leaves_out_sensitive: bool = Field(False, description=LEFT_OUT)
    items: list[KeptDayBody]


class LeaguePartBody(BaseModel):
    """What a figure brings; `points` is null without data, and then its weight does not count."""

    figure: str
    weight: float
    numerator: int
    denominator: int
    value: float | None
    points: float | None


class LeaguePlaceBody(BaseModel):
    """A line of the table; rank, score (0 to 100) and light are null where there are too few cases."""

    rank: int | None
    code: str
    name: str
    name_en: str
    id: int
    score: float | None
    light: str | None
    parts: list[LeaguePartBody]


class LeagueBody(BaseModel):
    """Units or departments by score, best first, and what the score is made of."""

    unit: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    by: str
    as_of: datetime
    replay: bool = False
    leaves_out_sensitive: bool = Field(False, description=LEFT_OUT)
    adjusted: bool
    at_least: int
    green: float
    yellow: float
    formulas: list[FormulaBody]
    items: list[LeaguePlaceBody]
