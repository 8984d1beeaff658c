"""Is every case judged after what happens to it, once and for good, and does a major one get onto the list?"""

from datetime import date, timedelta

import pytest
from psycopg import errors

from data.cases.action import Act
from data.feed.tell import tell
from data.risk.keeper import AT_ONCE, AT_ONCE_IN_A_RUSH, MARKED_EVERY, RiskKeeper
from data.risk.recompute import recompute
from data.risk.rule_file import rules_of
from data.risk.rule_store import import_rules, newest_rules
from tests.data.risk.conftest import RULES, Judging
from tests.support.case_world import DISPUTE, MONDAY_8, ROADS, STREET, CaseWorld

pytestmark = pytest.mark.anyio
LATER = MONDAY_8 + timedelta(minutes=10)


async def test_a_report_is_judged_after_its_commit_and_a_major_one_is_on_the_list(
    world: CaseWorld, judging: Judging
) -> None:
    quiet, loud = world.report(), world.report()
    judging.say(loud, "两伙人械斗并打砸店铺")
    stored = judging.turn(LATER)
    assert (stored.changed, stored.raised) == (1, 1)
    assert (judging.verdicts(quiet), judging.alert(quiet)) == ([], None)
    assert (judging.verdicts(loud), judging.alert(loud)) == ([("major", ["words"])], ("open", 1))
    [row] = judging.connection.execute("SELECT fired FROM risk_verdict WHERE incident_id = %s", [loud]).fetchall()
    [[fact]] = [one["facts"] for one in row[0]]
    assert (fact["fact"], fact["value"]) == ("text", ["械斗", "打砸"])
    assert judging.turn(LATER).changed == 0
    assert len(judging.verdicts(loud)) == 1


async def test_what_happens_later_changes_the_verdict(world: CaseWorld, judging: Judging) -> None:
    case = await world.closed()
    assert judging.turn(world.clock()).changed == 0
    await world.does("operator", Act.REOPEN, case, reason="问题重现")
    judging.turn(world.clock())
    assert judging.verdicts(case) == [("major", ["reopened"])]
    judging.say(case, "有人打砸")
    judging.connection.execute("UPDATE incident SET due_at = now() WHERE id = %s", [case])
    judging.turn(world.clock())
    assert judging.verdicts(case)[1:] == [("major", ["words", "reopened"])]
    # It is on the list already: nobody is told twice.
    assert judging.alert(case) == ("open", 1)


async def test_a_text_that_is_corrected_is_judged_again_by_itself(world: CaseWorld, judging: Judging) -> None:
    case = world.report()
    judging.turn(MONDAY_8)
    judging.turn(MONDAY_8)
    judging.say(case, "有人打砸")
    judging.turn(MONDAY_8)
    assert judging.verdicts(case) == [("major", ["words"])]
    judging.say(case, "路面积水")
    judging.turn(MONDAY_8)
    assert judging.verdicts(case)[1:] == [("general", [])]


async def test_two_limits_that_run_out_make_it_major_without_anything_being_done(
    world: CaseWorld, judging: Judging
) -> None:
    case = world.report()
    await world.does("operator", Act.ASK_PRE_FILING_CHECK, case)
    judging.turn(MONDAY_8 + timedelta(minutes=20))
    # The acceptance limit (15 minutes) has run out, that of the check (30 minutes from the question) has not.
    assert judging.verdicts(case) == []
    judging.turn(MONDAY_8 + timedelta(hours=1))
    assert judging.verdicts(case) == [("major", ["late"])]


async def test_a_closed_alert_comes_back_by_another_rule_only(world: CaseWorld, judging: Judging) -> None:
    case = world.report()
    judging.say(case, "打砸")
    judging.turn(LATER)
    judging.connection.execute(
        "UPDATE risk_alert SET state = 'closed', closed_at = now(), close_reason = 'settled' WHERE incident_id = %s",
        [case],
    )
    judging.say(case, "")
    judging.connection.execute("UPDATE incident SET due_at = now() WHERE id = %s", [case])
    judging.turn(LATER)
    judging.say(case, "打砸")
    judging.connection.execute("UPDATE incident SET due_at = NULL WHERE id = %s", [case])
    judging.turn(LATER)
    assert [level for level, _ in judging.verdicts(case)] == ["major", "general", "major"]
    assert judging.alert(case) == ("closed", 1)
    await world.does("operator", Act.ASK_PRE_FILING_CHECK, case)
    judging.turn(MONDAY_8 + timedelta(hours=2))
    assert judging.alert(case) == ("open", 2)


async def test_what_was_missed_is_caught_up_in_portions(world: CaseWorld, judging: Judging) -> None:
    cases = [world.report(at=MONDAY_8 + timedelta(minutes=n)) for n in range(5)]
    for case in cases:
        judging.say(case, "械斗")
    # As after a long outage, or an import: the feed no longer tells what happened.
    judging.connection.execute("DELETE FROM feed_change")
    judging.connection.execute("UPDATE feed_state SET tail = head, epoch = gen_random_uuid()")
    turns = [judging.turn(LATER, at_once=4) for _ in range(8)]
    assert max(turn.changed for turn in turns) <= 4
    assert sum(turn.changed for turn in turns) == 5
    assert all(judging.alert(case) == ("open", 1) for case in cases)


