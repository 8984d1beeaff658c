"""Are only areas left, and valid ones?"""

import numpy as np
import pytest
import shapely

from data.importing.polygon_files import read_polygons
from geo.validity import valid_areas


def test_everything_becomes_an_area_or_an_empty_polygon():
    square, line = shapely.box(0, 0, 1, 1), shapely.LineString([(2, 2), (3, 3)])
    bowtie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    mixed = shapely.GeometryCollection([square, line, shapely.MultiPolygon([shapely.box(5, 5, 6, 6)])])
    flat = shapely.Polygon([(0, 0), (1, 1), (2, 2)])
    given = np.array([square, bowtie, mixed, line, flat, None], dtype=object)
    found = valid_areas(given)
    assert shapely.area(found).tolist() == [1, 0.5, 2, 0, 0, 0]
    assert shapely.is_valid(found).all()
    assert set(shapely.get_type_id(found).tolist()) <= {3, 6}
    assert given[1] is bowtie


def test_rings_of_real_tracts_are_rebuilt_also_as_multipolygons(shared_data):
    tracts = read_polygons(shared_data / "nyc" / "census_tracts_2010.geojson").features
    shapes = np.array([feature.geometry for feature in tracts if feature.geometry], dtype=object)
    promoted = np.array([shapely.multipolygons(shapely.get_parts(shape)) for shape in shapes], dtype=object)
    found = valid_areas(promoted)
    assert shapely.is_valid(found).all()
    # One of them has a hole for which no ring is found when its rings are rebuilt one by one.
    assert shapely.area(found) == pytest.approx(shapely.area(valid_areas(shapes)), rel=1e-3)
