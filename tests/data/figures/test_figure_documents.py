"""Does docs/figures.md say of every figure what is counted, and are wrong definitions and league rules refused?"""

import re
from pathlib import Path

import pytest

from data.figures.conditions import Term
from data.figures.counting import Crowd, FigureCount, Parts, count
from data.figures.definition import FILE, FigureDefinition, definition_of, definitions, read_definitions
from data.figures.errors import FiguresInvalid, FigureUnknown
from data.figures.league import FILE as LEAGUE_FILE
from data.figures.league import league, league_rules, read_league_rules
from data.figures.read import Subject

DOCUMENT = Path(__file__).parents[3] / "docs" / "figures.md"
ENTRY = FILE.read_text(encoding="utf-8")[FILE.read_text(encoding="utf-8").index("figures:") :].split("\n\n")[0]


def said(figure: FigureDefinition) -> str:
    terms = [
        [f"`{'' if term.wanted else 'not '}{term.name}`" for term in part] for part in (figure.among, figure.needs)
    ]
    counts = [f"`{'' if term.wanted else 'not '}{term.name}`" for term in figure.counts]
    cells = [f"`{figure.key}`", f"{figure.zh} {figure.en}", f"`{figure.moment}`"]
    cells += [", ".join(part) or "–" for part in (*terms, counts)]
    return f"| {' | '.join(cells)} |"


def test_the_document_has_every_figure_as_the_file_defines_it() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    block = text.split("<!-- figures -->")[1].split("<!-- /figures -->")[0]
    assert [line for line in block.splitlines() if line.startswith("| `")] == [said(one) for one in definitions()]
    formulas = text.split("<!-- formulas -->")[1].split("<!-- /formulas -->")[0]
    wanted = [f"- {one.zh} = {one.formula_zh}\n  {one.en} = {one.formula_en}" for one in definitions()]
    assert re.findall(r"- .*\n  .*", formulas) == wanted


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("handling_due", "some_day", "moment"),
        ("[not left_out]", "[not lost]", "among"),
        ("counts: [handled]", "counts: []", "counts"),
        ("better: high", "better: big", "better"),
        ("zh: 处置率", "zh: ''", "zh"),
        ("    key:", "    kee:", "kee"),
        ("better: high", "better: high\n    collected: maybe", "collected"),
        ("needs: [not end_unknown]", "needs: handled", "needs"),
    ],
)
def test_a_wrong_definition_names_field_cause_and_remedy(tmp_path: Path, old: str, new: str, place: str) -> None:
    text = (
        ENTRY.replace("  - key:", "  - better: high\n    key:", 1).replace("\n    better: high", "", 1)
        if "kee" in new
        else ENTRY
    )
    file = tmp_path / "figures.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(FiguresInvalid) as refused:
        read_definitions(file)
    assert refused.value.place.endswith(place)
    assert len(str(refused.value).split(". ")) >= 2


def test_the_shortened_file_is_usable_and_a_key_stands_once(tmp_path: Path) -> None:
    file = tmp_path / "figures.yaml"
    file.write_text(ENTRY, encoding="utf-8")
    assert [one.key for one in read_definitions(file)] == ["handling_rate"]
    file.write_text(f"{ENTRY}\n{ENTRY.removeprefix('figures:')}", encoding="utf-8")
    with pytest.raises(FiguresInvalid, match="stands twice"):
        read_definitions(file)
    file.write_text("figures: []", encoding="utf-8")
    with pytest.raises(FiguresInvalid, match="empty"):
        read_definitions(file)


def test_an_unknown_figure_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(FigureUnknown, match="handling_rate"):
        definition_of("fame")


def test_no_data_is_not_zero_and_exempt_cases_are_left_out_of_the_adjusted_value_alone() -> None:
    figure = definition_of("on_time_handling_rate")
    crowds = [
        Crowd(frozenset({"handling_due", "handled", "handled_in_time"}), 6),
        Crowd(frozenset({"handling_due", "handled"}), 3),
        Crowd(frozenset({"handling_due", "handled", "exempt"}), 1),
        Crowd(frozenset({"handling_due", "end_unknown"}), 5),
        Crowd(frozenset({"handling_due", "left_out"}), 7),
        Crowd(frozenset({"handled", "handled_in_time"}), 9),
    ]
    found = count([figure, definition_of("satisfaction_rate")], crowds)
    assert found["on_time_handling_rate"] == FigureCount(Parts(6, 10, 5), Parts(6, 9, 5))
    assert found["on_time_handling_rate"].factual.value == 0.6
    assert found["satisfaction_rate"].factual.value is None
    assert Parts(0, 4).value == 0.0


def test_terms_are_never_unknown() -> None:
    assert Term("handled", wanted=False).sql.endswith("IS NOT TRUE")
    assert Term("handled").sql.endswith("IS TRUE")


def subject(code: str, **values: tuple[int, int]) -> Subject:
    parts = {key: Parts(*pair) for key, pair in values.items()}
    return Subject(code, code, code, 1, {key: FigureCount(part, part) for key, part in parts.items()})


def test_the_league_by_hand() -> None:
    rules = league_rules()
    weights = {part.figure.key: part.weight for part in rules.parts}
    assert weights == {
        "on_time_handling_rate": 40, "handling_rate": 20, "on_time_closing_rate": 15, "rework_rate": 15,
        "accurate_dispatch_rate": 10,
    }  # fmt: skip
    good = subject("a", on_time_handling_rate=(10, 10), handling_rate=(10, 10), rework_rate=(1, 10))
    same = subject("b", on_time_handling_rate=(10, 10), handling_rate=(10, 10), rework_rate=(1, 10))
    poor = subject("c", on_time_handling_rate=(5, 10), handling_rate=(10, 10))
    few = subject("d", on_time_handling_rate=(2, 2), handling_rate=(2, 2))
    none = subject("none", on_time_handling_rate=(50, 50))
    table = league([few, poor, same, none, good], rules)
    # (40 + 20 + 15 × 0.9) / 75 = 98.0; (20 + 20) / 60 = 66.7
    assert [(place.subject.code, place.rank, place.score, place.light) for place in table] == [
        ("a", 1, 98.0, "green"),
        ("b", 1, 98.0, "green"),
        ("c", 3, 66.7, "red"),
        ("d", None, None, None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("rework_rate", "fame", "figure"),
        ("weight: 40", "weight: -1", "weight"),
        ("green: 90", "green: 50", "lights"),
        ("at_least: 5", "at_least: few", "league.yaml"),
    ],
)
def test_wrong_league_rules_are_refused(tmp_path: Path, old: str, new: str, place: str) -> None:
    file = tmp_path / "league.yaml"
    file.write_text(LEAGUE_FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(FiguresInvalid) as refused:
        read_league_rules(file)
    assert refused.value.place.endswith(place)
