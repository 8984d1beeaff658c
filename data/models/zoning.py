"""How are plans of joint-defence zones stored, with their units, steps, comments, teams and links?"""

from datetime import date
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, SmallInt, String, Timestamp

STATES = "'draft', 'review', 'adopted', 'superseded', 'withdrawn'"
_NONE = text("'{}'::integer[]")
_EMPTY = text("'{}'::jsonb")


class ZonePlan(Base):
    """A versioned division of the units of one level within one unit; in force from `adopted_from` to before
    `superseded_from`.
    """

    __tablename__ = "zone_plan"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[String]
    state: Mapped[String] = mapped_column(server_default=text("'draft'"))
    version: Mapped[int] = mapped_column(server_default=text("0"))
    head: Mapped[int] = mapped_column(server_default=text("0"))
    done: Mapped[int] = mapped_column(server_default=text("0"))
    undone: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=_NONE)
    within_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    within_path: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    base_level: Mapped[String] = mapped_column(ForeignKey("level.key"))
    base_rank: Mapped[SmallInt]
    boundary_revision: Mapped[int] = mapped_column(ForeignKey("boundary_revision.id"))
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    zones: Mapped[int]
    locked_unit_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=_NONE)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=_EMPTY)
    seed: Mapped[int | None] = mapped_column(BigInteger)
    hash: Mapped[String | None]
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    start_figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
    changed_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
    account_id: Mapped[int | None]
    account_name: Mapped[String]
    request_key: Mapped[String | None]
    adopted_from: Mapped[date | None] = mapped_column(Date)
    adopted_at: Mapped[Timestamp | None]
    adopted_by: Mapped[String | None]
    superseded_from: Mapped[date | None] = mapped_column(Date)
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("zone_plan.id"))
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="name"),
        CheckConstraint(f"state IN ({STATES})", name="state"),
        CheckConstraint("head BETWEEN 0 AND version AND done BETWEEN 0 AND head", name="version"),
        CheckConstraint(
            "hash ~ '^[0-9a-f]{64}$' AND (hash IS NOT NULL OR state IN ('draft', 'withdrawn'))", name="hash"
        ),
        CheckConstraint("zones >= 0", name="zones"),
        CheckConstraint("(adopted_from IS NOT NULL) = (state IN ('adopted', 'superseded'))", name="in_force"),
        CheckConstraint("(superseded_from IS NOT NULL) = (state = 'superseded')", name="superseded"),
        CheckConstraint("superseded_from > adopted_from", name="dates"),
        ExcludeConstraint(
            (text("int4range(within_id, within_id, '[]')"), "&&"),
            (text("int4range(base_rank, base_rank, '[]')"), "&&"),
            (text("daterange(adopted_from, superseded_from)"), "&&"),
            where=text("adopted_from IS NOT NULL"),
            using="gist",
            name="zone_plan_one_in_force",
        ),
        Index("zone_plan_request_key", "account_id", "request_key", unique=True),
        Index("zone_plan_within_id_idx", "within_id"),
    )


class Zone(Base):
    """A zone of a plan; code and shape from the adoption on."""

    __tablename__ = "zone"
    plan_id: Mapped[int] = mapped_column(ForeignKey("zone_plan.id"), primary_key=True, autoincrement=False)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[String | None]
    name: Mapped[String | None]
    name_en: Mapped[String] = mapped_column(server_default=text("''"))
    colour: Mapped[SmallInt] = mapped_column(server_default=text("0"))
    locked: Mapped[bool] = mapped_column(server_default=text("false"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("zone_team.id"))
    post_place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id", ondelete="SET NULL"))
    area_m2: Mapped[float | None]
    population: Mapped[int | None]
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    geom_3857: Mapped[WKBElement | None] = mapped_column(Geometry("MULTIPOLYGON", srid=3857, spatial_index=False))
    label_point: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    id: Mapped[int | None]
    members: Mapped[int | None]
    __table_args__ = (
        CheckConstraint("no >= 0", name="no"),
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="name"),
        CheckConstraint(
            "(code IS NULL) = (geom IS NULL) AND (geom IS NULL) = (geom_3857 IS NULL) "
            "AND (code IS NULL OR name IS NOT NULL)",
            name="adopted",
        ),
        CheckConstraint("(code IS NULL) = (id IS NULL) AND (id IS NULL) = (members IS NULL)", name="counted"),
        Index("zone_id_key", "id", unique=True),
        Index("zone_plan_id_code_key", "plan_id", "code", unique=True),
        Index("zone_geom_3857_idx", "geom_3857", postgresql_using="gist"),
    )


