"""What does a display see while its key is exchanged, and when the key opens nothing?

The key stands behind the # of the address: no browser sends that part, so it is in no log, no Referer and no proxy. The
script takes it out of the address before anything else and posts it; without a script nothing is sent anywhere.
"""

from pathlib import Path

from dashboard.i18n.translate import language_tag
from dashboard.index import Visitor
from dashboard.pages.login.texts import login_texts

SCRIPT = Path(__file__).parent / "enter.js"


def wall_page(visitor: Visitor, *, refused: bool) -> str:
    """The page at the address of the link; `refused` after a key that opens nothing."""
    texts = login_texts(visitor.lang)
    tag = language_tag(visitor.lang)
    said = texts["wall.refused" if refused else "wall.entering"]
    role = "alert" if refused else "status"
    form = (
        "" if refused else '<form method="post" action="/wall/enter" id="entry"><input type="hidden" name="key"></form>'
    )
    script = "" if refused else '<script src="/wall/enter.js" defer></script>'
    return f"""<!DOCTYPE html>
<html lang="{tag}" data-theme="{visitor.theme}" data-mantine-color-scheme="{visitor.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{texts["wall"]} · {texts["product"]}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/login/style.css">
</head>
<body>
<main>
<header><span class="mark" aria-hidden="true"></span><h1>{texts["product"]}</h1><p>{texts["wall"]}</p></header>
<p class="{"notice" if refused else "told"}" role="{role}" id="said" data-missing="{texts["wall.missing"]}">{said}</p>
{form}
</main>
{script}
</body>
</html>
"""
