"""How does the page behind a code look? Pure: a view in, HTML out. It works without a script."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from dashboard.i18n.translate import language_tag, pick
from dashboard.index import Visitor
from dashboard.pages.outer_page import Outline, outer_page
from dashboard.pages.report.texts import report_texts
from dashboard.theme.tokens import MEANING_SHAPES, css_variables
from data.report_page.choices import Choice
from data.report_page.codes import ReportCode
from data.report_page.receipt import PublicStanding

STYLE_FILE = Path(__file__).parent / "report.css"
SCRIPT_FILE = Path(__file__).parent / "report.js"
STYLE, SCRIPT = "/report/page.css", "/report/page.js"
LEAST_TEXT, MOST_TEXT = 4, 1_000
_FIELDS = {"class": "what", "text": "text", "photo": "photo"}


@dataclass(frozen=True, slots=True)
class FormView:
    """The form.

    Attributes:
        token: What a second press is known by.
        class_code, text: As they were filled in before.
        troubles: Field (class, text, photo or form) and end of the key of what is wrong with it.
    """

    visitor: Visitor
    code: ReportCode
    choices: Sequence[Choice]
    token: str
    class_code: str = ""
    text: str = ""
    troubles: Sequence[tuple[str, str]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What a receipt tells; `is_new` right after the report, `can_report` where the code still counts."""

    visitor: Visitor
    code: ReportCode
    receipt: str
    standing: PublicStanding
    is_new: bool
    can_report: bool


@cache
def style_sheet() -> str:
    """The tokens and the rules of the page."""
    return css_variables() + "\n" + STYLE_FILE.read_text(encoding="utf-8")


def address(code: str, visitor: Visitor, path: str = "", **more: str) -> str:
    """Address of a code's page that keeps language and theme."""
    return f"/report/{code}{path}?{urlencode({'lang': visitor.lang, 'theme': visitor.theme, **more})}"


def form_page(view: FormView) -> str:
    """The form, with what is wrong with it on top."""
    texts = report_texts(view.visitor.lang)
    wrong = dict(view.troubles)
    content = f"""
{_place(view.code, view.visitor.lang, texts)}
{_troubles(view.troubles, texts)}
<form method="post" action="{escape(address(view.code.code, view.visitor))}" enctype="multipart/form-data" id="report"
 data-sending="{escape(texts["sending"])}">
<input type="hidden" name="token" value="{escape(view.token)}">
<input type="hidden" name="lon" value=""><input type="hidden" name="lat" value="">
<fieldset id="what"{_invalid("class" in wrong)}><legend>{texts["what"]}</legend>
<div class="chips">{"".join(_chip(one, view) for one in view.choices)}</div></fieldset>
<div class="field"><label for="text">{texts["text"]}</label>
<textarea id="text" name="text" rows="5" minlength="{LEAST_TEXT}" maxlength="{MOST_TEXT}" required
 aria-describedby="text-hint"{_invalid("text" in wrong)}>{escape(view.text)}</textarea>
<p class="quiet" id="text-hint">{texts["text.hint"]}</p></div>
{_photo(texts, invalid="photo" in wrong)}
{_where(texts)}
<button class="go" type="submit">{texts["send"]}</button>
<p class="quiet">{texts["anonymous"]}</p>
</form>
{_lookup(view.code, view.visitor, texts)}"""
    return _page(view.visitor, view.code.code, "", texts["sheet.title"], content)


def receipt_page(view: ReceiptView) -> str:
    """How a report stands."""
    texts, lang = report_texts(view.visitor.lang), view.visitor.lang
    standing = view.standing
    due = _moment(standing.due_at) if standing.due_at else texts["due.none"]
    shape = MEANING_SHAPES[standing.meaning]
    meaning = f'<span class="meaning {standing.meaning}"><span aria-hidden="true">{shape}</span> {{}}</span>'
    head = f'<h2 role="status">✓ {texts["sent"]}</h2><p>{texts["sent.text"]}</p>' if view.is_new else ""
    head = head or f"<h2>{texts['receipt.title']}</h2>"
    limit = "" if standing.meaning == "closed" else f"<dt>{texts['due']}</dt><dd>{due}</dd>"
    content = f"""
{_place(view.code, lang, texts)}
{head}
<dl class="facts">
<dt>{texts["receipt"]}</dt><dd class="receipt" id="receipt">{view.receipt}</dd>
<dt>{texts["reported"]}</dt><dd>{_moment(standing.reported_at)}</dd>
<dt>{texts["state"]}</dt><dd id="state">{texts[f"state.{standing.state}"]}
{meaning.format(texts[f"meaning.{standing.meaning}"])}</dd>
{limit}
</dl>
{_again(view, texts)}"""
    return _page(view.visitor, view.code.code, f"/r/{view.receipt}", texts["receipt.title"], content)


