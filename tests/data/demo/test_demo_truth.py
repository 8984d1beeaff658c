"""Is the planted truth whole, and does it show in the incidents?"""

from collections import defaultdict

import networkx as nx
import numpy as np
import shapely

from data.demo.geography import DemoGeography
from data.demo.incidents import DemoIncidents
from data.demo.truth import PlantedTruth, build_truth


def test_groups_cover_most_villages_within_one_county_each(
    demo_geography: DemoGeography, demo_truth: PlantedTruth
) -> None:
    groups = demo_truth.profile_groups
    assert 0.97 * 868 <= len(groups) <= 868
    assert 25 <= len(set(groups.values())) <= 40
    assert set(groups) <= {unit.code for unit in demo_geography.level("medium")}
    assert set(groups.values()) == set(demo_truth.profiles)
    county = {(group, code[:6]) for code, group in groups.items()}
    assert len(county) == len(set(groups.values()))


def test_groups_are_contiguous_on_the_map(demo_geography: DemoGeography, demo_truth: PlantedTruth) -> None:
    units = demo_geography.level("medium")
    shapes = np.array([unit.geometry for unit in units], dtype=object)
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    border = shapely.length(shapely.intersection(shapes[one], shapes[two])) > 0
    touching = nx.Graph((units[a].code, units[b].code) for a, b in zip(one[border], two[border], strict=True))
    members = defaultdict(set)
    for code, group in demo_truth.profile_groups.items():
        members[group].add(code)
    assert members
    for group, codes in members.items():
        assert nx.is_connected(touching.subgraph(codes)), group
        assert len(codes) >= 6


def test_a_village_is_recognised_by_its_problems_often_but_not_always(
    demo_truth: PlantedTruth, demo_geography: DemoGeography, demo_incidents: DemoIncidents
) -> None:
    codes = [unit.code for unit in demo_geography.level("medium")]
    known = demo_incidents.small_code >= 0
    table = np.zeros((len(codes), len(demo_incidents.class_codes)))
    medium = demo_geography.facts.medium[demo_incidents.small_code[known]]
    np.add.at(table, (medium, demo_incidents.class_code[known]), 1.0)
    keys = sorted(demo_truth.profiles)
    group = np.array(
        [keys.index(demo_truth.profile_groups[c]) if c in demo_truth.profile_groups else -1 for c in codes]
    )
    pooled = np.array([table[group == i].sum(axis=0) for i in range(len(keys))])
    right = []
    for row in np.flatnonzero(group >= 0):
        others = pooled.copy()
        others[group[row]] -= table[row]
        chance = (others + 2.0) / (others + 2.0).sum(axis=1, keepdims=True)
        right.append((np.log(chance) @ table[row]).argmax() == group[row])
    assert 6 / len(keys) < np.mean(right) < 0.9


def test_outbreaks_name_real_places_classes_and_days(
    demo_geography: DemoGeography, demo_truth: PlantedTruth, demo_incidents: DemoIncidents
) -> None:
    assert 12 <= len(demo_truth.outbreaks) <= 20
    small = {unit.code for unit in demo_geography.level("small")}
    for outbreak in demo_truth.outbreaks:
        assert outbreak.class_code in demo_incidents.class_codes
        assert set(outbreak.small_codes) <= small
        assert len({code[:6] for code in outbreak.small_codes}) == 1
        assert 365 >= outbreak.first_days_ago >= outbreak.last_days_ago >= 1
        assert outbreak.excess >= 3


def test_outbreaks_stand_out_where_and_when_they_were_planted(
    demo_geography: DemoGeography, demo_truth: PlantedTruth, demo_incidents: DemoIncidents
) -> None:
    end = np.datetime64("2026-11-22T06:30:00", "us")
    small = np.array([unit.code for unit in demo_geography.level("small")])
    days_ago = (end - demo_incidents.reported_at) / np.timedelta64(1, "D")
    for index, outbreak in enumerate(demo_truth.outbreaks):
        planted = (demo_incidents.outbreak == index) & (demo_incidents.duplicate_of < 0)
        assert planted.sum() == outbreak.excess
        assert set(small[demo_incidents.small_code[planted]]) <= set(outbreak.small_codes)
        same = np.isin(small[demo_incidents.small_code], outbreak.small_codes) & (demo_incidents.small_code >= 0)
        same &= demo_incidents.class_code == demo_incidents.class_codes.index(outbreak.class_code)
        during = (days_ago <= outbreak.first_days_ago + 1) & (days_ago >= outbreak.last_days_ago - 1)
        length = outbreak.first_days_ago - outbreak.last_days_ago + 1
        usual = (same & ~during).sum() / (365 - length)
        assert (same & during).sum() / (length + 2) > 5 * usual, outbreak.key


def test_duplicates_reference_earlier_reports_near_in_place_and_time(demo_incidents: DemoIncidents) -> None:
    d = demo_incidents
    rows = np.flatnonzero(d.duplicate_of >= 0)
    first = d.duplicate_of[rows]
    assert 0.02 <= len(rows) / len(d) <= 0.03
    assert (d.duplicate_of[first] == -1).all()
    assert (d.small_code[rows] == d.small_code[first]).all()
    gap = (d.reported_at[rows] - d.reported_at[first]) / np.timedelta64(1, "h")
    assert gap.min() >= 0
    assert gap.max() <= 72
    offset_m = np.hypot(*(d.lonlat[rows] - d.lonlat[first]).T) * 111_000
    assert offset_m.max() < 200
    assert (d.class_code[rows] == d.class_code[first]).mean() > 0.85
    assert (d.text[rows] != d.text[first]).mean() > 0.85
    known = set(d.external_id.tolist())
    assert len(d.duplicates) == len(rows)
    assert set(d.duplicates) | set(d.duplicates.values()) <= known


def test_same_seed_plans_the_same_truth(demo_geography: DemoGeography, demo_truth: PlantedTruth) -> None:
    assert build_truth(demo_geography, 7, count=40_000) == demo_truth
    assert build_truth(demo_geography, 8, count=40_000) != demo_truth
