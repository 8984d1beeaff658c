"""What does a display see while its key is exchanged, and when the key opens nothing?

The key stands behind the # of the address: no browser sends that part, so it is in no log, no Referer and no proxy. The
script takes it out of the address before anything else and posts it; without a script nothing is sent anywhere.
"""

from pathlib import Path

from dashboard.index import Visitor
from dashboard.pages.login.texts import login_texts
from dashboard.pages.outer_page import Outline, outer_page

SCRIPT = Path(__file__).parent / "enter.js"


def wall_page(visitor: Visitor, *, refused: bool) -> str:
    """The page at the address of the link; `refused` after a key that opens nothing."""
    texts = login_texts(visitor.lang)
    said = texts["wall.refused" if refused else "wall.entering"]
    role = "alert" if refused else "status"
    form = (
        "" if refused else '<form method="post" action="/wall/enter" id="entry"><input type="hidden" name="key"></form>'
    )
    script = "" if refused else '<script src="/wall/enter.js" defer></script>'
    content = f"""
<p class="{"notice" if refused else "told"}" role="{role}" id="said" data-missing="{texts["wall.missing"]}">{said}</p>
{form}"""
    outline = Outline(texts["wall"], texts["product"], texts["wall"], "/login/style.css", foot=script)
    return outer_page(visitor, outline, content)
