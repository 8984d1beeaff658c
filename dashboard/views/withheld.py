"""How does a figure look that may not be told, because there are none or too few incidents of sensitive classes?

Zero is 0, no data is a dash, what is filtered out is not there; this is none of them. It is no "fewer than five"
either: over several weeks there may be more, of which no week had enough.
"""

from dashboard.i18n.translate import t
from data.reads.question import Question


def write_withheld(lang: str) -> str:
    """What stands in the place of the figure."""
    return t("map.withheld.short", lang)


def explain_withheld(question: Question, lang: str) -> str:
    """What that means."""
    return t("map.withheld", lang, n=question.minimum_count or 0)