async def test_three_reports_at_one_point_are_a_repeat_place_and_two_or_far_ones_are_not(
    world: CaseWorld, judging: Judging
) -> None:
    lon, lat = judging.connection.execute(
        "SELECT ST_X(label_point), ST_Y(label_point) FROM unit WHERE id = (SELECT max(grid_id) FROM cell)"
    ).fetchone()
    metre = 1 / 111_320
    near = [world.report(at=MONDAY_8 + timedelta(minutes=n)) for n in range(3)]
    other = world.report(at=MONDAY_8 + timedelta(minutes=4), class_id=ROADS)
    far = world.report(at=MONDAY_8 + timedelta(minutes=5))
    for place, case in enumerate([*near, other]):
        judging.put(case, lon, lat + 15 * place * metre)
    judging.put(far, lon, lat + 90 * metre)
    judging.turn(LATER)
    assert [bool(judging.verdicts(case)) for case in [*near, other, far]] == [False, False, True, False, False]


async def test_sensitive_reports_count_by_their_small_grid(world: CaseWorld, judging: Judging) -> None:
    grids = judging.connection.execute(
        "SELECT id, ST_X(label_point), ST_Y(label_point) FROM unit WHERE id IN (SELECT grid_id FROM cell) ORDER BY id"
    ).fetchall()
    cases = [world.report(at=MONDAY_8 + timedelta(minutes=n), class_id=DISPUTE) for n in range(3)]
    for case in cases:
        judging.put(case, grids[0][1], grids[0][2])
    judging.turn(LATER)
    assert [judging.verdicts(case) for case in cases] == [[], [], [("major", ["place"])]]


async def test_nobody_changes_or_removes_a_verdict(world: CaseWorld, judging: Judging) -> None:
    case = world.report()
    judging.say(case, "械斗")
    judging.turn(LATER)
    for statement in ("UPDATE risk_verdict SET level = 'general'", "DELETE FROM risk_verdict", "TRUNCATE risk_verdict"):
        with pytest.raises(errors.InsufficientPrivilege):
            judging.connection.execute(statement.encode())


async def test_other_rules_can_be_tried_without_storing_and_new_ones_judge_all_open_cases(
    world: CaseWorld, judging: Judging
) -> None:
    case, old = world.report(class_id=STREET), newest_rules(judging.connection)
    assert old is not None
    judging.turn(LATER)
    wet = {"key": "wet", "zh": "水", "en": "wet", "when": {"fact": "text", "has_any": ["积水"]}}
    rules = rules_of({**RULES, "rules": [*RULES["rules"], wet]})
    day = date(2025, 3, 3)
    tried = recompute(judging.connection, day, day, rules, LATER, rule_set=None)
    assert (tried.by_rule["wet"], tried.changed, tried.raised) == (1, 1, 0)
    assert judging.verdicts(case) == []
    with judging.connection.transaction():
        assert import_rules(judging.connection, rules).id == old.id + 1
        assert import_rules(judging.connection, rules).id == old.id + 1
    for _ in range(3):
        judging.turn(LATER)
    assert judging.verdicts(case) == [("major", ["wet"])]
    versions = judging.connection.execute("SELECT rule_set_id FROM risk_verdict WHERE incident_id = %s", [case])
    assert versions.fetchone() == (old.id + 1,)


async def test_judging_anew_what_was_judged_changes_nothing(world: CaseWorld, judging: Judging) -> None:
    judging.say(world.report(), "械斗")
    judging.turn(LATER)
    kept, day = newest_rules(judging.connection), date(2025, 3, 3)
    assert kept is not None
    again = recompute(judging.connection, day, day, kept.rules, LATER, rule_set=kept)
    assert (again.major, again.was_major, again.changed, again.raised) == (1, 1, 0, 0)


async def test_in_a_rush_few_are_judged_and_all_of_them_after_it(world: CaseWorld, judging: Judging) -> None:
    keeper, connection = RiskKeeper(), judging.connection

    def turn() -> int:
        with connection.transaction():
            tell(connection)
        with connection.transaction():
            return keeper.turn(connection, LATER).changed

    turn()
    cases = [world.report(at=MONDAY_8 + timedelta(seconds=n)) for n in range(AT_ONCE + 20)]
    for case in cases:
        judging.say(case, "械斗")
    assert turn() <= AT_ONCE_IN_A_RUSH
    found = [turn() for _ in range(8)]
    assert max(found) > AT_ONCE_IN_A_RUSH
    assert all(judging.alert(case) == ("open", 1) for case in cases)


async def test_a_turn_in_which_nothing_happened_writes_nothing_but_the_clock_now_and_then(judging: Judging) -> None:
    keeper, connection = RiskKeeper(), judging.connection

    def written(at: timedelta) -> str:
        with connection.transaction():
            keeper.turn(connection, LATER + at)
        row = connection.execute("SELECT xmin::text FROM risk_mark").fetchone()
        assert row is not None
        return str(row[0])

    for _ in range(3):
        judging.turn(LATER)
    first = written(timedelta())
    assert written(timedelta(seconds=1)) == first
    assert written(timedelta(seconds=59)) == first
    assert written(MARKED_EVERY) != first


async def test_new_rules_are_in_force_in_the_next_turn(world: CaseWorld, judging: Judging) -> None:
    keeper, connection = RiskKeeper(), judging.connection
    case = world.report()
    judging.say(case, "积水")
    for _ in range(3):
        judging.turn(LATER)
        with connection.transaction():
            keeper.turn(connection, LATER)
    assert judging.alert(case) is None
    rule = {"key": "water", "zh": "水", "en": "water", "when": {"fact": "text", "has_any": ["积水"]}}
    with connection.transaction():
        import_rules(connection, rules_of(RULES | {"rules": [rule]}))
    for _ in range(3):
        with connection.transaction():
            keeper.turn(connection, LATER)
    assert judging.alert(case) == ("open", 1)
