"""Do the rules of risk say what they mean, are wrong ones refused by their place, and does each shipped rule fire?"""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data.cases.state import CaseState
from data.catalog_store import CATALOG
from data.risk.errors import RiskRulesInvalid
from data.risk.facts import Ask, Surroundings
from data.risk.judge import Level, judge
from data.risk.people import people_in
from data.risk.predicate import parse_predicate
from data.risk.rule_file import read_rule_file, rules_of, write_rules
from geo.status import CaseStatus

GROUP_PLACE = Surroundings(30, 50, "group")
FACTS = {
    Ask("group"): "neighbour",
    Ask("kind"): "dispute",
    Ask("severity"): 1,
    Ask("people"): 0,
    Ask("text"): "楼道堆物",
    Ask("missed_limits"): 0,
    Ask("reopened"): 0,
    Ask("grade"): "general",
    Ask("mediation"): None,
    Ask("dispute_level"): 1,
}


def rules_with(when: object, **more: Any) -> dict[str, Any]:
    return {"rules": [{"key": "one", "zh": "一", "en": "one", "when": when, **more}]}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"severity": 3}, "severe"),
        ({"grade": "major"}, "severe"),
        ({"people": 10}, "many_people"),
        ({"text": "双方扬言报复"}, "violence"),
        ({"text": "有人要跳楼"}, "self_harm"),
        ({"text": "十余人聚集"}, "collective"),
        ({"missed_limits": 2}, "unresolved"),
        ({"reopened": 1}, "unresolved"),
        ({"mediation": "failed"}, "unresolved"),
        ({"dispute_level": 3}, "cross_zone"),
    ],
)
def test_any_one_of_the_criteria_makes_a_dispute_major(change: dict[str, Any], rule: str) -> None:
    rules = read_rule_file()
    assert judge(rules, FACTS).level is Level.GENERAL
    verdict = judge(rules, FACTS | {Ask(name): value for name, value in change.items()})
    assert (verdict.level, [one.rule for one in verdict.fired]) == (Level.MAJOR, [rule])


def test_a_repeat_place_tells_its_count_and_the_one_below_does_not_fire() -> None:
    rules = read_rule_file()
    assert judge(rules, FACTS | {Ask("reports_at_place", GROUP_PLACE): 2}).fired == ()
    [fired] = judge(rules, FACTS | {Ask("reports_at_place", GROUP_PLACE): 3}).plain()
    assert fired == {
        "rule": "repeat_place",
        "facts": [
            {
                "fact": "reports_at_place",
                "value": 3,
                "comparison": "at_least",
                "asked": 3,
                "within_days": 30,
                "radius_m": 50,
                "same": "group",
            }
        ],
    }


def test_the_shipped_file_has_six_kinds_and_eight_criteria_and_names_real_groups_and_facts() -> None:
    rules = read_rule_file()
    disputes = [rule for rule in rules.rules if rule.kinds]
    assert (len(rules.kinds), len(disputes)) == (6, 8)
    assert all(len(rule.kinds) == 6 for rule in disputes)
    classes = yaml.safe_load((CATALOG / "classes.yaml").read_text(encoding="utf-8"))["classes"]
    groups = {entry["group"]["key"] for entry in classes if entry["kind"] == "dispute"}
    assert {group for kind in rules.kinds for group in kind.groups} == groups
    # What rules count is what cases count.
    assert {"reopened", "reworked", "returned", "supervised", "escalated"} <= set(CaseState.__slots__)
    assert {status.key for status in CaseStatus} >= {"reported", "closed"}


def test_criteria_for_disputes_say_nothing_about_other_cases() -> None:
    facts = FACTS | {Ask("group"): "street_order", Ask("kind"): "event", Ask("people"): 40, Ask("text"): "聚集"}
    assert judge(read_rule_file(), facts).fired == ()


