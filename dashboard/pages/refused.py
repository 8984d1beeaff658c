"""What stands in place of a page that the account may not open?"""

from html import escape
from typing import Any

from dash import html

from dashboard.i18n.translate import language_tag, t
from dashboard.index import Visitor
from dashboard.theme.tokens import css_variables
from data.accounts.account import Account
from data.accounts.permissions import Permission


def refused_page(visitor: Visitor, account: Account, permission: Permission) -> str:
    """The whole page, for a browser that came by its address."""
    title, said, remedy, back = _texts(visitor.lang, account, permission)
    lang = visitor.lang
    return (
        f'<!DOCTYPE html><html lang="{language_tag(lang)}" data-lang="{lang}" data-theme="{visitor.theme}"'
        f' data-mantine-color-scheme="{visitor.theme}"><head><meta charset="UTF-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{css_variables()}</style>'
        f'<link rel="stylesheet" href="/assets/app.css"></head>'
        f'<body><main class="splash"><div><h1>{title}</h1><p class="quiet">{escape(said)}</p>'
        f'<p class="quiet">{remedy}</p><p><a href="{_way_out(account)}">{back}</a></p></div></main></body></html>'
    )


def view_refused(lang: str, account: Account, permission: Permission) -> Any:
    """The same inside the application, for a step from page to page."""
    title, said, remedy, back = _texts(lang, account, permission)
    parts = [
        html.H1(title),
        html.P(said, className="quiet"),
        html.P(remedy, className="quiet"),
        html.P(html.A(back, href=_way_out(account))),
    ]
    return html.Main(html.Div(parts), className="splash")


def _texts(lang: str, account: Account, permission: Permission) -> tuple[str, str, str, str]:
    may = t(f"permission.{permission}", lang)
    said = t(
        "refused.text",
        lang,
        permission=may,
        right=str(permission),
        name=account.name,
        role=t(f"role.{account.role}", lang),
    )
    back = t("refused.to_map", lang) if account.may(Permission.MAP) else t("refused.to_account", lang)
    return t("refused.title", lang), said, t("refused.remedy", lang), back


def _way_out(account: Account) -> str:
    return "/map" if account.may(Permission.MAP) else "/account"
