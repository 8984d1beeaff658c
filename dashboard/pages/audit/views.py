"""How do entries of the audit log look, in the list and one by one, and how the chain?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.i18n.translate import t
from dashboard.views.numbers import write_count
from dashboard.views.patches import attributes
from data.audit.read import AuditEntry, ChainState, EntryPage
from data.reads.errors import RequestRefused

COLUMNS = ("at", "actor", "action", "object", "address")


def view_entries(page: EntryPage, follows: bool, lang: str) -> list[Any]:
    """One row an entry, newest first; the moment opens it.

    Args:
        follows: Whether there is a page of newer entries before this one.
    """
    if not page.entries:
        return [html.P(t("audit.empty", lang), className="quiet notice-text"), _pages(page, follows, lang)]
    head = html.Thead(html.Tr([html.Th(t(f"audit.column.{name}", lang), scope="col") for name in COLUMNS]))
    rows = [_row(entry, page.zone, lang) for entry in page.entries]
    table = html.Table([head, html.Tbody(rows, **attributes({"data-entries": "true"}))], className="audit-table")
    return [html.Div(table, className="audit-scroll"), _pages(page, follows, lang)]


def _row(entry: AuditEntry, zone: ZoneInfo, lang: str) -> html.Tr:
    opener = html.Button(
        write_second(entry.at, zone), type="button", className="link", **attributes({"data-entry": str(entry.id)})
    )
    cells: list[Any] = [opener, actor_of(entry, lang), t(f"audit.action.{entry.action}", lang), object_of(entry, lang)]
    meaning = "m-breached" if entry.action in ("sign_in_refused", "account_locked") else ""
    return html.Tr(
        [html.Td(cell) for cell in [*cells, entry.address or "–"]],
        className=meaning,
        **attributes({"data-row": str(entry.id)}),
    )


def _pages(page: EntryPage, follows: bool, lang: str) -> html.Div:
    newest = html.Button(
        t("audit.page.newest", lang), type="button", className="tool", disabled=not follows, **_page_of("")
    )
    older = html.Button(
        t("audit.page.older", lang),
        type="button",
        className="tool",
        disabled=page.next is None,
        **_page_of("" if page.next is None else str(page.next)),
    )
    shown = html.Span(t("audit.page.shown", lang, n=len(page.entries)), className="quiet")
    return html.Div([newest, older, shown], className="audit-pages")


def _page_of(cursor: str) -> dict[str, Any]:
    return attributes({"data-audit-page": cursor})


def actor_of(entry: AuditEntry, lang: str) -> str:
    """Who, in words: the login name, or what acted."""
    return entry.actor_name or t(f"audit.actor.{entry.actor_kind}", lang)


def object_of(entry: AuditEntry, lang: str) -> str:
    """To what, in words."""
    named = str(entry.detail.get("account") or entry.object_id)
    return f"{t(f'audit.object.{entry.object_kind}', lang)} {named}".strip()


def write_second(moment: datetime, zone: ZoneInfo) -> str:
    """A moment in the city's time, to the second."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def view_nothing_chosen(lang: str) -> html.P:
    """What would be here."""
    return html.P(t("audit.choose", lang), className="quiet")


def view_refused(error: RequestRefused, lang: str) -> html.Div:
    """A value of the address cannot be used, or there is no such entry."""
    return html.Div(
        [html.P(t("audit.refused", lang, field=error.field)), html.P(t("audit.refused.text", lang), className="quiet")],
        role="alert",
    )


def view_entry(entry: AuditEntry, zone: ZoneInfo, lang: str) -> list[Any]:
    """Everything about one entry, with before and after side by side."""
    role = t(f"role.{entry.actor_role}", lang) if entry.actor_role else None
    facts = [
        ("at", f"{write_second(entry.at, zone)} ({zone.key})"),
        ("actor", " · ".join(part for part in (actor_of(entry, lang), role) if part)),
        ("via", t(f"audit.via.{entry.via}", lang)),
        ("address", entry.address or "–"),
        ("object", object_of(entry, lang)),
        ("id", str(entry.id)),
        ("seq", t("audit.unsealed", lang) if entry.seq is None else str(entry.seq)),
    ]
    parts: list[Any] = [html.H2(t(f"audit.action.{entry.action}", lang)), _facts(facts, lang)]
    if entry.detail:
        parts += [html.H3(t("audit.detail", lang)), _values(entry.detail)]
    if entry.before is not None or entry.after is not None:
        parts += [html.H3(t("audit.change", lang)), view_change(entry.before or {}, entry.after or {}, lang)]
    return parts


def _facts(facts: list[tuple[str, str]], lang: str) -> html.Dl:
    parts = [part for name, value in facts for part in (html.Dt(t(f"audit.column.{name}", lang)), html.Dd(value))]
    return html.Dl(parts, className="facts")


def _values(values: Mapping[str, Any]) -> html.Dl:
    parts = [part for name, value in values.items() for part in (html.Dt(html.Code(name)), html.Dd(_written(value)))]
    return html.Dl(parts, className="facts")


def view_change(before: Mapping[str, Any], after: Mapping[str, Any], lang: str) -> html.Table:
    """Values before and after; what differs is marked by a sign as well as by colour."""
    head = [html.Th(t(f"audit.diff.{name}", lang), scope="col") for name in ("field", "before", "after")]
    rows = [
        html.Tr(
            [
                html.Th(html.Code(name), scope="row"),
                html.Td(_side("−", before.get(name)), className="was"),
                html.Td(_side("+", after.get(name)), className="is"),
            ]
        )
        for name in dict.fromkeys([*before, *after])
    ]
    return html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="audit-diff")


def _side(sign: str, value: Any) -> str:
    return "" if value is None else f"{sign} {_written(value)}"


def _written(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def view_chain(state: ChainState, *, may_verify: bool, lang: str) -> list[Any]:
    """How far the chain has come and when it was verified, with the button that verifies it."""
    sealed = (
        t("audit.chain.none", lang)
        if state.sealed_at is None
        else t("audit.chain.sealed", lang, n=write_count(state.seq), time=write_second(state.sealed_at, state.zone))
    )
    parts: list[Any] = [
        html.H2(t("audit.chain", lang)),
        html.P(sealed),
        _verified(state, lang),
        html.P([t("audit.chain.head", lang), " ", html.Code(state.head or "–", className="audit-head")]),
    ]
    if may_verify:
        button = html.Button(
            t("audit.verify", lang), type="button", className="tool strong", **attributes({"data-audit-verify": "true"})
        )
        bar = html.Progress(max="1", value="0", hidden=True, **attributes({"data-audit-progress": "true"}))
        parts.append(html.Div([button, bar], className="audit-acts"))
    return parts


def _verified(state: ChainState, lang: str) -> html.P:
    if state.verified_at is None:
        return html.P(t("audit.chain.never", lang), className="quiet")
    time = write_second(state.verified_at, state.zone)
    if state.faults:
        text = t("audit.chain.faults", lang, time=time, n=state.faults)
        return html.P([_sign("▲"), text], className="state m-breached")
    return html.P([_sign("✓"), t("audit.chain.whole", lang, time=time)], className="state m-within")


def _sign(shape: str) -> html.Span:
    return html.Span(shape, className="shape", **attributes({"aria-hidden": "true"}))
