"""How do the sign-in and the change of a password look? Pure: a view in, HTML out; no script."""

from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from dashboard.i18n.translate import language_tag
from dashboard.index import Visitor
from dashboard.pages.login.texts import login_texts
from dashboard.pages.outer_page import Outline, outer_page
from dashboard.theme.tokens import css_variables

STYLE_FILE = Path(__file__).parent / "login.css"


@dataclass(frozen=True, slots=True)
class SignOn:
    """The way in through a provider: its address, and what people call it, or empty."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class LoginView:
    """What the sign-in page shows.

    Attributes:
        visitor: Language and theme.
        next_path: Where to go afterwards; a safe path of this site.
        name: Login name as typed before.
        refused: Whether an attempt was just refused.
        demo_names: Demo accounts that one click enters; empty for none.
        sign_on: The way in through a provider; None for none.
        sso_trouble: Why that came to nothing just now: `refused`, `unreachable`, `declined` or `stale`; `stays` after a
            sign-out that ended the session here alone.
    """

    visitor: Visitor
    next_path: str
    name: str
    refused: bool
    demo_names: tuple[str, ...]
    sign_on: SignOn | None = None
    sso_trouble: str | None = None


@dataclass(frozen=True, slots=True)
class PasswordView:
    """What the page for a new password shows.

    Attributes:
        visitor: Language and theme.
        name: Login name of the account.
        must_change: Whether nothing else is possible before.
        trouble: Why the last attempt failed: a reason of PasswordWeak, or `wrong`; None for no attempt.
    """

    visitor: Visitor
    name: str
    must_change: bool
    trouble: str | None


@cache
def style_sheet() -> str:
    """The tokens and the rules of both pages."""
    return css_variables() + "\n" + STYLE_FILE.read_text(encoding="utf-8")


def login_page(view: LoginView) -> str:
    """The sign-in page."""
    texts = login_texts(view.visitor.lang)
    form = f"""
{_sso_notice(view, texts)}
<form method="post" action="/login">
{_notice(texts["refused"]) if view.refused else ""}
<input type="hidden" name="next" value="{escape(view.next_path)}">
<label>{texts["name"]}
<input name="username" autocomplete="username" maxlength="64" required autocapitalize="none" spellcheck="false"
 value="{escape(view.name)}"{"" if view.name else " autofocus"}></label>
<label>{texts["password"]}
<input name="password" type="password" autocomplete="current-password" maxlength="256" required
{" autofocus" if view.name else ""}></label>
<button class="go" type="submit">{texts["sign_in"]}</button>
</form>
{_sign_on(view, texts)}
{_demo(view, texts)}"""
    return _page(view.visitor, texts["sign_in"], form, _choices(view, texts))


def password_page(view: PasswordView) -> str:
    """The page on which an account gets the password that its owner chose."""
    texts = login_texts(view.visitor.lang)
    trouble = {"name": "name_in"}.get(view.trouble or "", view.trouble)
    form = f"""
<form method="post" action="/login/password">
{_notice(texts[trouble]) if trouble else ""}
{f'<p class="told">{texts["must_change"]}</p>' if view.must_change else ""}
<p class="quiet">{escape(texts["signed_in_as"].format(name=view.name))}</p>
<input type="hidden" name="username" autocomplete="username" value="{escape(view.name)}">
<label>{texts["current"]}
<input name="current" type="password" autocomplete="current-password" maxlength="256" required autofocus></label>
<label>{texts["new"]}
<input name="new" type="password" autocomplete="new-password" minlength="12" maxlength="256" required
 aria-describedby="hint"></label>
<p class="quiet" id="hint">{texts["new.hint"]}</p>
<button class="go" type="submit">{texts["change"]}</button>
</form>
<form method="post" action="/logout"><button class="plain" type="submit">{texts["sign_out"]}</button></form>"""
    return _page(view.visitor, texts["change"], form, "")


def leaving_page(visitor: Visitor, address: str, provider_name: str) -> str:
    """The page that leads somebody who is signed out here to the provider, to be signed out there."""
    texts = login_texts(visitor.lang)
    where = escape(provider_name) or texts["leave.provider"]
    content = f"""
<p class="told">{texts["leave.told"].format(name=where)}</p>
<p><a class="sso" href="{escape(address)}">{texts["leave.go"]}</a></p>"""
    onward = f'<meta http-equiv="refresh" content="0; url={escape(address)}">'
    return _page(visitor, texts["sign_out"], content, "", onward)


def _notice(text: str) -> str:
    return f'<p class="notice" role="alert"><span aria-hidden="true">▲</span>{text}</p>'


def _sign_on(view: LoginView, texts: dict[str, str]) -> str:
    if view.sign_on is None:
        return ""
    return f"""
<p class="or"><span>{texts["or"]}</span></p>
<a class="sso" href="{escape(view.sign_on.address)}">{_sso_text(view.sign_on, texts)}</a>"""


def _sso_text(sign_on: SignOn, texts: dict[str, str]) -> str:
    return escape(texts["sso.named"].format(name=sign_on.name)) if sign_on.name else texts["sso"]


def _sso_notice(view: LoginView, texts: dict[str, str]) -> str:
    return _notice(texts[f"sso.{view.sso_trouble}"]) if view.sso_trouble else ""


def _demo(view: LoginView, texts: dict[str, str]) -> str:
    if not view.demo_names:
        return ""
    buttons = "".join(_role_button(name, texts[f"role.{name}"]) for name in view.demo_names)
    return f"""
<form method="post" action="/login/demo" class="demo">
<h2>{texts["demo"]}</h2>
<p class="quiet">{texts["demo.hint"]}</p>
<input type="hidden" name="next" value="{escape(view.next_path)}">
<div class="roles">{buttons}</div>
</form>"""


def _role_button(name: str, label: str) -> str:
    return f'<button name="role" value="{escape(name)}" type="submit">{label}<span>{escape(name)}</span></button>'


def _choices(view: LoginView, texts: dict[str, str]) -> str:
    visitor = view.visitor
    theme = "light" if visitor.theme == "dark" else "dark"
    links = [
        (texts[f"theme.{theme}"], Visitor(theme, visitor.lang), ""),
        (texts["lang"], Visitor(visitor.theme, "en" if visitor.lang == "zh" else "zh"), "lang"),
    ]
    return "".join(
        f'<a href="/login?{escape(_query(view, chosen))}"{_language(chosen) if kind else ""}>{text}</a>'
        for text, chosen, kind in links
    )


def _language(chosen: Visitor) -> str:
    tag = language_tag(chosen.lang)
    return f' lang="{tag}" hreflang="{tag}"'


def _query(view: LoginView, chosen: Visitor) -> str:
    return urlencode({"lang": chosen.lang, "theme": chosen.theme, "next": view.next_path})


def _page(visitor: Visitor, title: str, content: str, choices: str, onward: str = "") -> str:
    texts = login_texts(visitor.lang)
    foot = f"<footer>{choices}</footer>"
    outline = Outline(title, texts["product"], texts["product.line"], "/login/style.css", onward, foot)
    return outer_page(visitor, outline, content)
