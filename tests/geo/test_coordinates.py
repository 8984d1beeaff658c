"""Are coordinates read as people write them, and is every repair counted?"""

import csv

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.box import Box
from geo.coordinate_text import Notation, read_coordinate
from geo.coordinates import Problem, Repair, parse_lonlat
from geo.errors import ShapeError

CITY = Box(114.8, 22.5, 116.3, 23.6)


@pytest.mark.parametrize(
    ("text", "degrees", "notation"),
    [
        ("115.5", 115.5, Notation.PLAIN),
        (" -22.5 ", -22.5, Notation.PLAIN),
        ("1.155e2", 115.5, Notation.PLAIN),
        (115, 115.0, Notation.PLAIN),
        ("115°21′15.75″", 115 + 21 / 60 + 15.75 / 3600, Notation.SEXAGESIMAL),
        ("22 47 31.99 N", 22 + 47 / 60 + 31.99 / 3600, Notation.SEXAGESIMAL),
        ("22°47'50\"N", 22 + 47 / 60 + 50 / 3600, Notation.SEXAGESIMAL),
        ("W 73°58'", -(73 + 58 / 60), Notation.SEXAGESIMAL),
        ("-73:58:30", -(73 + 58 / 60 + 30 / 3600), Notation.SEXAGESIMAL),
        ("东经115度21分15秒", 115 + 21 / 60 + 15 / 3600, Notation.SEXAGESIMAL),
        ("115.5°E", 115.5, Notation.SEXAGESIMAL),
        ("115.5S", -115.5, Notation.SEXAGESIMAL),
        ("１１５°２１′", 115 + 21 / 60, Notation.SEXAGESIMAL),
        ("115,517676", 115.517676, Notation.COMMA_DECIMAL),
        ("１１５．６７", 115.67, Notation.FULLWIDTH),
        ("115。67", 115.67, Notation.FULLWIDTH),
    ],
)
def test_readable_text(text, degrees, notation):
    reading = read_coordinate(text)
    assert reading.value == pytest.approx(degrees, abs=1e-12)
    assert reading.notation is notation


@pytest.mark.parametrize("text", ["", "  ", None, float("nan"), "null", "N/A", "无", "　"])
def test_missing_text(text):
    assert read_coordinate(text).notation is Notation.MISSING


@pytest.mark.parametrize(
    "text", ["NaN", "inf", "abc", "115°61′", "1,234,567", "-22 30 N", "N 22 30 N", "22..5", "1e999"]
)
def test_unreadable_text(text):
    assert read_coordinate(text).notation is Notation.UNREADABLE


@pytest.mark.parametrize(
    ("lon", "lat", "expected", "repair"),
    [
        ("115.5", "22.8", (115.5, 22.8), Repair.NONE),
        ("22.8", "115.5", (115.5, 22.8), Repair.SWAPPED),
        ("22.8", "118.5", (118.5, 22.8), Repair.SWAPPED),
        ("118.5", "22.8", (118.5, 22.8), Repair.NONE),
        ("115°30′", "22°48′", (115.5, 22.8), Repair.DMS),
        ("22°48′N", "115°30′E", (115.5, 22.8), Repair.SWAPPED),
        ("115,5", "22,8", (115.5, 22.8), Repair.COMMA_DECIMAL),
        ("115.5", "２２．８", (115.5, 22.8), Repair.FULLWIDTH),
        ("12857401.19", "2607849.87", (115.5, 22.8), Repair.MERCATOR_M),
    ],
)
def test_repairs(lon, lat, expected, repair):
    parsed = parse_lonlat([lon], [lat], extent=CITY)
    assert parsed.lonlat[0] == pytest.approx(expected, abs=1e-3)
    assert (parsed.repair[0], parsed.problem[0]) == (repair, Problem.NONE)


@pytest.mark.parametrize(
    ("lon", "lat", "problem"),
    [
        ("", "", Problem.MISSING),
        ("115.5", None, Problem.MISSING),
        ("", "NaN", Problem.NOT_A_NUMBER),
        ("NaN", "", Problem.NOT_A_NUMBER),
        ("0", "0", Problem.ZERO),
        ("115.5", "0", Problem.ZERO),
        ("NaN", "NaN", Problem.NOT_A_NUMBER),
        ("somewhere", "22.8", Problem.NOT_A_NUMBER),
        ("200", "100", Problem.OUT_OF_RANGE),
        ("500000", "2500000", Problem.OUT_OF_RANGE),
        ("1e12", "5", Problem.OUT_OF_RANGE),
    ],
)
def test_problems(lon, lat, problem):
    parsed = parse_lonlat([lon], [lat], extent=CITY)
    assert np.isnan(parsed.lonlat).all()
    assert (parsed.repair[0], parsed.problem[0]) == (Repair.NONE, problem)


