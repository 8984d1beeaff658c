"""How are rules of risk, verdicts, the list of major risks and what was done about them stored?"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, SmallInt, String, Timestamp


class RiskRuleSet(Base):
    """A text of the rules; never changed, the newest is in force."""

    __tablename__ = "risk_rule_set"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    version: Mapped[String]
    source: Mapped[String]
    made_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    __table_args__ = (CheckConstraint("source IN ('shipped', 'imported')", name="source"),)


class RiskVerdict(Base):
    """What the rules said of a case when that changed; append-only."""

    __tablename__ = "risk_verdict"
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reported_at: Mapped[Timestamp]
    judged_at: Mapped[Timestamp]
    rule_set_id: Mapped[int] = mapped_column(ForeignKey("risk_rule_set.id"))
    level: Mapped[String]
    fired: Mapped[list[Any]] = mapped_column(JSONB)
    __table_args__ = (
        CheckConstraint("no >= 1", name="no"),
        CheckConstraint("level IN ('general', 'major')", name="level"),
        CheckConstraint("jsonb_typeof(fired) = 'array'", name="fired"),
    )


class RiskAlert(Base):
    """A case on the risk list, with its owner (a department or a role) and the day of its review."""

    __tablename__ = "risk_alert"
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    reported_at: Mapped[Timestamp]
    raised_at: Mapped[Timestamp]
    verdict_no: Mapped[int]
    state: Mapped[String]
    seq: Mapped[int]
    acknowledged_at: Mapped[Timestamp | None]
    owner_department_id: Mapped[int | None] = mapped_column(SmallInteger)
    owner_role: Mapped[String | None]
    review_on: Mapped[date | None] = mapped_column(Date)
    closed_at: Mapped[Timestamp | None]
    close_reason: Mapped[String | None]
    __table_args__ = (
        CheckConstraint("state IN ('open', 'acknowledged', 'closed')", name="state"),
        CheckConstraint("owner_department_id IS NULL OR owner_role IS NULL", name="owner"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        Index("risk_alert_raised_idx", "raised_at", "incident_id"),
        Index("risk_alert_review_idx", "review_on", postgresql_where=sql_text("state <> 'closed'")),
    )


class RiskStep(Base):
    """Something that was done about a risk; append-only."""

    __tablename__ = "risk_step"
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reported_at: Mapped[Timestamp]
    at: Mapped[Timestamp]
    act: Mapped[String]
    account_id: Mapped[int | None]
    account_name: Mapped[String | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_key: Mapped[String | None]
    request_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        UniqueConstraint("account_id", "request_key", name="risk_step_request_key"),
        CheckConstraint("seq >= 1 AND (seq > 1 OR act = 'raise')", name="seq"),
        CheckConstraint("act IN ('raise', 'acknowledge', 'assign', 'review', 'close')", name="act"),
        CheckConstraint("jsonb_typeof(facts) = 'object'", name="facts"),
        CheckConstraint(
            "(request_key IS NULL) = (request_digest IS NULL) AND length(request_key) <= 300 "
            "AND length(request_digest) = 32",
            name="request",
        ),
    )


class RiskMark(Base):
    """How far judging has come; one row."""

    __tablename__ = "risk_mark"
    id: Mapped[SmallInt] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[UUID | None]
    feed_id: Mapped[int] = mapped_column(BigInteger)
    timed_until: Mapped[Timestamp]
    is_scanning: Mapped[bool]
    scan_at: Mapped[Timestamp]
    scan_id: Mapped[int] = mapped_column(BigInteger)
    rule_set_id: Mapped[int | None]
    __table_args__ = (CheckConstraint("id = 1", name="id"),)