def test_not_all_and_any_are_what_they_say() -> None:
    severe, many = {"fact": "severity", "at_least": 2}, {"fact": "people", "at_least": 5}
    for severity in (1, 2):
        for people in (4, 5):
            facts = {Ask("severity"): severity, Ask("people"): people}
            held = [severity >= 2, people >= 5]
            for name, wanted in (("all", all(held)), ("any", any(held))):
                assert (parse_predicate({name: [severe, many]}, "when").test(facts) is not None) is wanted
            assert (parse_predicate({"not": severe}, "when").test(facts) is not None) is not held[0]


def test_a_fact_that_is_not_known_makes_nothing_true() -> None:
    assert parse_predicate({"fact": "people", "at_most": 5}, "when").test({}) is None
    assert parse_predicate({"fact": "department", "is": "water"}, "when").test({Ask("department"): None}) is None


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "rules"),
        ({"rules": []}, "rules"),
        ({"rules": [{"key": "A b"}]}, "rules[0].when"),
        (rules_with({"fact": "phone", "is": "1"}), "rules[0].when.fact"),
        (rules_with({"fact": "severity"}), "rules[0].when"),
        (rules_with({"fact": "severity", "has_any": ["x"]}), "rules[0].when.has_any"),
        (rules_with({"fact": "severity", "at_least": "3"}), "rules[0].when.at_least"),
        (rules_with({"fact": "severity", "at_least": True}), "rules[0].when.at_least"),
        (rules_with({"any": []}), "rules[0].when.any"),
        (rules_with({"any": [{"fact": "severity", "at_least": 1}, {"fact": "text", "has_any": []}]}),
         "rules[0].when.any[1].has_any"),
        (rules_with({"all": [], "any": []}), "rules[0].when"),
        (rules_with({"fact": "reports_at_place", "at_least": 3}), "rules[0].when.within_days"),
        (rules_with({"fact": "severity", "at_least": 1}, kinds=["money"]), "rules[0].kinds"),
        (rules_with({"fact": "severity", "at_least": 1}, level="major"), "rules[0].level"),
        (rules_with({"fact": "text", "has_any": ["__import__"], "eval": "1"}), "rules[0].when.eval"),
        ([], "the file"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_by_its_place(content: object, field: str) -> None:
    with pytest.raises(RiskRulesInvalid) as refused:
        rules_of(content)
    assert refused.value.field == field
    assert refused.value.cause
    assert refused.value.remedy


def test_nesting_without_end_is_refused() -> None:
    deep: dict[str, Any] = {"fact": "severity", "at_least": 1}
    for _ in range(40):
        deep = {"not": deep}
    with pytest.raises(RiskRulesInvalid, match="nested"):
        rules_of(rules_with(deep))


def test_rules_written_to_a_file_are_the_same_rules() -> None:
    rules = read_rule_file()
    again = rules_of(yaml.safe_load(write_rules(rules)))
    assert (again.version, again.rules) == (rules.version, rules.rules)
    other = rules_of({**rules.content, "people": {"多人": 4}})
    assert other.version != rules.version


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "fact", "is", "in", "at_least", "severity"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_whatever_is_written_is_a_predicate_or_refused_with_a_reason(value: object) -> None:
    try:
        parse_predicate(value, "when").test({})
    except RiskRulesInvalid as refused:
        told = (refused.field.startswith("when"), bool(refused.cause), bool(refused.remedy))
        if told != (True, True, True):
            raise AssertionError(f"refused without a reason: {refused}") from refused


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("约30余人聚集", 30),
        ("二十多名村民到场", 20),
        ("一百二十人", 120),
        ("多名工人反映工资被拖欠", 3),
        ("12名业主，其中3人", 12),
        ("两村对山地归属有异议", 0),
        ("2025-11-03 井盖缺失", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_the_number_of_people_is_read_from_the_text(text: str | None, least: int) -> None:
    assert people_in(text, {"多名": 3}) == least