def test_without_extent_only_range_decides():
    parsed = parse_lonlat(["22.8", "12857401", "0", "0"], ["115.5", "2609362", "0", "51.5"])
    assert parsed.repair.tolist() == [Repair.SWAPPED, Repair.MERCATOR_M, Repair.NONE, Repair.NONE]
    assert parsed.problem.tolist() == [Problem.NONE, Problem.NONE, Problem.ZERO, Problem.NONE]


def test_one_bad_row_leaves_the_others_alone():
    parsed = parse_lonlat(["115.1", "x", None, "115,2", "115.3"], ["22.7", "22.7", "22.7", "22,7", "22.7"], extent=CITY)
    assert parsed.problem.tolist() == [0, Problem.NOT_A_NUMBER, Problem.MISSING, 0, 0]
    assert parsed.lonlat[[0, 3, 4]] == pytest.approx(np.array([[115.1, 22.7], [115.2, 22.7], [115.3, 22.7]]))


@pytest.mark.parametrize(
    "column",
    [
        lambda values: list(values),
        lambda values: np.array([float(v) for v in values]),
        lambda values: np.array(values, dtype=object),
        lambda values: np.array(values),
        lambda values: pd.Series(values),
        lambda values: pd.Series([float(v) for v in values]),
        lambda values: pa.chunked_array([values[:1], values[1:]]),
        lambda values: [values[0], float(values[1]), *values[2:]],
    ],
)
def test_every_kind_of_column_reads_alike(column):
    parsed = parse_lonlat(column(["115.5", "115.6", "115"]), column(["22.8", "22.9", "23"]), extent=CITY)
    assert parsed.lonlat.tolist() == [[115.5, 22.8], [115.6, 22.9], [115.0, 23.0]]
    assert not parsed.problem.any()
    assert not parsed.repair.any()


def test_a_float_column_keeps_its_values_and_marks_nan_as_missing():
    lon = np.array([115.5, np.nan, np.inf, 22.8])
    parsed = parse_lonlat(lon, np.array([22.8, 22.8, 22.8, 115.5]), extent=CITY)
    assert parsed.problem.tolist() == [0, Problem.MISSING, Problem.NOT_A_NUMBER, 0]
    assert lon[3] == 22.8
    assert parsed.lonlat[3].tolist() == [115.5, 22.8]


def test_empty_columns():
    assert parse_lonlat([], [], extent=CITY).lonlat.shape == (0, 2)


def test_all_missing_columns():
    assert parse_lonlat([None, None], [None, ""]).problem.tolist() == [Problem.MISSING, Problem.MISSING]


def test_columns_of_different_length_are_refused():
    with pytest.raises(ShapeError, match="lat has shape"):
        parse_lonlat(["1"], ["1", "2"])


@given(st.floats(115.0, 116.2), st.floats(22.6, 23.5), st.booleans())
def test_degrees_minutes_seconds_round_trip(lon, lat, swap):
    texts = [_dms(lon), _dms(lat)]
    parsed = parse_lonlat(*[[text] for text in (texts[::-1] if swap else texts)], extent=CITY)
    assert parsed.lonlat[0] == pytest.approx((lon, lat), abs=1e-7)
    assert parsed.repair[0] == (Repair.SWAPPED if swap else Repair.DMS)


def _dms(value):
    total = round(value * 3600, 5)
    degrees, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{int(degrees)}°{int(minutes)}′{seconds:.5f}″".replace("60.00000", "59.99999")


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text):
    reading = read_coordinate(text)
    assert np.isnan(reading.value) == (reading.notation in {Notation.MISSING, Notation.UNREADABLE})


REPAIR_OF = {
    "swapped": Repair.SWAPPED,
    "dms": Repair.DMS,
    "comma_decimal": Repair.COMMA_DECIMAL,
    "mercator_m": Repair.MERCATOR_M,
    "fullwidth": Repair.FULLWIDTH,
}
PROBLEM_OF = {"zero": Problem.ZERO, "empty": Problem.MISSING, "nan": Problem.NOT_A_NUMBER}


def test_real_bad_rows_end_as_they_should(shared_data):
    with (shared_data / "badcases" / "incidents_bad_2100.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    parsed = parse_lonlat([row["lon"] for row in rows], [row["lat"] for row in rows], extent=CITY.expanded(0.2))
    expected_repair = [REPAIR_OF.get(row["expect"], Repair.NONE) for row in rows]
    expected_problem = [PROBLEM_OF.get(row["expect"], Problem.NONE) for row in rows]
    assert parsed.repair.tolist() == expected_repair
    assert parsed.problem.tolist() == expected_problem
    located = parsed.problem == Problem.NONE
    inside = CITY.expanded(0.2).contains(*parsed.lonlat[located].T)
    outside_as_stated = np.array([row["expect"] == "out_of_city" for row in rows])[located]
    assert np.array_equal(~inside, outside_as_stated)
