"""How are incidents, their external keys and imports stored?"""

from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, func
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, SmallInt, String, Timestamp


class Dataset(Base):
    """A named stream of incidents; an external id is unique within it."""

    __tablename__ = "dataset"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    key: Mapped[String] = mapped_column(unique=True)
    name: Mapped[String]


class Incident(Base):
    """Something reported at a place and time, with the state of its handling.

    Partitioned by month of `reported_at` (UTC). `cell_id` says which units it lies in, `grid_id` repeats the
    small grid, `stated_unit_id` is the unit that the report names. `morton` orders points along a Z curve,
    those at which incidents are on the map: for a sensitive class the small grid's label point.
    """

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reported_at: Mapped[Timestamp] = mapped_column(primary_key=True)
    cell_id: Mapped[int] = mapped_column(server_default=sql_text("0"))
    grid_id: Mapped[int | None]
    stated_unit_id: Mapped[int | None]
    class_id: Mapped[SmallInt]
    severity: Mapped[SmallInt] = mapped_column(server_default=sql_text("1"))
    status: Mapped[SmallInt] = mapped_column(server_default=sql_text("1"))
    breached: Mapped[bool] = mapped_column(server_default=sql_text("false"))
    source_id: Mapped[SmallInt]
    department_id: Mapped[int | None] = mapped_column(SmallInteger)
    dataset_id: Mapped[int]
    filed_at: Mapped[Timestamp | None]
    dispatched_at: Mapped[Timestamp | None]
    handled_at: Mapped[Timestamp | None]
    closed_at: Mapped[Timestamp | None]
    due_at: Mapped[Timestamp | None]
    close_reason: Mapped[String | None]
    morton: Mapped[int | None] = mapped_column(BigInteger)
    geom: Mapped[WKBElement | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False))
    external_id: Mapped[String | None]
    text: Mapped[String | None]
    address: Mapped[String | None]
    closing_due_at: Mapped[Timestamp | None]
    marks: Mapped[SmallInt] = mapped_column(server_default=sql_text("0"))
    __table_args__ = (
        CheckConstraint("status BETWEEN 1 AND 12", name="status"),
        CheckConstraint("morton IS NULL OR geom IS NOT NULL", name="morton"),
        Index("incident_cell_idx", "cell_id", "reported_at", postgresql_include=["class_id", "status", "breached"]),
        Index("incident_reported_idx", "reported_at", "id"),
        Index(
            "incident_morton_idx",
            "morton",
            "reported_at",
            postgresql_include=["class_id", "status", "cell_id", "department_id"],
        ),
        Index(
            "incident_due_idx",
            "due_at",
            postgresql_where=sql_text("NOT breached AND due_at IS NOT NULL AND status IN (1, 2, 3, 4, 10, 11)"),
        ),
        Index(
            "incident_open_idx",
            "reported_at",
            "id",
            postgresql_include=[
                "status",
                "class_id",
                "department_id",
                "cell_id",
                "due_at",
                "dispatched_at",
                "handled_at",
                "closed_at",
                "marks",
            ],
            postgresql_where=sql_text("status IN (1, 2, 3, 4, 5, 10, 11, 12)"),
        ),
        Index(
            "incident_open_due_idx",
            "due_at",
            "id",
            postgresql_include=[
                "reported_at",
                "status",
                "class_id",
                "department_id",
                "cell_id",
                "dispatched_at",
                "handled_at",
                "closed_at",
                "marks",
            ],
            postgresql_where=sql_text("status IN (1, 2, 3, 4, 5, 10, 11, 12)"),
        ),
        Index(
            "incident_state_idx",
            "status",
            "reported_at",
            "id",
            postgresql_include=["class_id", "department_id", "cell_id", "due_at", "handled_at", "closed_at"],
            postgresql_where=sql_text("status <> 6"),
        ),
        Index(
            "incident_department_idx",
            "department_id",
            "reported_at",
            "id",
            postgresql_include=[
                "status",
                "class_id",
                "cell_id",
                "due_at",
                "dispatched_at",
                "handled_at",
                "closed_at",
                "marks",
            ],
            postgresql_where=sql_text("department_id IS NOT NULL AND status IN (1, 2, 3, 4, 5, 10, 11, 12)"),
        ),
        Index("incident_moments_idx", "reported_at", "due_at", "closing_due_at", postgresql_using="brin"),
        Index(
            "incident_settled_idx",
            sql_text("GREATEST(reported_at, handled_at, closed_at)"),
            "reported_at",
            postgresql_where=sql_text("status IN (6, 7, 8, 9)"),
        ),
        {"postgresql_partition_by": "RANGE (reported_at)"},
    )


class IncidentKey(Base):
    """The one incident that an external id stands for; `digest` tells equal rows from changed ones."""

    __tablename__ = "incident_key"
    key: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[int] = mapped_column(BigInteger)
    incident_id: Mapped[int] = mapped_column(BigInteger)
    reported_at: Mapped[Timestamp]


class ImportRun(Base):
    """One run of an import and its report."""

    __tablename__ = "import_run"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[String]
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("dataset.id"))
    file_name: Mapped[String]
    file_sha256: Mapped[String]
    started_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
    finished_at: Mapped[Timestamp | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    __table_args__ = (CheckConstraint("kind IN ('units', 'incidents', 'places', 'demo')", name="kind"),)


class PlantedTruth(Base):
    """What the demo city hides on purpose: profile groups, outbreaks, duplicates; scored against later."""

    __tablename__ = "planted_truth"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[String]
    group_key: Mapped[String]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    incident_id: Mapped[int | None] = mapped_column(BigInteger)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql_text("'{}'::jsonb"))
    __table_args__ = (
        CheckConstraint("kind IN ('profile', 'outbreak', 'duplicate')", name="kind"),
        Index("planted_truth_kind_group_key_idx", "kind", "group_key"),
    )
