"""Where does the drawer of a new case stand before anybody opens it?"""

from dash import html

from dashboard import ids
from dashboard.views.patches import attributes


def layout() -> html.Aside:
    """The empty drawer; `assets/8*_cases_new_*.js` fill it when somebody begins a case."""
    names = attributes({"role": "dialog", "aria-labelledby": "cases-new-title"})
    return html.Aside(id=ids.CASES_FORM, className="cases-form", hidden=True, **names)
