"""How are waiting changes, entries and the state of the live feed stored?"""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, SmallInteger, func
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, SmallInt, String, Timestamp


class FeedChange(Base):
    """Something that a writer has changed and that nobody has been told yet; append-only for writers."""

    __tablename__ = "feed_change"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[String]
    at: Mapped[Timestamp] = mapped_column(server_default=func.clock_timestamp())
    xid: Mapped[int] = mapped_column(BigInteger, server_default=sql_text("pg_current_xact_id()::text::bigint"))
    incident_id: Mapped[int | None] = mapped_column(BigInteger)
    reported_at: Mapped[Timestamp | None]
    seq: Mapped[int | None]
    act: Mapped[String | None]
    left_id: Mapped[int | None] = mapped_column(SmallInteger)
    plan_id: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    __table_args__ = (CheckConstraint("kind IN ('cases', 'zones', 'alerts', 'walls', 'reset')", name="kind"),)


class FeedEntry(Base):
    """Something that viewers are told, with what decides who; numbers follow each other without gaps."""

    __tablename__ = "feed_entry"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[String]
    at: Mapped[Timestamp]
    incident_id: Mapped[int | None] = mapped_column(BigInteger)
    seq: Mapped[int | None]
    act: Mapped[String | None]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    cell_id: Mapped[int | None]
    class_id: Mapped[int | None] = mapped_column(SmallInteger)
    department_id: Mapped[int | None] = mapped_column(SmallInteger)
    left_id: Mapped[int | None] = mapped_column(SmallInteger)
    called: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default=sql_text("'{}'"))
    plan_id: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    __table_args__ = (
        CheckConstraint("kind IN ('cases', 'figures', 'zones', 'alerts', 'walls', 'reset')", name="kind"),
    )


class FeedState(Base):
    """The numbers of the first and last entry; one row. Another epoch means that older numbers say nothing."""

    __tablename__ = "feed_state"
    id: Mapped[SmallInt] = mapped_column(primary_key=True, autoincrement=False)
    head: Mapped[int] = mapped_column(BigInteger)
    tail: Mapped[int] = mapped_column(BigInteger)
    epoch: Mapped[UUID]
    rollup_version: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        CheckConstraint("id = 1", name="id"),
        CheckConstraint("0 <= tail AND tail <= head", name="tail"),
    )
