"""Does the page of cases hold what its scripts ask for: places, sentences, acts, saved filters?"""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from dash.development.base_component import Component

from dashboard import ids
from dashboard.api.case_bodies import DeadlineKey
from dashboard.index import Visitor, files_of_page
from dashboard.pages.cases.layout import cases_layout
from dashboard.pages.cases.words import browser_words
from data.accounts.account import Account, acting_as
from data.accounts.permissions import Permission, Role
from data.cases.action import FIELDS, Act, CloseReason, FieldKind, MediationOutcome
from data.cases.flow import BY_ACT, Refused, acts_of
from data.cases.queue_filter import Queue
from data.cases.state import AppealState, Stage
from geo.deadlines.clock import Clock
from geo.status import OPEN_STATUSES, CaseStatus

ASSETS = Path(__file__).parents[3] / "dashboard" / "assets"
SCRIPTS = sorted(ASSETS.glob("8[0-4]_cases_*.js"))
MADE_IN_THE_BROWSER = {"cases-toasts", "cases-text", "cases-units", "cases-keys-title"}
DRAWN_WITH_A_CASE = {"cases-head", "cases-acts", "cases-act", "cases-limits", "cases-facts", "cases-timeline"}


def source() -> str:
    return "\n".join(path.read_text("utf-8") for path in SCRIPTS)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_that_a_script_says_exists(lang: str) -> None:
    said = set(re.findall(r'\bsay\("(\w+)"', source())) | set(re.findall(r'words: "(\w+)"', source()))
    assert len(said) > 80
    assert said - browser_words(lang).keys() == set()


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        ("act_", Act),
        ("why_", Refused),
        ("stage_", Stage),
        ("clock_", Clock),
        ("reason_", CloseReason),
        ("outcome_", MediationOutcome),
        ("mark_appeal_", AppealState),
        ("deadline_", get_args(DeadlineKey)),
        ("status_", [status.key for status in CaseStatus]),
        ("field_", {name for act, fields in FIELDS.items() if act is not Act.ATTACH for name in fields}),
    ],
)
def test_whatever_the_interface_may_tell_has_words(start: str, ends: Any) -> None:
    words = browser_words("zh")
    assert [str(end) for end in ends if start + str(end) not in words] == []


def test_every_kind_of_field_has_a_control() -> None:
    script = (ASSETS / "81_cases_forms.js").read_text("utf-8")
    table = script[script.index("const KINDS = {") : script.index("const toCityTime")]
    drawn = set(re.findall(r"^    (\w+): \{", table, re.MULTILINE))
    assert drawn == {kind.value for kind in FieldKind} - {"file"}


def test_every_act_has_its_place_among_the_buttons() -> None:
    script = (ASSETS / "83_cases_acts.js").read_text("utf-8")
    table = script[script.index("const KEYS = {") : script.index("const ORDER")]
    assert set(re.findall(r"(\w+): (?:\"[A-Z]\"|null)", table)) == {act.value for act in BY_ACT} - {"attach"}


def test_every_queue_is_a_saved_filter_with_words() -> None:
    script = (ASSETS / "81_cases_queue.js").read_text("utf-8")
    table = script[script.index("const SAVED = {") : script.index("const CENTRE")]
    saved = re.findall(r"^    (\w+): \{ query: \{ queue: \"(\w+)\"", table, re.MULTILINE)
    assert {queue for _, queue in saved} == {queue.value for queue in Queue}
    words = browser_words("en")
    assert [name for name, _ in saved if not {f"saved_{name}", f"empty_{name}"} <= words.keys()] == []


def test_every_place_that_the_scripts_fill_is_on_the_page() -> None:
    held = {str(part.id) for part in cases_layout(Visitor("dark", "zh"))._traverse_ids()}
    named = set(re.findall(r'(?:fill|getElementById|setProps)\("(cases-[a-z-]+[a-z])"', source()))
    assert len(named) > 12
    assert named - held - MADE_IN_THE_BROWSER - DRAWN_WITH_A_CASE == set()


@pytest.mark.parametrize(
    ("role", "has", "lacks"),
    [
        (Role.OPERATOR, {Act.FILE, Act.DISPATCH, Act.CLOSE}, {Act.SUPERVISE, Act.GRANT_APPEAL, Act.ATTACH}),
        (Role.HANDLER, {Act.ACCEPT, Act.HANDLE, Act.NOTE}, {Act.DISPATCH, Act.REDISPATCH, Act.SUSPEND}),
        (Role.LEADER, {Act.SUPERVISE, Act.GRANT_EXTENSION}, {Act.FILE, Act.NOTE}),
        (Role.AUDITOR, set(), set(Act)),
        (Role.PLANNER, set(), set(Act)),
    ],
)
def test_acts_of_a_role_are_told_to_the_page(role: Role, has: set[Act], lacks: set[Act]) -> None:
    account = Account(7, "somebody", role, department_id=3 if role is Role.HANDLER else None)
    assert has <= set(acts_of(account))
    assert not lacks & set(acts_of(account))
    with acting_as(account):
        page = cases_layout(Visitor("dark", "zh"))
    marked = _part(page, ids.CASES_PAGE).to_plotly_json()["props"]
    assert json.loads(marked["data-acts"]) == [act.value for act in acts_of(account)]
    assert set(json.loads(marked["data-open-states"])) == {status.key for status in OPEN_STATUSES}
    new = _part(page, ids.CASES_NEW).to_plotly_json()["props"]
    assert new["hidden"] is not account.may(Permission.INCIDENT_REPORT)


def _part(page: Component, wanted: str) -> Any:
    return next(part for part in page._traverse() if isinstance(part, Component) and getattr(part, "id", "") == wanted)


def test_other_pages_are_not_served_the_files_of_cases() -> None:
    tags = (
        '<script src="/_dash-component-suites/dash_ag_grid/dash_ag_grid.v35m1.min.js"></script>'
        '<script src="/assets/80_cases_base.js?m=1"></script><link rel="stylesheet" href="/assets/cases_page.css?m=1">'
    )
    assert files_of_page(tags, "/map") == ""
    assert files_of_page(tags, "/cases") == tags
