"""Do classes hold every value once, and can every eye tell their colours apart?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.classification import Scheme, class_of, classify
from layers.colour_vision import Vision, difference, hex_of, lab_of, rgb_of, rgb_of_lab
from layers.errors import ClassesUndefined, ParameterRefused
from layers.legend import StateCounts, choropleth_legend, heat_legend, range_labels
from layers.palette import RAMPS, STATES, ramp

THEMES = ("dark", "light")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 2.5, 0), (58, 24, 15), 19.4535)],
)
def test_differences_are_those_of_the_published_pairs(first, second, expected) -> None:
    from layers.colour_vision import _ciede2000

    assert _ciede2000(np.array([first], float), np.array([second], float))[0] == pytest.approx(expected, abs=1e-4)


def test_colours_survive_the_way_through_lab() -> None:
    colours = ("#000000", "#ffffff", "#ff0000", "#123456", "#fd8d3c")
    assert hex_of(rgb_of_lab(lab_of(rgb_of(colours)))) == colours


def test_red_and_green_look_alike_to_a_deuteranope_and_to_nobody_else() -> None:
    red, green = rgb_of(("#b05f3c",)), rgb_of(("#827a35",))
    assert difference(red, green, Vision.DEUTERANOPIA)[0] < 0.5 * difference(red, green)[0]


@pytest.mark.parametrize("vision", list(Vision))
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", RAMPS)
def test_neighbouring_classes_and_zero_are_told_apart_by_every_eye(name: str, theme, vision: Vision) -> None:
    for count, least in ((5, 7.0), (7, 4.5)):
        colours = rgb_of(ramp(name, count, theme))
        assert difference(colours[:-1], colours[1:], vision).min() >= least
        zero = rgb_of((STATES[theme].zero,) * count)
        assert difference(zero, colours, vision).min() >= 5.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", RAMPS)
def test_lightness_runs_one_way_and_the_high_end_leaves_the_ground(name: str, theme) -> None:
    lightness = lab_of(rgb_of(ramp(name, 7, theme)))[:, 0]
    steps = np.diff(lightness)
    assert (steps > 0).all() if theme == "dark" else (steps < 0).all() or name == "viridis"


def test_states_have_colours_of_their_own() -> None:
    for theme in THEMES:
        states = STATES[theme]
        assert len({states.zero, states.no_data, states.filtered, states.suppressed}) == 4
        assert difference(rgb_of((states.zero,)), rgb_of((states.filtered,)))[0] > 3


def test_too_many_classes_and_unknown_ramps_are_refused() -> None:
    with pytest.raises(ParameterRefused):
        ramp("heat", 8, "dark")
    with pytest.raises(ParameterRefused):
        ramp("rainbow", 5, "dark")


values = st.lists(
    st.one_of(st.just(float("nan")), st.just(0.0), st.integers(1, 12).map(float), st.floats(1e-6, 1e6)), max_size=60
)


@settings(max_examples=60, deadline=None)
@given(values, st.sampled_from([Scheme.QUANTILE, Scheme.NATURAL]), st.integers(1, 7))
def test_every_amount_falls_into_one_class_and_no_class_is_empty(numbers: list[float], scheme: Scheme, k: int) -> None:
    array = np.array(numbers, float)
    classes = classify(array, scheme, k)
    assert len(classes) <= k
    assert sum(classes.counts) + classes.zeros + classes.missing == len(array)
    assert list(classes.breaks) == sorted(set(classes.breaks))
    found = class_of(array, classes)
    assert tuple(np.bincount(found[found >= 0], minlength=len(classes))) == classes.counts
    assert all(count > 0 for count in classes.counts)
    if len(classes):
        assert classes.breaks[-1] == np.nanmax(array)


def test_quantiles_halve_a_plain_row() -> None:
    classes = classify(np.arange(1, 101, dtype=float), Scheme.QUANTILE, 2, whole=True)
    assert classes.breaks == (50.0, 100.0)
    assert classes.counts == (50, 50)
    assert range_labels(classes, 0, "zh") == ("1 – 50", "51 – 100")


def test_natural_breaks_find_the_gaps() -> None:
    classes = classify(np.array([1, 2, 3, 50, 51, 52, 900, 901.0]), Scheme.NATURAL, 3)
    assert classes.counts == (3, 3, 2)


def test_fixed_classes_are_open_upward() -> None:
    classes = classify(np.array([0, 3, 10, 11, 500, np.nan]), Scheme.FIXED, fixed=(10, 100))
    assert classes.counts == (2, 2)
    assert (classes.zeros, classes.missing) == (1, 1)
    assert range_labels(classes, 0, "zh") == ("3 – 10", "11及以上")
    for wrong in ((), (5, 5), (0, 3), (3, float("nan"))):
        with pytest.raises(ClassesUndefined):
            classify(np.array([1.0]), Scheme.FIXED, fixed=wrong)


def test_a_negative_figure_is_no_amount() -> None:
    with pytest.raises(ClassesUndefined):
        classify(np.array([-1.0, 2.0]), Scheme.QUANTILE)


def test_the_legend_names_each_state_that_occurs() -> None:
    classes = classify(np.array([0, 1, 2, 3, np.nan]), Scheme.QUANTILE, 3, whole=True)
    states = StateCounts(filtered=2, suppressed=1)
    texts = {"title": "上报", "unit": "件", "ramp_name": "heat"}
    zh = choropleth_legend(classes, **texts, theme="dark", lang="zh", states=states)
    assert [entry.key for entry in zh.entries[-4:]] == ["zero", "no_data", "filtered", "suppressed"]
    assert [entry.label for entry in zh.entries[-4:]] == ["零", "无数据", "已筛除", "少于公开下限或没有"]
    assert [entry.count for entry in zh.entries] == [1, 1, 1, 1, 1, 2, 1]
    bare = choropleth_legend(classify(np.array([1.0]), Scheme.QUANTILE), **texts, theme="light", lang="en")
    assert [entry.key for entry in bare.entries] == ["class-0"]


def test_the_heat_legend_says_its_bandwidth() -> None:
    legend = heat_legend(40.0, 1500.0, title="Density", theme="light", lang="en")
    assert legend.notes == ("Kernel radius 1,500 m",)
    assert [entry.label for entry in legend.entries] == ["8", "16", "24", "32", "40"]
