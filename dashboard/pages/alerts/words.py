"""Which sentences does the page of alerts say in the browser, where no server is asked?"""

from dashboard.i18n.translate import t, texts
from data.accounts.permissions import Role
from geo.status import CaseStatus

PREFIX = "alerts.say."


def browser_words(lang: str) -> dict[str, str]:
    """The sentences of `assets/9*_alerts_*.js` by their last part, holes such as `{n}` open; states and roles."""
    names = [key.removeprefix(PREFIX) for key in texts(lang) if key.startswith(PREFIX)]
    said = {name: t(f"alerts.say.{name}", lang) for name in names}
    states = {f"status_{status.key}": t(f"status.{status.key}", lang) for status in CaseStatus}
    return said | states | {f"role_{role.value}": t(f"role.{role.value}", lang) for role in Role}
