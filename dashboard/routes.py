"""Which pages are there? The one table from path to page; the factory registers what it lists, and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dash import Dash

from dashboard.pages.account import page as account_page
from dashboard.pages.admin import page as admin_page
from dashboard.pages.alerts import page as alerts_page
from dashboard.pages.audit import page as audit_page
from dashboard.pages.cases import page as cases_page
from dashboard.pages.map import page as map_page
from dashboard.pages.remote import page as remote_page
from dashboard.pages.wall import page as wall_page
from dashboard.pages.zones import page as zones_page
from dashboard.services import Services

Layout = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        name: Last part of the locale key `page.{name}`.
        path: Path in the address.
        layout: Called with the query as keywords; returns the components.
        register: Adds the callbacks of the page to the application.
        redirect_from: Other paths that lead here.
    """

    name: str
    path: str
    layout: Callable[[Services], Layout]
    register: Callable[[Dash, Services], None]
    redirect_from: tuple[str, ...] = ()


PAGES = (
    Page("map", "/map", map_page.layout_for, map_page.register, redirect_from=("/",)),
    Page("cases", "/cases", cases_page.layout_for, cases_page.register),
    Page("zones", "/zones", zones_page.layout_for, zones_page.register),
    Page("alerts", "/alerts", alerts_page.layout_for, alerts_page.register),
    Page("wall", "/wall", wall_page.layout_for, wall_page.register),
    Page("remote", "/wall/remote", remote_page.layout_for, remote_page.register),
    Page("account", "/account", account_page.layout_for, account_page.register),
    Page("admin", "/admin", admin_page.layout_for, admin_page.register),
    Page("audit", "/audit", audit_page.layout_for, audit_page.register),
)
