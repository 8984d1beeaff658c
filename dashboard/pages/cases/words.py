"""Which sentences does the page of cases say in the browser, where no server is asked?"""

from dashboard.i18n.translate import t, texts
from data.accounts.permissions import Role
from geo.status import CaseStatus

PREFIX = "cases.say."


def browser_words(lang: str) -> dict[str, str]:
    """The sentences of `assets/8*_cases_*.js` by their last part, holes such as `{n}` left open; states and roles."""
    names = [key.removeprefix(PREFIX) for key in texts(lang) if key.startswith(PREFIX)]
    said = {name: t(f"cases.say.{name}", lang) for name in names}
    roles = {f"role_{role.value}": t(f"role.{role.value}", lang) for role in Role}
    return said | roles | {f"status_{status.key}": t(f"status.{status.key}", lang) for status in CaseStatus}
