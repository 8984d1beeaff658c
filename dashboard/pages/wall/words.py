"""Which sentences and colours does the wall use in the browser, where no server is asked?"""

from dashboard.i18n.translate import t, texts
from data.accounts.permissions import Role
from geo.status import CaseStatus
from layers.palette import Theme, ramp

PREFIX = "wall.say."
CLASSES = 5
RAMPS: dict[Theme, dict[str, str]] = {
    "dark": {"water": "water", "overdue": "viridis", "on_time_share": "blue"},
    "light": {"water": "water", "overdue": "heat", "on_time_share": "blue"},
}
"""Ramps by the metric that they stand for; `water` is everybody else's.

On a dark ground the low end of `heat` is a strong red, which nobody reads as few.
"""


def browser_words(lang: str) -> dict[str, str]:
    """The sentences of `assets/9*_wall_*.js` by their last part, holes such as `{n}` open; states and roles."""
    names = [key.removeprefix(PREFIX) for key in texts(lang) if key.startswith(PREFIX)]
    said = {name: t(f"wall.say.{name}", lang) for name in names}
    states = {f"status_{status.key}": t(f"status.{status.key}", lang) for status in CaseStatus}
    return said | states | {f"role_{role.value}": t(f"role.{role.value}", lang) for role in Role}


def browser_ramps(theme: Theme) -> dict[str, tuple[str, ...]]:
    """Colours from low to high, for each kind of amount."""
    return {metric: ramp(name, CLASSES, theme) for metric, name in RAMPS[theme].items()}
