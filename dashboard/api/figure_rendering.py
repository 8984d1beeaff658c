"""How do figures of handling become bodies?"""

from collections.abc import Iterable

from dashboard.api.figure_bodies import (
    CaseFigureBody,
    FigureCountBody,
    FiguresBody,
    FormulaBody,
    LeagueBody,
    LeaguePartBody,
    LeaguePlaceBody,
    PartsBody,
    SubjectBody,
)
from data.figures.counting import Counts, Parts
from data.figures.definition import FigureDefinition
from data.figures.league import LeagueRules, Place, ScoredPart
from data.figures.read import Figures, Subject

_FORMULA = tuple(FormulaBody.model_fields)


def figures_body(found: Figures, figures: Iterable[FigureDefinition]) -> FiguresBody:
    """Figures of a question."""
    question = found.question
    return FiguresBody(
        unit=question.unit.code,
        level=question.unit.level,
        first=question.period.first,
        last=question.period.last,
        by=found.by,
        as_of=found.now,
        replay=question.moment.is_replay,
        leaves_out_sensitive=bool(question.withheld_ids),
        boundary_revision=question.moment.boundary_revision,
        formulas=[formula_body(figure) for figure in figures],
        total=count_bodies(found.total),
        items=[_subject_body(subject) for subject in found.items],
    )


def league_body(found: Figures, places: Iterable[Place], rules: LeagueRules) -> LeagueBody:
    """A league table."""
    question = found.question
    return LeagueBody(
        unit=question.unit.code,
        first=question.period.first,
        last=question.period.last,
        by=found.by,
        as_of=found.now,
        replay=question.moment.is_replay,
        leaves_out_sensitive=bool(question.withheld_ids),
        adjusted=rules.adjusted,
        at_least=rules.at_least,
        green=rules.green,
        yellow=rules.yellow,
        formulas=[formula_body(figure) for figure in rules.figures],
        items=[_place_body(place) for place in places],
    )


def formula_body(figure: FigureDefinition) -> FormulaBody:
    """What a figure is."""
    return FormulaBody.model_validate({name: getattr(figure, name) for name in _FORMULA})


def count_bodies(figures: Counts) -> dict[str, FigureCountBody]:
    """Figures by key."""
    return {
        key: FigureCountBody(factual=_parts_body(found.factual), adjusted=_parts_body(found.adjusted))
        for key, found in figures.items()
    }


def case_figure_bodies(figures: Counts) -> dict[str, CaseFigureBody]:
    """The same as part of a summary."""
    return {
        key: CaseFigureBody(**count.model_dump(), formula=f"formula.{key}", value=count.factual.value, share=None)
        for key, count in count_bodies(figures).items()
    }


def _parts_body(parts: Parts) -> PartsBody:
    return PartsBody(numerator=parts.numerator, denominator=parts.denominator, unknown=parts.unknown, value=parts.value)


def _subject_body(subject: Subject) -> SubjectBody:
    named = {"code": subject.code, "name": subject.name, "name_en": subject.name_en, "id": subject.id}
    return SubjectBody.model_validate({**named, "figures": count_bodies(subject.figures)})


def _place_body(place: Place) -> LeaguePlaceBody:
    subject = place.subject
    return LeaguePlaceBody(
        rank=place.rank,
        code=subject.code,
        name=subject.name,
        name_en=subject.name_en,
        id=subject.id,
        score=place.score,
        light=place.light,
        parts=[_part_body(part) for part in place.parts],
    )


def _part_body(scored: ScoredPart) -> LeaguePartBody:
    return LeaguePartBody(
        figure=scored.part.figure.key,
        weight=scored.part.weight,
        numerator=scored.parts.numerator,
        denominator=scored.parts.denominator,
        value=scored.parts.value,
        points=scored.points,
    )
