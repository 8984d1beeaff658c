"""How do the names of all units of a level travel to the map?"""

from collections.abc import Sequence
from typing import Any

from data.reads.levels import Level
from data.tiles import Label

_DIGITS = 6
"""Decimals of a degree: 0.1 m."""


def label_collection(labels: Sequence[Label], lang: str) -> dict[str, Any]:
    """GeoJSON points with id and name, to write names at."""
    features = [
        {
            "type": "Feature",
            "id": label.id,
            "properties": {"name": _name(label, lang)},
            "geometry": {"type": "Point", "coordinates": [round(label.lon, _DIGITS), round(label.lat, _DIGITS)]},
        }
        for label in labels
    ]
    return {"type": "FeatureCollection", "features": features}


def name_array(level: Level, labels: Sequence[Label], lang: str) -> dict[str, Any]:
    """`{"first_id", "names"}`: names in id order, null where an id is not in use at the revision."""
    names: list[str | None] = [None] * level.count
    for label in labels:
        names[label.id - level.first_id] = _name(label, lang)
    return {"first_id": level.first_id, "names": names}


def _name(label: Label, lang: str) -> str:
    return label.name_en or label.name if lang == "en" else label.name
