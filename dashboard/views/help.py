"""Which keys does the page know?"""

from typing import Any

from dash import html

from dashboard.i18n.translate import t

KEYS = (
    (("/",), "search"),
    (("↑", "↓"), "lists"),
    (("Enter",), "open"),
    (("Backspace",), "up"),
    (("Esc",), "close"),
    (("p",), "play"),
    (("r",), "replay"),
    (("b",), "box"),
    (("l",), "lasso"),
    (("Shift", "Ctrl"), "add"),
    (("t",), "theme"),
    (("e",), "lang"),
    (("?",), "help"),
)


def view_help(lang: str) -> Any:
    """Keys and what each does."""
    parts = [
        part
        for keys, name in KEYS
        for part in (html.Dt([html.Kbd(key) for key in keys]), html.Dd(t(f"help.{name}", lang)))
    ]
    return html.Dl(parts, className="keys")
