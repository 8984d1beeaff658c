"""What does the server do on the page of one's own account? Parse, ask the desk, view, return."""

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, no_update

from dashboard import ids
from dashboard.i18n.translate import t
from dashboard.pages.account.layout import act_button
from dashboard.pages.account.tables import view_facts, view_tokens
from dashboard.services import Services
from dashboard.views.account_words import view_done, view_refused_value, view_secret
from data.accounts.errors import AccountRefused, TokenRefused
from data.accounts.permissions import Permission
from data.accounts.tokens import MAX_DAYS, NewToken


def register(app: Dash, services: Services) -> None:
    """Add every callback of the page."""

    @app.callback(
        Output(ids.ACCOUNT_FACTS, "children"), Input(ids.ACCOUNT_ROUND, "data"), State(ids.ACCOUNT_LANG, "data")
    )
    async def show_facts(_round: str | None, lang: str) -> Any:
        return view_facts(await services.own_desk.facts(), lang)

    @app.callback(Output(ids.TOKEN_LIST, "children"), Input(ids.TOKEN_ROUND, "data"), State(ids.ACCOUNT_LANG, "data"))
    async def show_tokens(_round: str | None, lang: str) -> Any:
        return view_tokens(await services.own_desk.tokens(), services.now(), lang)

    @app.callback(
        Output(ids.TOKEN_SAID, "children"),
        Output(ids.TOKEN_ROUND, "data"),
        Input(ids.token_act(ALL), "n_clicks"),
        State(ids.TOKEN_NAME, "value"),
        State(ids.TOKEN_DAYS, "value"),
        State(ids.TOKEN_SCOPES, "value"),
        State(ids.ACCOUNT_LANG, "data"),
        prevent_initial_call=True,
    )
    async def act(
        _clicks: list[int | None], name: str | None, days: object, scopes: list[str] | None, lang: str
    ) -> tuple[Any, Any]:
        if not ctx.triggered[0]["value"]:
            return no_update, no_update
        wanted = str(ctx.triggered_id["name"])
        if wanted == "done":
            return [], no_update
        try:
            said = await _carry_out(services, wanted, (name, days, scopes), lang)
        except AccountRefused as error:
            return view_refused_value(error, lang), no_update
        return said, services.now().isoformat()


async def _carry_out(services: Services, wanted: str, given: tuple[Any, Any, Any], lang: str) -> Any:
    if wanted.startswith("revoke:"):
        await services.own_desk.revoke_token(int(wanted.removeprefix("revoke:")))
        return view_done(t("accounts.done.revoke", lang))
    made = await services.own_desk.make_token(_new_token(*given))
    close = act_button("done", t("accounts.done", lang), lang)
    return view_secret(t("accounts.token.made", lang), made.text, close, lang)


def _new_token(name: str | None, days: object, scopes: list[str] | None) -> NewToken:
    known = {permission.value for permission in Permission}
    if not isinstance(days, int) or not set(scopes or ()) <= known:
        raise TokenRefused("days", f"{days!r} is no number of days.", f"Use 1 to {MAX_DAYS}.")
    return NewToken(name or "", days, frozenset(map(Permission, scopes)) if scopes else None)
