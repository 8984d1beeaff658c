"""What does the table say about one request?"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import orjson

from dashboard.auth.route_permissions import MESSAGES, OUTPUTS, ROUTES, Need

Methods = Mapping[str, Need]
_PARAMETER = re.compile(r"{\w+(:path)?}")


class RouteTable:
    """Finds the line of a path; plain paths by one look-up, templates by their first part."""

    def __init__(self, lines: Mapping[tuple[str, str], Need]) -> None:
        self._plain: dict[str, dict[str, Need]] = defaultdict(dict)
        self._templates: dict[str, dict[re.Pattern[str], dict[str, Need]]] = defaultdict(dict)
        for (method, path), need in lines.items():
            self._methods_at(path)[method] = need

    def methods_at(self, path: str) -> Methods:
        """Need by method of the path; empty where the table does not list it. HEAD goes with GET."""
        found = self._plain.get(path)
        if found is not None:
            return found
        for pattern, methods in self._templates.get(_first_part(path), {}).items():
            if pattern.fullmatch(path):
                return methods
        return {}

    def _methods_at(self, path: str) -> dict[str, Need]:
        if "{" not in path:
            return self._plain[path]
        return self._templates[_first_part(path)].setdefault(_pattern(path), {})


def need_of(method: str, path: str) -> Need | None:
    """What the request needs; None where no line says it."""
    return TABLE.methods_at(path).get("GET" if method == "HEAD" else method)


def needs_of_output(output: str) -> frozenset[Need] | None:
    """What a callback needs that writes this output, as Dash spells it: one, or `..a.x...b.y..` for several.

    Returns:
        None where a part of it is in no line.

    >>> sorted(needs_of_output("..map-newest.children...map-view.exportPng.."))
    [<Permission.EXPORT: 'export'>, <Permission.INCIDENTS: 'incidents'>]
    """
    parts = output[2:-2].split("...") if output.startswith("..") and output.endswith("..") else [output]
    needs = [_need_of_part(part) for part in parts]
    found = frozenset(need for need in needs if need is not None)
    return found if None not in needs else None


def need_of_message(kind: object) -> Need | None:
    """What a live message of the kind needs; None where no line says it."""
    return MESSAGES.get(kind) if isinstance(kind, str) else None


def _need_of_part(part: str) -> Need | None:
    component, dot, name = part.rpartition(".")
    family = _family(component) if component.startswith("{") else component
    if family is None or not dot:
        return None
    return _longest(f"{family}.{name}", OUTPUTS)


def _family(text: str) -> str | None:
    """Name of the family that a component id in JSON belongs to."""
    try:
        named = orjson.loads(text).get("family")
    except (orjson.JSONDecodeError, AttributeError):
        return None
    return named if isinstance(named, str) else None


def _longest(text: str, lines: Mapping[str, Need]) -> Need | None:
    fitting: Iterable[str] = (start for start in lines if text.startswith(start))
    best = max(fitting, key=len, default=None)
    return None if best is None else lines[best]


def _first_part(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else ""


def _pattern(path: str) -> re.Pattern[str]:
    places = [(match.start(), match.end(), ".*" if match[1] else "[^/]+") for match in _PARAMETER.finditer(path)]
    text, end = "", 0
    for start, stop, form in places:
        text, end = text + re.escape(path[end:start]) + form, stop
    return re.compile(text + re.escape(path[end:]), re.DOTALL)


TABLE = RouteTable(ROUTES)
"""The table of the whole application."""
