"""Where do the reasons of a zone and of two neighbours stand?"""

from typing import Any

from dash import html

from dashboard import ids


def view_reasons() -> list[Any]:
    """Empty places for the zone, the pair and the stability; filled in the browser."""
    return [
        html.Section(id=ids.REASONS_ZONE, className="panel-card reasons"),
        html.Section(id=ids.REASONS_PAIR, className="panel-card reasons"),
        html.Section(id=ids.STABILITY, className="panel-card"),
    ]
