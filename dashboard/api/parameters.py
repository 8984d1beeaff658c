"""Which query parameters do the routes share?"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from data.engine import AsyncRows
from data.reads.city import CityMoment
from data.reads.errors import SelectionInvalid, TextUnusable
from data.reads.incident_filter import IncidentFilter, parse_filter
from data.reads.period import parse_period
from data.reads.question import Question, read_question
from data.reads.whereabouts import read_cells_where

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class QuestionTexts:
    """Unit, period and classes as the address has them."""

    unit: str
    start: str
    end: str
    classes: str
    as_of: str

    async def read(self, conn: AsyncRows, level: str | None = None) -> Question:
        """What they mean in this snapshot."""
        return await read_question(
            conn,
            unit=self.unit,
            level=level,
            start=self.start,
            end=self.end,
            classes=self.classes,
            as_of=self.as_of,
        )


@dataclass(frozen=True, slots=True)
class FilterTexts:
    """Conditions of an incident list as the address has them."""

    status: str
    q: str
    bbox: str
    ids: str

    def parse(self) -> IncidentFilter:
        """What they mean."""
        return parse_filter(self.status, self.q, self.bbox, self.ids)


@dataclass(frozen=True, slots=True)
class WhereTexts:
    """To which part of its unit, or to which units instead, a list is narrowed."""

    part: str
    units: str

    async def narrow(
        self, conn: AsyncRows, question: Question, wanted: IncidentFilter, level: str | None
    ) -> IncidentFilter:
        """The filter with the cells that they mean.

        Raises:
            SelectionInvalid: A unit is named beside units.
        """
        codes = [code.strip() for code in self.units.split(",") if code.strip()]
        if codes and not question.unit.is_city:
            raise SelectionInvalid("units", "Both unit and units are given.", "Give one of them.")
        on = question.period.last
        return replace(wanted, cells=await read_cells_where(conn, question.unit, self.part.strip(), codes, level, on))


def day_of(text: str, moment: CityMoment) -> date | None:
    """The day that `on` names; None where it is empty.

    Raises:
        PeriodInvalid: It names none.
    """
    return parse_period(None, text, moment).last if text else None


async def refuse_nul(request: Request) -> None:
    """Refuse a query or path with a NUL character, which the database cannot even compare with.

    Raises:
        TextUnusable: There is one.
    """
    texts = [*request.query_params.multi_items(), *request.path_params.items()]
    for name, text in texts:
        if "\x00" in f"{name}{text}":
            raise TextUnusable(name.replace("\x00", ""), "The text holds a NUL character.", "Leave it out.")


def versioned_router(tag: str) -> APIRouter:
    """A router for routes below /api/v1; the whole path is each route's own, so that metrics name it."""
    return APIRouter(prefix=PREFIX, tags=[tag], dependencies=[Depends(refuse_nul)])


async def _question_texts(
    unit: Annotated[str, Query(description="Unit code; empty for the whole city.")] = "",
    start: Annotated[
        str,
        Query(alias="from", description="First day (YYYY-MM-DD, city-local, included); default: 30 days in all."),
    ] = "",
    end: Annotated[
        str, Query(alias="to", description="Last day (included); default: the last day with data up to today.")
    ] = "",
    classes: Annotated[
        str,
        Query(alias="class", description="Class codes, group keys, families or scenario keys, separated by commas."),
    ] = "",
    as_of: Annotated[
        str, Query(description="Past moment (ISO 8601) at which everything is told as it stood; empty for now.")
    ] = "",
) -> QuestionTexts:
    return QuestionTexts(unit, start, end, classes, as_of)


async def _filter_texts(
    status: Annotated[
        str, Query(description="Status keys, `open`, `overdue`, `on_time`, `late`, separated by commas.")
    ] = "",
    q: Annotated[str, Query(description="Part of the text or the address, or an external id.")] = "",
    bbox: Annotated[str, Query(description="west,south,east,north in degrees.")] = "",
    ids: Annotated[str, Query(description="Incident ids, separated by commas.")] = "",
) -> FilterTexts:
    return FilterTexts(status, q, bbox, ids)


async def _where_texts(
    part: Annotated[
        str, Query(description="Code of a part of the unit or of a zone; `none`: in no part; `no-zone`: in no zone.")
    ] = "",
    units: Annotated[str, Query(description="Codes of units of one level, separated by commas, instead of unit.")] = "",
) -> WhereTexts:
    return WhereTexts(part, units)


AskedQuestion = Annotated[QuestionTexts, Depends(_question_texts)]
AskedFilter = Annotated[FilterTexts, Depends(_filter_texts)]
AskedWhere = Annotated[WhereTexts, Depends(_where_texts)]
AskedDay = Annotated[
    str, Query(alias="on", description="Day (YYYY-MM-DD) whose plans count for zones; empty is today.")
]
AskedLevel = Annotated[str, Query(alias="level", description="Level of the unit, where a code stands on several.")]
