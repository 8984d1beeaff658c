"""Which sentences does the remote say in the browser, where no server is asked?"""

import json

from dash import html

from dashboard import ids
from dashboard.i18n.translate import t, texts

PREFIX = "remote.say."


def remote_words(lang: str) -> html.Div:
    """The sentences of `assets/9*_remote_*.js` by their last part, holes such as `{n}` open, in a hidden element."""
    names = [key.removeprefix(PREFIX) for key in texts(lang) if key.startswith(PREFIX)]
    said = {name: t(f"remote.say.{name}", lang) for name in names}
    return html.Div(json.dumps(said, ensure_ascii=False), id=ids.REMOTE_WORDS, hidden=True)
