"""Is what goes over the live connection what the page and the door expect?"""

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from dashboard.auth.feed_message import judge_subscription
from dashboard.auth.route_permissions import FEED
from dashboard.live.messages import (
    Pulse,
    Subscription,
    beat_message,
    delta_message,
    snapshot_message,
    subscription_of,
    told,
)
from data.accounts.account import Account
from data.accounts.permissions import Permission, Role
from data.feed.entry import Entry, FeedKind
from geo.status import CaseStatus

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
PULSE = Pulse(NOW, 120, round(NOW.timestamp() * 1000) - 400)


def message(entry: Entry) -> dict:
    return orjson.loads(delta_message(1, 9, {FeedKind(entry.kind): list(told([entry]))}, PULSE))


def test_a_case_is_told_with_its_event_and_the_age_of_the_feed() -> None:
    said = message(Entry(4, "cases", NOW, 17, 3, "dispatch", CaseStatus.dispatched))
    assert said["cases"] == [
        {
            "id": 17,
            "seq": 3,
            "at": "2026-03-01T08:00:00.000+00:00",
            "entry": 4,
            "act": "dispatch",
            "state": "dispatched",
        }
    ]
    assert (said["after"], said["upto"], said["lag_ms"]) == (1, 9, 120)
    assert said["as_of"] == "2026-03-01T07:59:59.600+00:00"
    assert said["server_ms"] == 1_772_352_000_000


def test_of_a_case_that_has_left_nothing_more_is_told() -> None:
    said = message(Entry(4, "cases", NOW, 17, 3, "redispatch", CaseStatus.dispatched, gone=True, detail={"x": 1}))
    assert said["cases"] == [
        {"id": 17, "seq": 3, "at": "2026-03-01T08:00:00.000+00:00", "entry": 4, "act": "gone", "state": None}
    ]


def test_figures_and_plans_are_told_by_their_versions() -> None:
    assert message(Entry(4, "figures", NOW, detail={"version": 9}))["figures"][0]["version"] == 9
    plan = message(Entry(4, "zones", NOW, seq=2, act="adopted", plan_id=5))["zones"][0]
    assert (plan["id"], plan["seq"], plan["state"]) == (5, 2, "adopted")


def test_a_snapshot_names_the_number_and_its_epoch() -> None:
    said = orjson.loads(snapshot_message(12, "e", PULSE))
    assert (said["type"], said["upto"], said["epoch"], said["version"]) == ("snapshot", 12, "e", 1)


@pytest.mark.parametrize("edition", ["0a1b2c3d4e5f", None])
def test_each_message_names_the_edition_of_the_pages_where_there_are_any(edition: str | None) -> None:
    pulse = replace(PULSE, edition=edition)
    for text in (snapshot_message(12, "e", pulse), delta_message(1, 9, {}, pulse), beat_message(1, 9, pulse)):
        assert orjson.loads(text).get("edition") == edition


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"type":"subscribe","kinds":["cases"]}', Subscription(frozenset({FeedKind.CASES}))),
        ('{"type":"subscribe","kinds":[],"last":3,"epoch":"e"}', Subscription(frozenset(), 3, "e")),
        # A number without its epoch says nothing.
        ('{"type":"subscribe","kinds":[],"last":3}', Subscription(frozenset())),
        ('{"type":"subscribe","kinds":["secrets"]}', None),
        ('{"type":"subscribe","kinds":"cases"}', None),
        ('{"type":"subscribe","kinds":[],"last":"3","epoch":"e"}', None),
        ('{"type":"subscribe","kinds":[],"last":true,"epoch":"e"}', None),
        ('{"type":"subscribe","kinds":[{}],"last":null}', None),
        ('{"type":"other","kinds":[]}', None),
        ("[1]", None),
        ("no json", None),
    ],
)
def test_what_is_no_subscription_is_none(text: str, wanted: Subscription | None) -> None:
    assert subscription_of(text) == wanted


def test_every_kind_has_a_line_of_what_it_needs() -> None:
    assert set(FEED) == {kind.value for kind in FeedKind}
    assert all(isinstance(need, Permission) for need in FEED.values())


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("kind", list(FeedKind))
def test_each_role_listens_to_what_it_may_and_to_nothing_else(role: Role, kind: FeedKind) -> None:
    account = Account(1, role.value, role)
    for kinds in ([kind], [FeedKind.FIGURES, kind]):
        text = orjson.dumps({"type": "subscribe", "kinds": kinds}).decode()
        said = judge_subscription(account, {"type": "websocket.receive", "text": text})
        assert said.is_good is account.may(Permission(FEED[kind.value]))


def test_a_token_narrows_what_is_listened_to() -> None:
    account = Account(1, "admin", Role.ADMIN, limited_to=frozenset({Permission.MAP}))
    for kind, is_good in (("figures", True), ("cases", False), ("unknown", False)):
        text = orjson.dumps({"type": "subscribe", "kinds": [kind]}).decode()
        assert judge_subscription(account, {"type": "websocket.receive", "text": text}).is_good is is_good
