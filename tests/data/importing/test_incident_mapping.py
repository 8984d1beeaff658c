"""Do times, values and mapping files mean what docs/incident-mapping.md says?"""

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.importing.class_matching import local_code
from data.importing.errors import MappingInvalid
from data.importing.incident_mapping import StatedUnit
from data.importing.incident_times import TimeProblem, TimeRules, parse_times
from data.importing.mapping_file import load_mapping, mapping_from, preset_mapping, preset_names
from data.importing.marked_yaml import parse_yaml
from data.importing.report import IssueLog, Outcome, safe_cell
from data.importing.row_hashes import combine_hashes, hash_numbers, hash_texts, keys_of
from data.importing.value_matching import key_from, unit_text
from geo.status import CaseStatus

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SHANGHAI = TimeRules(ZoneInfo("Asia/Shanghai"))
NEW_YORK = TimeRules(ZoneInfo("America/New_York"))


def moments(texts: list[str], rules: TimeRules = SHANGHAI) -> list[str]:
    """UTC of texts to the second, or the name of the problem."""
    parsed = parse_times(pa.array(texts, pa.string()), rules, now=NOW)
    pairs = zip(parsed.utc, parsed.problem, strict=True)
    return [TimeProblem(problem).name if problem else str(utc)[:19] for utc, problem in pairs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21 08:05:30", "2026-11-21T00:05:30"),
        ("2026/11/21 8:05", "2026-11-21T00:05:00"),
        ("2026.11.21", "2026-11-20T16:00:00"),
        ("20261121080500", "2026-11-21T00:05:00"),
        ("202611210805", "2026-11-21T00:05:00"),
        ("20261121", "2026-11-20T16:00:00"),
        ("1763683200", "2025-11-21T00:00:00"),
        ("1763683200000", "2025-11-21T00:00:00"),
        ("2026-11-21T08:05:00+08:00", "2026-11-21T00:05:00"),
        ("2026-11-21T08:05:00.123Z", "2026-11-21T08:05:00"),
        ("2026年11月21日 8时5分", "2026-11-21T00:05:00"),
        ("2026年11月21日 下午3点", "2026-11-21T07:00:00"),
        ("02/28/2023 11:45:00 PM", "2023-02-28T15:45:00"),
        ("2/28/2023 12:05 AM", "2023-02-27T16:05:00"),
        ("２０２６/１/２ ８：０５", "2026-01-02T00:05:00"),
        ("2026-02-30 10:00", "IMPOSSIBLE"),
        ("2026-11-21 24:00", "IMPOSSIBLE"),
        ("昨天", "UNREADABLE"),
        ("", "EMPTY"),
        ("2099-01-01 00:00:00", "FUTURE"),
        ("1969-12-31 12:00:00", "TOO_EARLY"),
    ],
)
def test_each_way_of_writing_a_time(text: str, expected: str) -> None:
    assert moments([text]) == [expected]


