"""What does the server do on the page of the audit log? Parse, ask, view, return."""

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from dashboard import ids
from dashboard.api.audit import auditor
from dashboard.components.still import still
from dashboard.pages.audit.question import PAGE, export_address, parse_entry_id, parse_question
from dashboard.pages.audit.views import view_chain, view_entries, view_entry, view_nothing_chosen, view_refused
from dashboard.services import Services
from data.audit.read import EntryUnknown, read_entries, read_entry, read_state
from data.reads.errors import RequestRefused

Query = dict[str, str] | None


def register(app: Dash, services: Services) -> None:
    """Add every callback of the page."""
    _register_list(app, services)
    _register_detail(app, services)
    _register_chain(app, services)
    _register_filters(app)


def _register_list(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.AUDIT_LIST, "children"),
        Output(ids.AUDIT_EXPORT, "href"),
        Input(ids.AUDIT_QUESTION, "data"),
        Input(ids.AUDIT_ROUND, "data"),
        State(ids.AUDIT_LANG, "data"),
    )
    async def show_list(question: Query, _round: Any, lang: str) -> tuple[Any, str]:
        account = auditor()
        try:
            asked = parse_question(question)
            async with services.database.reading() as conn:
                page = await read_entries(conn, asked.wanted, unit_id=account.unit_id, after=asked.after, limit=PAGE)
        except RequestRefused as error:
            return still(view_refused(error, lang)), export_address(None)
        return still(view_entries(page, asked.after is not None, lang)), export_address(question)


def _register_detail(app: Dash, services: Services) -> None:
    @app.callback(Output(ids.AUDIT_DETAIL, "children"), Input(ids.AUDIT_CHOSEN, "data"), State(ids.AUDIT_LANG, "data"))
    async def show_entry(chosen: str | None, lang: str) -> Any:
        account, entry_id = auditor(), parse_entry_id(chosen)
        if entry_id is None:
            return still(view_nothing_chosen(lang))
        try:
            async with services.database.reading() as conn:
                entry, zone = await read_entry(conn, entry_id, unit_id=account.unit_id)
        except EntryUnknown as error:
            return still(view_refused(error, lang))
        return still(view_entry(entry, zone, lang))


def _register_chain(app: Dash, services: Services) -> None:
    @app.callback(Output(ids.AUDIT_CHAIN, "children"), Input(ids.AUDIT_ROUND, "data"), State(ids.AUDIT_LANG, "data"))
    async def show_chain(_round: Any, lang: str) -> Any:
        account = auditor()
        async with services.database.reading() as conn:
            state = await read_state(conn)
        may_verify = services.audit is not None and account.unit_id is None
        return still(view_chain(state, may_verify=may_verify, lang=lang))


def _register_filters(app: Dash) -> None:
    """Control → address → store; the address is the shareable state."""
    wire: Any = app.clientside_callback
    wiring = {
        "chooseDates": Input(ids.AUDIT_DATES, "value"),
        "chooseAction": Input(ids.AUDIT_ACTION, "value"),
        "chooseActor": Input(ids.AUDIT_ACTOR, "value"),
        "chooseObject": Input(ids.AUDIT_OBJECT, "value"),
        "chooseAddress": Input(ids.AUDIT_ADDRESS, "value"),
    }
    for function, given in wiring.items():
        wire(ClientsideFunction("audit_page", function), given, prevent_initial_call=True)
