"""How is told which plan of zones is shown?"""

from typing import Any

from dash import html

from dashboard.i18n.translate import t
from data.reads.zone_facts import PlanFacts, ZoneFacts


def write_plan(plan: PlanFacts, lang: str) -> str:
    """A plan by its name and the time in which it is in force."""
    if plan.superseded_from is None:
        return t("map.plan", lang, name=plan.name, first=plan.adopted_from)
    return t("map.plan.past", lang, name=plan.name, first=plan.adopted_from, until=plan.superseded_from)


def view_plans(plans: tuple[PlanFacts, ...], zone: ZoneFacts | None, lang: str) -> list[Any]:
    """The plans that figures are about, and whether they were in force in the period."""
    tags = [html.Span(write_plan(plan, lang), className="tag plan") for plan in plans]
    if zone is not None and not zone.in_force:
        title = t("map.plan.other.help", lang)
        tags.append(html.Span(t("map.plan.other", lang), className="tag not-permitted", title=title))
    return tags
