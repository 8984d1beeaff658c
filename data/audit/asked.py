"""What does an entry say about a question that was asked: where, when, which, but never what was typed?"""

from datetime import date

from data.audit.entry import Action, Entry, ObjectKind
from data.reads.incident_filter import IncidentFilter
from data.reads.incidents import IncidentDetail
from data.reads.question import Question


def about_question(
    action: Action, object_kind: ObjectKind, question: Question, wanted: IncidentFilter | None = None, **more: object
) -> Entry:
    """An entry for a list or an export.

    A text that was searched for is told by its length: it could be somebody's number.

    Args:
        action: What was done.
        object_kind: Of what, such as incidents.
        question: Unit, period and classes.
        wanted: Conditions of the list.
        more: What else there is to say, such as the format.
    """
    period: dict[str, object] = {"from": _day(question.period.first), "to": _day(question.period.last)}
    classes = None if question.class_ids is None else len(question.class_ids)
    past = {"as_of": question.moment.as_of.isoformat()} if question.moment.is_replay else {}
    detail = {"unit": question.unit.code} | period | past | {"classes": classes} | _conditions(wanted) | more
    return Entry(action, object_kind, unit_ids=(question.unit.id,), detail=detail)


def about_incident(detail: IncidentDetail) -> Entry:
    """An entry for one incident whose text was shown."""
    units = tuple(unit.id for unit in detail.located)
    return Entry(Action.INCIDENT_VIEWED, "incident", str(detail.incident.id), unit_ids=units[-1:])


def _conditions(wanted: IncidentFilter | None) -> dict[str, object]:
    if wanted is None:
        return {}
    return {
        "statuses": wanted.statuses,
        "figures": wanted.figures,
        "searched_characters": len(wanted.text) or None,
        "box": None if wanted.box is None else str(wanted.box),
        "ids": None if wanted.ids is None else len(wanted.ids),
        "cells": None if wanted.cells is None else len(wanted.cells),
    }


def _day(day: date) -> str:
    return day.isoformat()
