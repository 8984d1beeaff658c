"""How are levels, units, their revisions and the places in them stored?"""

from datetime import date
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import ARRAY, CheckConstraint, Date, ForeignKey, Identity, Index, Integer, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, SmallInt, String, Timestamp

ID_BLOCK = 10_000_000
"""Ids of the level of rank r start at (r + 1) * ID_BLOCK + 1 and run without gaps."""

MOST_UNITS_BY_CLASS = 200
"""Levels with more units keep day figures of all classes together only: by class they would condense nothing."""


class Level(Base):
    """A level of the area tree; rank 0 is the whole city, the highest rank the smallest grid."""

    __tablename__ = "level"
    key: Mapped[String] = mapped_column(primary_key=True)
    rank: Mapped[SmallInt] = mapped_column(unique=True)
    name_zh: Mapped[String]
    name_en: Mapped[String]
    first_id: Mapped[int] = mapped_column(unique=True)
    min_zoom: Mapped[float]
    max_zoom: Mapped[float]
    rollup_by_class: Mapped[bool] = mapped_column(server_default=text("true"))
    __table_args__ = (CheckConstraint("rank BETWEEN 0 AND 7", name="rank"),)


class BoundaryRevision(Base):
    """One accepted import of boundaries; tiles are keyed by it."""

    __tablename__ = "boundary_revision"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    made_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
    valid_from: Mapped[date | None] = mapped_column(Date)
    source: Mapped[String]
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Unit(Base):
    """A node of the area tree during its time of validity."""

    __tablename__ = "unit"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level_key: Mapped[String] = mapped_column(ForeignKey("level.key"))
    code: Mapped[String]
    name: Mapped[String]
    name_en: Mapped[String] = mapped_column(server_default=text("''"))
    pinyin: Mapped[String] = mapped_column(server_default=text("''"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    population: Mapped[int | None]
    households: Mapped[int | None]
    area_m2: Mapped[float]
    geom: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    geom_3857: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=3857, spatial_index=False))
    label_point: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    revision_id: Mapped[int] = mapped_column(ForeignKey("boundary_revision.id"))
    ended_revision_id: Mapped[int | None] = mapped_column(ForeignKey("boundary_revision.id"))
    __table_args__ = (
        CheckConstraint("path[array_upper(path, 1)] = id", name="path_ends_in_self"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="validity"),
        Index(
            "unit_current_code_key",
            "level_key",
            "code",
            unique=True,
            postgresql_where=text("ended_revision_id IS NULL"),
        ),
        Index("unit_code_idx", "code"),
        Index("unit_current_id_idx", "id", postgresql_where=text("ended_revision_id IS NULL")),
        Index("unit_parent_id_idx", "parent_id"),
        Index("unit_path_idx", "path", postgresql_using="gin"),
        Index("unit_geom_3857_idx", "geom_3857", postgresql_using="gist"),
    )


class Straddle(Base):
    """A child unit with incidents that lie in another unit than its parent; ids are negative."""

    __tablename__ = "straddle"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parent_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    __table_args__ = (
        CheckConstraint("id < 0", name="negative_id"),
        Index("straddle_parent_id_child_id_key", "parent_id", "child_id", unique=True),
    )


class Cell(Base):
    """A distinct combination of units that a point lies in, one per level; 0 lies in none.

    The id is the small grid's id where the grid lies wholly inside its ancestors.
    """

    __tablename__ = "cell"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    subjects: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    __table_args__ = (Index("cell_subjects_idx", "subjects", postgresql_using="gin"),)


class Place(Base):
    """A place 地/物: sentry post, police room, reservoir and the like; never a person's."""

    __tablename__ = "place"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[String]
    code: Mapped[String] = mapped_column(unique=True)
    name: Mapped[String]
    name_en: Mapped[String] = mapped_column(server_default=text("''"))
    cell_id: Mapped[int] = mapped_column(ForeignKey("cell.id"))
    service_radius_m: Mapped[float | None]
    geom: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    geom_3857: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=3857, spatial_index=False))
    __table_args__ = (
        Index("place_kind_idx", "kind"),
        Index("place_geom_3857_idx", "geom_3857", postgresql_using="gist"),
    )


class Setting(Base):
    """A fact about this city that figures depend on: name, time zone, language."""

    __tablename__ = "setting"
    key: Mapped[String] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    changed_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
