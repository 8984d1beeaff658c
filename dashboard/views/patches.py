"""How does an element say what a click on it changes in the address?"""

import json
from collections.abc import Mapping
from typing import Any

from dash import html

from data.reads.zone_facts import ZONE


def attributes(given: Mapping[str, str]) -> dict[str, Any]:
    """Attributes whose names hold a hyphen (`aria-…`, `data-…`), for `**`."""
    return dict(given)


def patch_button(children: Any, change: Mapping[str, str | None], **more: Any) -> html.Button:
    """A button that changes the state of the page in the browser, without a callback.

    Args:
        change: Keys of the address to set; None takes a key away.
    """
    return html.Button(
        children, type="button", **attributes({"data-patch": json.dumps(dict(change), ensure_ascii=False)}), **more
    )


def to_unit(code: str, level: str, **more: str | None) -> dict[str, str | None]:
    """The change that leads to a unit; with its level, as the code alone may stand on several.

    The way to a zone is the way into the tree of zones.

    Args:
        code: Empty for the whole city.
        more: What else changes.
    """
    into: dict[str, str | None] = {"level": level} if level == ZONE else {}
    return {"unit": code, "at": level if code else None, **into, **more}


def action_button(children: Any, action: str, **more: Any) -> html.Button:
    """A button that runs a named action of `assets/20_actions.js`."""
    return html.Button(children, type="button", **attributes({"data-action": action}), **more)


def icon(name: str) -> html.Span:
    """A monochrome sign from `assets/icons`, in the colour of the text."""
    return html.Span(className=f"icon icon-{name}", **attributes({"aria-hidden": "true"}))
