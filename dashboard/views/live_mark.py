"""How does a page show whether it is live? A mark in its header; the browser fills it in (`assets/15_live.js`)."""

from dash import html

from dashboard import ids
from dashboard.i18n.translate import t
from dashboard.views.patches import attributes

STATES = ("live", "late", "lost", "crowded")


def view_live_mark(lang: str) -> html.Span:
    """The mark, hidden until the browser listens; `{age}` in its words is how old the picture is."""
    words = {f"data-{state}": t(f"live.{state}", lang) for state in STATES}
    return html.Span(
        id=ids.LIVE_MARK, className="live-mark", hidden=True, title=t("live.title", lang), **attributes(words)
    )