class ZoneMember(Base):
    """A unit in a zone of a plan; a unit without a row is in none."""

    __tablename__ = "zone_member"
    plan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, autoincrement=False)
    no: Mapped[int]
    __table_args__ = (
        ForeignKeyConstraint(["plan_id", "no"], ["zone.plan_id", "zone.no"]),
        Index("zone_member_plan_id_no_idx", "plan_id", "no"),
        Index("zone_member_unit_id_idx", "unit_id"),
    )


class ZoneStep(Base):
    """A change of a plan; steps are only added."""

    __tablename__ = "zone_step"
    plan_id: Mapped[int] = mapped_column(ForeignKey("zone_plan.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
    account_id: Mapped[int | None]
    account_name: Mapped[String]
    kind: Mapped[String]
    units: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=_NONE)
    left_no: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=_NONE)
    joined_no: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=_NONE)
    opened: Mapped[int] = mapped_column(server_default=text("0"))
    earlier: Mapped[int]
    of_version: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=_EMPTY)
    request_key: Mapped[String | None]
    __table_args__ = (
        CheckConstraint("length(kind) BETWEEN 1 AND 20", name="kind"),
        CheckConstraint(
            "cardinality(units) = cardinality(left_no) AND cardinality(units) = cardinality(joined_no)", name="arrays"
        ),
        Index("zone_step_request_key", "plan_id", "account_id", "request_key", unique=True),
    )


class ZoneComment(Base):
    """What somebody says about a plan, pinned to a place, a zone or a unit."""

    __tablename__ = "zone_comment"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("zone_plan.id"))
    made_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
    account_id: Mapped[int | None]
    account_name: Mapped[String]
    text: Mapped[String]
    no: Mapped[int | None]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    resolved_at: Mapped[Timestamp | None]
    resolved_by: Mapped[String | None]
    request_key: Mapped[String | None]
    __table_args__ = (
        CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved"),
        Index("zone_comment_plan_id_idx", "plan_id"),
        Index("zone_comment_request_key", "plan_id", "account_id", "request_key", unique=True),
    )


class ZoneTeam(Base):
    """A patrol team: a name, a number of people and their shifts, never persons."""

    __tablename__ = "zone_team"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    within_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    within_path: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    name: Mapped[String]
    size: Mapped[SmallInt]
    shifts: Mapped[String] = mapped_column(server_default=text("''"))
    made_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
    account_id: Mapped[int | None]
    account_name: Mapped[String]
    ended_at: Mapped[Timestamp | None]
    request_key: Mapped[String | None]
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 120", name="name"),
        CheckConstraint("size BETWEEN 1 AND 1000", name="size"),
        CheckConstraint("length(shifts) <= 400", name="shifts"),
        Index("zone_team_request_key", "account_id", "request_key", unique=True),
    )


class ZoneLink(Base):
    """Two units that count as neighbours without a common border (link), or do not count with one (cut)."""

    __tablename__ = "zone_link"
    level_key: Mapped[String] = mapped_column(ForeignKey("level.key"), primary_key=True)
    a_code: Mapped[String] = mapped_column(primary_key=True)
    b_code: Mapped[String] = mapped_column(primary_key=True)
    kind: Mapped[String]
    reason: Mapped[String] = mapped_column(server_default=text("''"))
    made_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
    account_id: Mapped[int | None]
    account_name: Mapped[String]
    __table_args__ = (
        CheckConstraint("a_code < b_code", name="order"),
        CheckConstraint("kind IN ('link', 'cut')", name="kind"),
        CheckConstraint("length(reason) <= 400", name="reason"),
    )
