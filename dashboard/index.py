"""What does the browser get before any script runs, so that the first frame has the right theme and language?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dash import Dash

from dashboard.i18n.translate import LANGUAGES, language_tag, t
from dashboard.pages.map.state import THEMES
from dashboard.theme.tokens import css_variables

ONLY_ON = {
    "zones": ("/zones",),
    "cases": ("/cases",),
    "alerts": ("/alerts",),
    "wall": ("/wall",),
    "remote": ("/wall/remote", "/cases"),
}
"""Beginnings of names in the assets folder, after the number of their order, and the pages that need them."""

PACKAGES_ONLY_ON = {"dash_ag_grid": "/cases"}
"""Component packages that one page alone needs; they are large."""

INDEX = """<!DOCTYPE html>
<html{%root%}>
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
<style>{%tokens%}</style>
{%css%}
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""


@dataclass(frozen=True, slots=True)
class Visitor:
    """How this visitor wants the page: from the address, else the cookie of the last visit, else the default."""

    theme: str
    lang: str


def visitor_of(query: Mapping[str, str], cookies: Mapping[str, str], default_lang: str) -> Visitor:
    """Theme and language for one request."""
    return Visitor(
        theme=_first((query.get("theme"), cookies.get("minqing_theme"), THEMES[0]), THEMES),
        lang=_first((query.get("lang"), cookies.get("minqing_lang"), default_lang), LANGUAGES),
    )


def _first(offers: tuple[str | None, ...], allowed: tuple[str, ...]) -> str:
    return next((offer for offer in offers if offer in allowed), allowed[0])


class DashboardApp(Dash):
    """Dash whose index page knows the visitor, and of which edition it is."""

    def __init__(self, default_lang: str, edition: str, **options: Any) -> None:
        self.default_lang = default_lang
        self.edition = edition
        super().__init__(index_string=INDEX, **options)

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]  # all parts come by name
        """The index page with language and theme on its root element."""
        request = self.backend.request_adapter()
        visitor = visitor_of(request.args, request.cookies, self.default_lang)
        parts["app_entry"] = _app_entry(visitor.lang)
        for part in ("css", "scripts"):
            parts[part] = files_of_page(str(parts[part]), str(request.path))
        interpolate: Any = super().interpolate_index
        page = str(interpolate(**parts))
        root = f'{_root_attributes(visitor)} data-edition="{self.edition}"'
        return page.replace("{%root%}", root).replace("{%tokens%}", css_variables())


def files_of_page(tags: str, path: str) -> str:
    """The tags without files of our own that another page alone needs.

    Args:
        tags: Script and style tags of all pages.
        path: Address of the page; pages are left and entered by a full load.
    """
    for package, page in PACKAGES_ONLY_ON.items():
        if page != path:
            tags = re.sub(rf'<script src="[^"]*/_dash-component-suites/{package}/[^"]*"></script>', "", tags)
    others = [name for name, pages in ONLY_ON.items() if path not in pages]
    for name in others:
        tags = re.sub(rf'<script src="[^"]*/assets/\d+_{name}_[^"]*"></script>', "", tags)
        tags = re.sub(rf'<link rel="stylesheet" href="[^"]*/assets/{name}_[^"]*">', "", tags)
    return tags


def _root_attributes(visitor: Visitor) -> str:
    return (
        f' lang="{language_tag(visitor.lang)}" data-lang="{visitor.lang}" data-theme="{visitor.theme}"'
        f' data-mantine-color-scheme="{visitor.theme}"'
    )


def _app_entry(lang: str) -> str:
    name = t("app.name", lang)
    return f'<div id="react-entry-point"><div class="splash"><span class="splash-mark"></span>{name}</div></div>'


def not_found_page(visitor: Visitor) -> str:
    """What stands at an address that is no page."""
    return _plain_page(visitor, t("app.not_found", visitor.lang), t("app.not_found.text", visitor.lang))


def failure_page(visitor: Visitor, reference: str) -> str:
    """What is shown instead of a page that could not be made.

    Args:
        reference: Mark of the line in the log.
    """
    return _plain_page(visitor, t("app.failed", visitor.lang), t("app.failed.text", visitor.lang, reference=reference))


def _plain_page(visitor: Visitor, title: str, text: str) -> str:
    back = t("app.to_map", visitor.lang)
    return (
        f'<!DOCTYPE html><html{_root_attributes(visitor)}><head><meta charset="UTF-8"><title>{title}</title>'
        f'<style>{css_variables()}</style><link rel="stylesheet" href="/assets/app.css"></head>'
        f'<body><main class="splash"><div><h1>{title}</h1><p class="quiet">{text}</p>'
        f'<p><a href="/map">{back}</a></p></div></main></body></html>'
    )
