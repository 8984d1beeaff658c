"""Which tables need no row-level security, and why?"""

OPEN_TABLES = {
    "setting": "facts about the installation: time zone, name of the city",
    "level": "names of the levels",
    "dataset": "names of the streams that incidents come from",
    "department": "names of departments",
    "source": "names of channels",
    "incident_class": "the catalog of classes",
    "scenario": "the catalog of scenarios",
    "scenario_class": "the catalog of scenarios",
    "work_calendar_day": "public holidays and make-up days",
    "work_calendar_year": "for which years holidays are known",
    "case_rule": "rules of the flow",
    "risk_rule_set": "rules of risk",
    "figure_day_kept": "which days have kept figures; no figure",
    "rollup_state": "one number: the version of all figures",
    "feed_state": "how far the live feed reaches",
    "unit_tile_gap": "ids of units whose tiles are being made; no name, place or figure",
}
"""Readable by the web, whatever the scope."""

CLOSED_TABLES = {
    "boundary_revision": "the web may read id, dates and source only, no report",
    "alembic_version": "only the owner has a grant",
    "scope_reach": "only the owner has a grant",
    "released_week": "only the owner has a grant",
    "released_due": "only the owner has a grant",
    "account": "only sign-in has a grant",
    "login_session": "only sign-in has a grant",
    "api_token": "only sign-in has a grant",
    "wall_token": "only sign-in has a grant",
    "login_identity": "only sign-in has a grant",
    "login_flow": "only sign-in has a grant",
    "audit_anchor": "only the owner has a grant",
    "audit_unsealed": "only the owner has a grant",
    "risk_mark": "only the owner has a grant",
    "feed_change": "only the owner has a grant",
    "webhook": "only sign-in has a grant",
    "webhook_change": "only the owner has a grant",
    "webhook_delivery": "only sign-in has a grant",
    "open311_pull": "only the owner has a grant",
    "spatial_ref_sys": "public definitions of coordinate systems, part of PostGIS",
}
"""The web has no grant on the whole table."""