def told_page(visitor: Visitor, code: str, key: str, text_key: str = "", **values: object) -> str:
    """A page that says why there is no form: `revoked`, `expired`, `unknown`, `busy`, `often`, `receipt.unknown`."""
    texts = report_texts(visitor.lang)
    said = texts[text_key or f"{key}.text"].format(**values)
    content = f'<h2 role="alert">{texts[key]}</h2><p>{said}</p>'
    return _page(visitor, code, "", texts[key], content)


def _place(code: ReportCode, lang: str, texts: dict[str, str]) -> str:
    name = escape(pick(lang, code.name, code.name_en))
    return f'<p class="place"><span>{texts["place"]}</span><strong>{name}</strong></p>'


def _troubles(troubles: Sequence[tuple[str, str]], texts: dict[str, str]) -> str:
    if not troubles:
        return ""
    lines = "".join(f"<li>{_trouble(name, texts[f'trouble.{key}'])}</li>" for name, key in troubles)
    head = f"<p>▲ {texts['trouble']}</p>"
    return f'<div class="notice" role="alert" tabindex="-1" id="troubles">{head}<ul>{lines}</ul></div>'


def _trouble(name: str, said: str) -> str:
    return f'<a href="#{_FIELDS[name]}">{said}</a>' if name in _FIELDS else said


def _invalid(is_wrong: bool) -> str:
    return ' aria-invalid="true"' if is_wrong else ""


def _chip(choice: Choice, view: FormView) -> str:
    chosen = " checked" if choice.class_code == view.class_code else ""
    name = escape(pick(view.visitor.lang, choice.zh, choice.en))
    value = escape(choice.class_code)
    button = f'<input type="radio" name="class" value="{value}" required{chosen}>'
    return f'<label class="chip">{button}<span>{name}</span></label>'


def _photo(texts: dict[str, str], *, invalid: bool) -> str:
    return f"""<div class="field"><label for="photo">{texts["photo"]}</label>
<input type="file" id="photo" name="photo" accept="image/jpeg,image/png,image/webp"
 aria-describedby="photo-hint photo-said"{_invalid(invalid)}>
<div id="photo-shown" hidden><img alt="{escape(texts["photo.alt"])}">
<button type="button" class="plain">{texts["photo.remove"]}</button></div>
<p class="quiet" id="photo-said" role="status" data-small="{escape(texts["photo.small"])}"></p>
<p class="quiet" id="photo-hint">{texts["photo.hint"]}</p></div>"""


def _where(texts: dict[str, str]) -> str:
    """Hidden without a script, which alone can ask for the position."""
    said = "".join(f' data-{key}="{escape(texts[f"where.{key}"])}"' for key in ("asking", "got", "gone", "failed"))
    return f"""<div class="field" id="where" hidden><span class="label">{texts["where"]}</span>
<button type="button" class="plain" aria-pressed="false" aria-describedby="where-hint">{texts["where.add"]}</button>
<p class="quiet" role="status" id="where-said"{said}></p>
<p class="quiet" id="where-hint">{texts["where.hint"]}</p></div>"""


def _lookup(code: ReportCode, visitor: Visitor, texts: dict[str, str]) -> str:
    return f"""<form method="get" action="/report/{code.code}" class="lookup">
<input type="hidden" name="lang" value="{visitor.lang}"><input type="hidden" name="theme" value="{visitor.theme}">
<label for="lookup">{texts["receipt.find"]}</label>
<div><input id="lookup" name="receipt" minlength="12" maxlength="14" autocomplete="off" autocapitalize="none"
 spellcheck="false" required><button type="submit" class="plain">{texts["receipt.show"]}</button></div></form>"""


def _again(view: ReceiptView, texts: dict[str, str]) -> str:
    if not view.can_report:
        return ""
    return f'<p><a class="plain" href="{escape(address(view.code.code, view.visitor))}">{texts["again"]}</a></p>'


def _moment(moment: datetime) -> str:
    return f'<time datetime="{moment.isoformat()}">{moment:%Y-%m-%d %H:%M}</time>'


def _page(visitor: Visitor, code: str, path: str, title: str, content: str) -> str:
    texts = report_texts(visitor.lang)
    head = f'<meta name="robots" content="noindex">\n<script src="{SCRIPT}" defer></script>'
    foot = _ways(visitor, code, path) if code else ""
    return outer_page(visitor, Outline(title, texts["product"], texts["product.line"], STYLE, head, foot), content)


def _ways(visitor: Visitor, code: str, path: str) -> str:
    """To the other theme and the other language."""
    texts = report_texts(visitor.lang)
    lang = "en" if visitor.lang == "zh" else "zh"
    theme = "light" if visitor.theme == "dark" else "dark"
    tag = language_tag(lang)
    in_theme = escape(address(code, Visitor(theme, visitor.lang), path))
    in_lang = escape(address(code, Visitor(visitor.theme, lang), path))
    return f"""<footer><a href="{in_theme}">{texts[f"theme.{theme}"]}</a>
<a href="{in_lang}" lang="{tag}" hreflang="{tag}">{texts["lang"]}</a></footer>"""
