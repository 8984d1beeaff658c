"""What stands around the content of pages for people who have not signed in? Pure: HTML out; no script is needed."""

from dataclasses import dataclass
from html import escape

from dashboard.i18n.translate import language_tag
from dashboard.index import Visitor


@dataclass(frozen=True, slots=True)
class Outline:
    """A page but for its content.

    Attributes:
        title: Of the page, as plain text.
        product, line: Name of the product, and what stands below it.
        style: Address of the style sheet.
        head: More of the head, as HTML.
        foot: What follows the content, as HTML.
    """

    title: str
    product: str
    line: str
    style: str
    head: str = ""
    foot: str = ""


def outer_page(visitor: Visitor, outline: Outline, content: str) -> str:
    """The whole page around its content, which is HTML."""
    return f"""<!DOCTYPE html>
<html lang="{language_tag(visitor.lang)}" data-theme="{visitor.theme}" data-mantine-color-scheme="{visitor.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{visitor.theme}">
<title>{escape(outline.title)} · {outline.product}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{outline.style}">
{outline.head}
</head>
<body>
<main>
<header><span class="mark" aria-hidden="true"></span><h1>{outline.product}</h1><p>{outline.line}</p></header>
{content}
</main>
{outline.foot}
</body>
</html>
"""
