"""Do names, codes and reports of places and units hold nothing personal, and is nothing left out in silence?"""

import json
from pathlib import Path

import numpy as np
import psycopg
import shapely
from sqlalchemy import Engine

from data.importing.incident_import import IncidentSource, import_incidents
from data.importing.mapping_file import preset_mapping
from data.importing.places_import import PlaceFields, PlaceSource, import_places
from data.importing.polygon_files import read_polygons
from data.importing.unit_candidates import find_candidates
from data.importing.unit_datum import named_system
from data.importing.unit_report import rejected_csv
from data.importing.unit_source import UnitFields, UnitSource
from tests.data.privacy.test_privacy_end_to_end import CARD, NOW, PHONE, SECRETS, everything_stored


def test_places_keep_no_personal_name_and_no_personal_code(
    city: Engine, raw: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / f"哨点{PHONE}.csv"
    rows = [
        f"P1,哨点{PHONE},115.005,22.005",
        f"{PHONE},甲,115.005,22.005",
        f"{CARD},乙,115.006,22.005",
    ]
    path.write_text("\n".join(["code,name,lon,lat", *rows]), encoding="utf-8")
    source = PlaceSource(path, f"post{PHONE}", "wgs84", PlaceFields("code", "name"))
    report = import_places(raw, source, now=NOW)
    raw.commit()
    assert (report.added, [item.field for item in report.rejected]) == (1, ["code", "code"])
    assert all("Give the place another" in item.remedy for item in report.rejected)
    assert raw.execute("SELECT name FROM place WHERE code = 'P1'").fetchone() == ("哨点［电话］",)
    shown = everything_stored(city) + json.dumps(report.as_json(), ensure_ascii=False) + "".join(report.lines())
    assert [secret for secret in SECRETS if secret in shown + rejected_csv(report.rejected)] == []


def test_units_keep_no_personal_name_and_no_personal_code(tmp_path: Path) -> None:
    facts = [("01", f"网格{PHONE}", "3"), (PHONE, "甲", "4"), ("01", "重复", "5"), ("02", "乙", PHONE + "人")]
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name, "people": people},
            "geometry": shapely.geometry.mapping(shapely.box(115 + row, 22, 115.5 + row, 22.5)),
        }
        for row, (code, name, people) in enumerate(facts)
    ]
    path = tmp_path / f"u{PHONE}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    source = UnitSource(path, fields=UnitFields("code", "name", population="people"))
    found = find_candidates(source, read_polygons(path, None), named_system("wgs84"), None)
    assert [unit.name for unit in found.units] == ["网格［电话］", "乙"]
    assert [item.reason[:22] for item in found.rejected] == ["the code is the number", "duplicate code: featur"]
    assert [note.kind for note in found.notes] == ["duplicate_code", "count_unreadable"]
    assert PHONE not in repr((found.units, found.rejected, found.notes)) + rejected_csv(found.rejected)


def test_columns_that_were_left_out_are_told_by_name(city: Engine, tmp_path: Path) -> None:
    csv, records = tmp_path / "a.csv", tmp_path / "b.json"
    csv.write_text(f"reported_at,text,楼层,备注{PHONE},\n2026-03-01 08:05,甲,3,找{CARD},", encoding="utf-8")
    records.write_text(json.dumps([{"reported_at": "2026-03-02 08:05", "text": "乙", "渠道备注": "x"}]))
    source = IncidentSource((csv, records), preset_mapping("plain"), "d")
    report = import_incidents(city, source, now=NOW, rng=np.random.default_rng(7), crs="wgs84")
    assert report.left_out_columns == ("楼层", "备注［电话］", "渠道备注")
    assert "columns left out: 楼层, 备注［电话］, 渠道备注" in report.to_text()
    assert "楼层" in report.to_json()
    assert CARD not in report.to_json() + everything_stored(city)
