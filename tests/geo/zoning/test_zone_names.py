"""Do zones get names after their units and codes from the range of joined communities, all different?"""

import numpy as np
import pytest

from geo.zoning.zone_names import code_stem, numbered_apart, successors, zone_codes, zone_name, zone_name_en


@pytest.mark.parametrize(
    ("unit", "zh"),
    [
        ("红岭村", "红岭联防片区"),
        ("东风社区", "东风联防片区"),
        ("新湖社区居民委员会", "新湖联防片区"),
        ("上埔村委会", "上埔联防片区"),
        ("李村", "李村联防片区"),
        ("0,1", "0,1联防片区"),
    ],
)
def test_a_name_drops_the_kind_of_unit_unless_little_is_left(unit: str, zh: str) -> None:
    assert zone_name(unit) == zh


def test_english_names() -> None:
    assert zone_name_en("Hongling Village") == "Hongling Joint-defence Zone"
    assert zone_name_en("") == ""


def test_names_that_come_twice_are_numbered_without_meeting_another() -> None:
    assert numbered_apart(["a", "a2", "a", "a", ""]) == ("a", "a2", "a3", "a4", "")


@pytest.mark.parametrize(
    ("codes", "stem"),
    [
        (["441502001601", "441502001002"], "441502001"),
        (["441502001601", "441502003201"], "441502000"),
        (["441502001601", "441521003201"], "Z44-"),
        (["4415", "441502001601"], "Z44-"),
        (["0,1"], "Z44-"),
        (["４４１５０２００１"], "Z44-"),
    ],
)
def test_a_code_begins_with_county_and_town(codes: list[str], stem: str) -> None:
    assert code_stem(codes, "Z44-") == stem


def test_codes_count_from_601_around_those_in_use() -> None:
    stems = {0: "441502001", 1: "441502001", 2: "441502000"}
    assert zone_codes(stems, {}, {"441502001602"}) == {0: "441502001601", 1: "441502001603", 2: "441502000601"}


def test_a_zone_that_goes_on_keeps_its_code_unless_it_left_the_town() -> None:
    stems = {0: "441502001", 1: "441502000"}
    kept = {0: "441502001605", 1: "441502001601"}
    assert zone_codes(stems, kept, set()) == {0: "441502001605", 1: "441502000601"}


def test_past_999_numbers_go_on() -> None:
    taken = {f"441502001{number}" for number in range(601, 1000)}
    assert zone_codes({0: "441502001"}, {}, taken) == {0: "4415020011000"}


def test_a_zone_goes_on_where_most_of_both_is_shared() -> None:
    before = np.array([0, 0, 0, 1, 1, 1, -1, 2, 2])
    after = np.array([5, 5, 3, 3, 3, 4, 4, 2, -1])
    # 5 has two of three of zone 0; 3 has two of three of zone 1; 2 has half of zone 2 only; 4 has one of three.
    assert successors(before, after) == {5: 0, 3: 1}