@given(
    st.lists(
        st.datetimes(datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2026-11-20")),
        min_size=1,
        max_size=20,
    )
)
def test_columns_of_mixed_ways_agree_with_python(times: list[datetime]) -> None:
    patterns = ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y%m%d%H%M%S", "%Y年%m月%d日 %H时%M分%S秒")
    texts = [time.strftime(patterns[n % 4]) for n, time in enumerate(times)]
    zone = ZoneInfo("America/New_York")
    expected = [
        time.replace(microsecond=0, tzinfo=zone).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") for time in times
    ]
    assert moments(texts, NEW_YORK) == expected


def test_times_in_a_gap_and_in_a_fold() -> None:
    texts = pa.array(["2023-03-12 02:30:00", "2023-11-05 01:30:00", "2023-11-05 03:30:00"])
    parsed = parse_times(texts, NEW_YORK, now=NOW)
    assert [str(utc)[:19] for utc in parsed.utc] == [
        "2023-03-12T07:30:00",
        "2023-11-05T05:30:00",
        "2023-11-05T08:30:00",
    ]
    assert parsed.in_gap.tolist() == [True, False, False]
    assert parsed.in_fold.tolist() == [False, True, False]


def test_stated_formats_are_tried_alone() -> None:
    rules = TimeRules(ZoneInfo("UTC"), ("%d.%m.%Y %H:%M", "epoch_ms"))
    assert moments(["05.03.2025 08:05", "1763683200000", "2025-03-05"], rules) == [
        "2025-03-05T08:05:00",
        "2025-11-21T00:00:00",
        "UNREADABLE",
    ]


def test_day_first_and_excel_numbers() -> None:
    assert moments(["03/04/2025 10:00"], TimeRules(ZoneInfo("UTC"), day_first=True)) == ["2025-04-03T10:00:00"]
    parsed = parse_times(pa.array([45000.5]), TimeRules(ZoneInfo("UTC"), ("excel",)), now=NOW)
    assert str(parsed.utc[0])[:19] == "2023-03-15T12:00:00"


def test_typed_columns_keep_their_zone() -> None:
    naive = pa.array([datetime.fromisoformat("2026-01-01T08:00"), None], pa.timestamp("ms"))
    aware = pa.array([datetime(2026, 1, 1, 8, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    parsed = parse_times(naive, SHANGHAI, now=NOW)
    assert (str(parsed.utc[0])[:19], parsed.problem.tolist()) == ("2026-01-01T00:00:00", [0, TimeProblem.EMPTY])
    assert str(parse_times(aware, SHANGHAI, now=NOW).utc[0])[:19] == "2026-01-01T08:00:00"


def test_the_example_in_the_document_is_a_mapping() -> None:
    document = (Path(__file__).parents[3] / "docs" / "incident-mapping.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", document, re.DOTALL)
    assert example is not None
    mapping = mapping_from(parse_yaml(example[1], "docs"))
    assert mapping.joined["text"] == ("标题", "描述")
    assert mapping.statuses.statuses == {"Open": CaseStatus.reported, "Closed": CaseStatus.closed}
    assert mapping.stated_unit is not None
    assert unit_text("02 BRONX", mapping.stated_unit) == "202"
    for preset in preset_names():
        assert f"`{preset}`" in document


@pytest.mark.parametrize("name", preset_names())
def test_presets_are_whole(name: str) -> None:
    mapping = preset_mapping(name)
    assert mapping.columns["reported_at"]
    assert mapping.required == frozenset()


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("preset: plain\ncolumns:\n  repoted_at: t\n", 3, "columns.repoted_at"),
        ("preset: nowhere\n", 1, "preset"),
        ("preset: plain\ntime:\n  zone: Asia/Shangai\n", 3, "time.zone"),
        ("preset: plain\ntime:\n  zone: UTC\n  formats: ['%Q']\n", 4, "time.formats"),
        ("preset: plain\ndatum: nad27\n", 2, "datum"),
        ("preset: plain\nstatuses:\n  map:\n    Open: opened\n", 4, "statuses.map.Open"),
        ("preset: plain\nstated_unit:\n  column: a\n  write: '{b}'\n", 3, "stated_unit.match"),
        ("columns: {lon: x}\ntime: {zone: UTC}\n", 1, "columns"),
        ("columns: [a]\n", 1, "columns"),
        ("a: [\n", 2, "(syntax)"),
    ],
)
def test_a_wrong_mapping_names_line_and_field(text: str, line: int, field: str) -> None:
    with pytest.raises(MappingInvalid) as caught:
        mapping_from(parse_yaml(text, "m.yaml"))
    assert (caught.value.field, caught.value.remedy != "") == (field, True)
    assert caught.value.line is not None
    assert abs(caught.value.line - line) <= (1 if field == "stated_unit.match" else 0)


def test_a_mapping_file_adds_to_its_preset(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("preset: nyc311\ncolumns: {class: Descriptor}\nclasses: {map: {a: U-E-1-01}}\n", encoding="utf-8")
    mapping = load_mapping(path)
    assert mapping.joined["class"] == ("Descriptor",)
    assert mapping.columns["status"] == "Status"
    assert (mapping.required, mapping.classes.codes) == (frozenset({"Descriptor"}), {"a": "U-E-1-01"})
    with pytest.raises(MappingInvalid, match="cannot be read"):
        load_mapping(tmp_path / "absent.yaml")


def test_codes_are_not_taken_for_numbers() -> None:
    mapping = mapping_from(parse_yaml("preset: plain\nclasses: {map: {0123: 0456, No: X}}", "m.yaml"))
    assert mapping.classes.codes == {"0123": "0456", "No": "X"}


def test_stated_units_that_say_nothing_or_something_odd() -> None:
    stated = preset_mapping("nyc311").stated_unit
    assert isinstance(stated, StatedUnit)
    found = [unit_text(value, stated) for value in ("04 MANHATTAN", "0 Unspecified", "64 ATLANTIS", "?")]
    assert found == ["104", None, "64 ATLANTIS", "?"]


def test_local_codes_count_down() -> None:
    codes = [local_code("urban", place) for place in (0, 98, 99, 198)]
    assert codes == ["U-E-L-99", "U-E-L-01", "U-E-L2-99", "U-E-L3-99"]
    assert local_code("safety", 1) == "S-D-L-98"


def test_keys_are_plain_and_stable() -> None:
    assert key_from("Parks & Recreation") == "parks_recreation"
    assert key_from("城管局") == key_from("城管局") != key_from("水务局")


def test_hashes_depend_on_value_data_set_and_place_alone() -> None:
    texts = pa.array(["a", "", None, "a", "汕尾的路面积水"])
    hashed = hash_texts(texts, 1)
    assert len(set(hashed.tolist())) == 4
    assert np.array_equal(hash_texts(texts.slice(3), 1), hashed[3:])
    ids = texts.drop_null()
    assert not np.any(keys_of(ids, "one") == keys_of(ids, "two"))
    ones, twos = hash_numbers(np.array([1, 2]), 5), hash_numbers(np.array([2, 1]), 5)
    assert combine_hashes([ones, twos])[0] != combine_hashes([twos, ones])[0]
    assert len(set(hash_numbers(np.array([np.nan, -np.nan]), 5).tolist())) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_cells_hold_no_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(f"a{text}") == f"a{text}"


def test_the_log_counts_all_and_names_some() -> None:
    log = IssueLog()
    log.add("a.csv", np.arange(5), "coordinates", "zero", Outcome.UNASSIGNED)
    log.add("a.csv", np.arange(2), "closed_at", "before_report", Outcome.REPAIRED, ["x", "y"])
    assert log.count(Outcome.UNASSIGNED) == {"zero": 5}
    assert log.count(Outcome.REPAIRED) == {"closed_at_before_report": 2}
    assert [issue.line for issue in log.rows(most=3)] == [0, 1, 2, 0, 1]
    assert [issue.value for issue in log.rows([Outcome.REPAIRED])] == ["x", "y"]
    assert all(issue.text for issue in log.rows())
