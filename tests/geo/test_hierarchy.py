"""Is every fault of a division table found, and nothing else?"""

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.area_code import is_area_code, significant_digits, starts_with_parent
from geo.errors import CycleError, ShapeError
from geo.hierarchy import HierarchyFault, check_hierarchy, dfs_order


def _found(*arguments, **options):
    return [(finding.fault, finding.members) for finding in check_hierarchy(*arguments, **options)]


def test_a_sound_tree_has_no_findings():
    codes = ["441500000000", "441502000000", "441502001000", "441502001001", "441502001001001"]
    assert _found(codes, [None, *codes[:-1]], [1, 2, 3, 4, 5]) == []


@pytest.mark.parametrize(
    ("codes", "parents", "ranks", "expected"),
    [
        (["a", "b"], ["", "b"], None, [(HierarchyFault.SELF_PARENT, ("b",))]),
        (["a", "b"], [None, "z"], None, [(HierarchyFault.ORPHAN, ("b",))]),
        (["a", "b", "c"], [None, "c", "b"], None, [(HierarchyFault.CYCLE, ("b", "c"))]),
        (["a", "b", "c", "d"], ["c", "a", "b", "a"], None, [(HierarchyFault.CYCLE, ("a", "c", "b"))]),
        (["a", "b"], [None, "a"], [1, 3], [(HierarchyFault.LEVEL_SKIP, ("b",))]),
        (["a", "b"], [None, "a"], [2, 2], [(HierarchyFault.LEVEL_SKIP, ("b",))]),
        (["a", "a"], [None, None], None, [(HierarchyFault.DUPLICATE_CODE, ("a",))]),
        (["441502", "441521001"], [None, "441502"], None, [(HierarchyFault.CODE_PREFIX, ("441521001",))]),
        ([], [], None, []),
    ],
)
def test_single_faults(codes, parents, ranks, expected):
    assert _found(codes, parents, ranks) == expected


def test_a_duplicate_names_all_rows_with_its_code():
    finding = check_hierarchy(["a", "b", "a"], [None, "a", "b"])[0]
    assert (finding.row, finding.rows, finding.parent) == (2, (0, 2), "b")


def test_real_bad_rows(shared_data):
    with (shared_data / "badcases" / "hierarchy_bad.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    ids = [row["id"] for row in rows]
    parents = [None if row["parent_id"] == "0" else row["parent_id"] for row in rows]
    found = _found(ids, parents, [int(row["level"]) for row in rows])
    assert (HierarchyFault.SELF_PARENT, ("11",)) in found
    assert (HierarchyFault.ORPHAN, ("12",)) in found
    assert (HierarchyFault.CYCLE, ("13", "14")) in found
    faults = [fault for fault, _ in found]
    assert [faults.count(fault) for fault in (HierarchyFault.SELF_PARENT, HierarchyFault.ORPHAN)] == [1, 1]
    assert faults.count(HierarchyFault.CYCLE) == 1
    skips = {members[0] for fault, members in found if fault is HierarchyFault.LEVEL_SKIP}
    assert len(skips - {"13", "14"}) >= 1


def test_real_divisions_are_sound(shared_data):
    with (shared_data / "shanwei" / "shanwei_divisions_5level.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    codes = [row["code"] for row in rows]
    parents = [row["parent"] if row["parent"] in set(codes) else None for row in rows]
    prefix = [finding for finding in check_hierarchy(codes, parents) if finding.fault is HierarchyFault.CODE_PREFIX]
    assert prefix == []
    assert sorted(dfs_order(codes, parents).tolist()) == list(range(len(codes)))


@given(
    st.integers(0, 30).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(-1, 35), min_size=n, max_size=n)))
)
def test_any_parents_give_the_faults_that_walking_up_gives(table):
    count, links = table
    codes = [str(row) for row in range(count)]
    parents = [None if link < 0 else str(link) for link in links]
    found = check_hierarchy(codes, parents)
    in_cycle = {member for finding in found if finding.fault is HierarchyFault.CYCLE for member in finding.members}
    alone = {finding.code for finding in found if finding.fault is HierarchyFault.SELF_PARENT}
    assert in_cycle | alone == {str(row) for row in range(count) if row in _ancestors(row, links)}
    orphans = {finding.code for finding in found if finding.fault is HierarchyFault.ORPHAN}
    assert orphans == {str(row) for row in range(count) if links[row] >= count}
    if in_cycle | alone:
        with pytest.raises(CycleError):
            dfs_order(codes, parents)
    else:
        _assert_walk(dfs_order(codes, parents).tolist(), links)


def _ancestors(row, links):
    seen, above = set(), links[row]
    while 0 <= above < len(links) and above not in seen:
        seen.add(above)
        above = links[above]
    return seen


def _assert_walk(order, links):
    place = {row: position for position, row in enumerate(order)}
    assert len(place) == len(links)
    for row, link in enumerate(links):
        if 0 <= link < len(links):
            assert place[link] < place[row]
            between = order[place[link] + 1 : place[row]]
            assert all(link in _ancestors(other, links) for other in between)


def test_siblings_are_walked_by_code():
    assert dfs_order(["2", "1", "21", "11"], [None, None, "2", "1"]).tolist() == [1, 3, 0, 2]
    assert dfs_order([], []).dtype == np.int64


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("441502001001001", "441502001001001"),
        ("441502001001000", "441502001001"),
        ("441502001000", "441502001"),
        ("441502000000", "441502"),
        ("441500000000", "4415"),
        ("440000000000", "44"),
        ("441510", "441510"),
    ],
)
def test_significant_digits(code, digits):
    assert significant_digits(code) == digits


def test_other_codes_are_not_held_to_the_prefix_rule():
    assert not is_area_code("L000")
    assert not is_area_code("４４１５０２")
    assert starts_with_parent("L000", "441502")
    assert not starts_with_parent("441503", "441502000000")


def test_columns_of_different_length_are_refused():
    with pytest.raises(ShapeError):
        check_hierarchy(["a"], [])
