"""What does the server do on the page of accounts? Parse, ask the desk, view, return."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, html, no_update

from dashboard import ids
from dashboard.i18n.translate import pick, t
from dashboard.pages.admin.acts import Asked, carry_out
from dashboard.pages.admin.layout import act_button
from dashboard.pages.admin.tables import view_accounts, view_walls
from dashboard.services import Services
from dashboard.views.account_words import view_refused_value
from data.accounts.administration import ListedDepartment
from data.accounts.errors import AccountRefused


def register(app: Dash, services: Services) -> None:
    """Add every callback of the page."""
    _register_lists(app, services)
    _register_choice(app)
    _register_form(app, services)
    _register_acts(app, services)


def _register_lists(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ADMIN_LIST, "children"),
        Output(ids.ADMIN_WALLS, "children"),
        Output(ids.ADMIN_DEPARTMENT, "data"),
        Output(ids.ADMIN_NEW_DEPARTMENT, "data"),
        Input(ids.ADMIN_ROUND, "data"),
        Input(ids.ADMIN_CHOSEN, "data"),
        State(ids.ADMIN_LANG, "data"),
    )
    async def show_lists(_round: str | None, chosen: int | None, lang: str) -> tuple[Any, ...]:
        found, now = await services.account_desk.overview(), services.now()
        choices = _choices(found.departments, lang)
        accounts = view_accounts(found.accounts, found.departments, chosen, now, lang)
        return accounts, view_walls(found.walls, now, lang), choices, choices


def _choices(departments: tuple[ListedDepartment, ...], lang: str) -> list[dict[str, str]]:
    return [{"value": entry.key, "label": pick(lang, entry.name_zh, entry.name_en)} for entry in departments]


def _register_choice(app: Dash) -> None:
    @app.callback(Output(ids.ADMIN_CHOSEN, "data"), Input(ids.admin_row(ALL), "n_clicks"), prevent_initial_call=True)
    async def choose(clicks: list[int | None]) -> Any:
        # A list that is drawn anew brings buttons that nobody has clicked.
        return ctx.triggered_id["name"] if any(clicks) and ctx.triggered[0]["value"] else no_update


def _register_form(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ADMIN_HEAD, "children"),
        Output(ids.ADMIN_DETAIL, "hidden"),
        Output(ids.ADMIN_ROLE, "value"),
        Output(ids.ADMIN_UNIT, "value"),
        Output(ids.ADMIN_DEPARTMENT, "value"),
        Input(ids.ADMIN_CHOSEN, "data"),
        Input(ids.ADMIN_ROUND, "data"),
        State(ids.ADMIN_LANG, "data"),
        prevent_initial_call=True,
    )
    async def show_form(chosen: int | None, _round: str | None, lang: str) -> tuple[Any, ...]:
        found = await services.account_desk.overview()
        account = next((account for account in found.accounts if account.id == chosen), None)
        if account is None:
            return html.P(t("accounts.choose", lang), className="quiet"), True, no_update, "", None
        return html.H2(account.name), False, account.role, account.unit_code or "", account.department


def _register_acts(app: Dash, services: Services) -> None:
    @app.callback(
        Output(ids.ADMIN_SAID, "children"),
        Output(ids.ADMIN_ROUND, "data"),
        Input(ids.admin_act(ALL), "n_clicks"),
        State(ids.ADMIN_CHOSEN, "data"),
        State(ids.ADMIN_ROLE, "value"),
        State(ids.ADMIN_UNIT, "value"),
        State(ids.ADMIN_DEPARTMENT, "value"),
        State(ids.ADMIN_NEW_NAME, "value"),
        State(ids.ADMIN_NEW_ROLE, "value"),
        State(ids.ADMIN_NEW_UNIT, "value"),
        State(ids.ADMIN_NEW_DEPARTMENT, "value"),
        State(ids.ADMIN_WALL_NAME, "value"),
        State(ids.ADMIN_WALL_UNIT, "value"),
        State(ids.ADMIN_WALL_DAYS, "value"),
        State(ids.ADMIN_LANG, "data"),
        prevent_initial_call=True,
    )
    async def act(_clicks: list[int | None], chosen: int | None, *given: Any) -> tuple[Any, Any]:
        *fields, lang = given
        if not ctx.triggered[0]["value"]:
            return no_update, no_update
        name = str(ctx.triggered_id["name"])
        if name == "done":
            return [], no_update
        backend: Any = app.backend
        request = backend.request_adapter()
        asked = Asked(
            request.origin or request.root, name, chosen, *(field if field is None else str(field) for field in fields)
        )
        try:
            said = await carry_out(
                services.account_desk, asked, act_button("done", t("accounts.done", lang), lang), lang
            )
        except AccountRefused as error:
            return view_refused_value(error, lang), no_update
        return said, services.now().isoformat()
