"""Which sentences does the planner say in the browser, where no server is asked?"""

from dashboard.i18n.translate import t, texts

PREFIX = "zones.say."


def browser_words(lang: str) -> dict[str, str]:
    """The sentences of `assets/7*_zones_*.js` by their last part, holes such as `{n}` left open."""
    names = [key.removeprefix(PREFIX) for key in texts(lang) if key.startswith(PREFIX)]
    return {name: t(f"zones.say.{name}", lang) for name in names}
