"""How are the log of cases, what follows from it, work days and local rules stored?"""

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Double,
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


class CaseEventRow(Base):
    """One thing that happened to a case; append-only. `reported_at` is the incident's, for its partition."""

    __tablename__ = "case_event"
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reported_at: Mapped[Timestamp]
    at: Mapped[Timestamp]
    written_at: Mapped[Timestamp] = mapped_column(server_default=func.clock_timestamp())
    act: Mapped[String]
    account_id: Mapped[int | None]
    account_name: Mapped[String | None]
    department_id: Mapped[int | None] = mapped_column(SmallInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_key: Mapped[String | None]
    request_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    account_role: Mapped[String | None]
    __table_args__ = (
        UniqueConstraint("account_id", "request_key", name="case_event_request_key"),
        CheckConstraint("seq >= 1 AND (seq = 1) = (act = 'report')", name="seq"),
        CheckConstraint("jsonb_typeof(facts) = 'object'", name="facts"),
        CheckConstraint(
            "(request_key IS NULL) = (request_digest IS NULL) AND length(request_key) <= 300 "
            "AND length(request_digest) = 32",
            name="request",
        ),
        Index("case_event_at_idx", "at"),
        Index(
            "case_event_into_idx",
            sql_text("((facts ->> 'into'::text)::bigint)"),
            postgresql_where=sql_text("act = 'merge'"),
        ),
    )


class CasePastRow(Base):
    """How a case stood from `since` until just before `until`, the event after `seq`; follows from the log."""

    __tablename__ = "case_past"
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reported_at: Mapped[Timestamp]
    since: Mapped[Timestamp]
    until: Mapped[Timestamp]
    status: Mapped[SmallInt]
    breached: Mapped[bool]
    department_id: Mapped[int | None] = mapped_column(SmallInteger)
    filed_at: Mapped[Timestamp | None]
    dispatched_at: Mapped[Timestamp | None]
    handled_at: Mapped[Timestamp | None]
    closed_at: Mapped[Timestamp | None]
    due_at: Mapped[Timestamp | None]
    close_reason: Mapped[String | None]
    closing_due_at: Mapped[Timestamp | None]
    marks: Mapped[SmallInt]
    __table_args__ = (
        CheckConstraint("since < until", name="span"),
        Index("case_past_until_idx", "until", "since", postgresql_include=["incident_id", "reported_at"]),
    )


class CaseTimerRow(Base):
    """A time limit of a case by its number; follows from the log. Paused ones are due at no moment."""

    __tablename__ = "case_timer"
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    no: Mapped[SmallInt] = mapped_column(primary_key=True, autoincrement=False)
    reported_at: Mapped[Timestamp]
    stage: Mapped[String]
    started_at: Mapped[Timestamp]
    amount: Mapped[float] = mapped_column(Double)
    clock: Mapped[String]
    warn_at: Mapped[Timestamp | None]
    due_at: Mapped[Timestamp | None]
    done_at: Mapped[Timestamp | None]
    paused: Mapped[bool]
    told: Mapped[SmallInt] = mapped_column(server_default=sql_text("0"))
    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("NOT (paused AND done_at IS NOT NULL)", name="paused"),
        Index(
            "case_timer_running_idx",
            "stage",
            "due_at",
            "incident_id",
            postgresql_include=["reported_at", "warn_at"],
            postgresql_where=sql_text("done_at IS NULL"),
        ),
        Index(
            "case_timer_told_idx",
            "told",
            "due_at",
            postgresql_where=sql_text("stage = 'handling' AND done_at IS NULL AND due_at IS NOT NULL"),
        ),
    )


class CaseCallRow(Base):
    """A department that the last whistle of a case calls 吹哨报到; follows from the log."""

    __tablename__ = "case_call"
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    department_id: Mapped[SmallInt] = mapped_column(primary_key=True, autoincrement=False)
    reported_at: Mapped[Timestamp]
    called_at: Mapped[Timestamp]
    came: Mapped[bool]
    __table_args__ = (
        Index("case_call_department_idx", "department_id", "incident_id", postgresql_where=sql_text("NOT came")),
    )


class CaseQuestionRow(Base):
    """A request of a case that nobody has decided on: an extension or an appeal; follows from the log."""

    __tablename__ = "case_question"
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[String] = mapped_column(primary_key=True)
    reported_at: Mapped[Timestamp]
    asked_at: Mapped[Timestamp]
    __table_args__ = (CheckConstraint("kind IN ('extension', 'appeal')", name="kind"),)


class CaseStandstill(Base):
    """A suspension that has an end and has not ended; follows from the log."""

    __tablename__ = "case_standstill"
    incident_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    until: Mapped[Timestamp]
    __table_args__ = (Index("case_standstill_until_idx", "until"),)


class WorkCalendarDay(Base):
    """A day that is otherwise than its weekday says: off, a public holiday, or on, a make-up day 调休."""

    __tablename__ = "work_calendar_day"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[String]
    name: Mapped[String]
    __table_args__ = (CheckConstraint("kind IN ('off', 'on')", name="kind"),)


class WorkCalendarYear(Base):
    """A year whose holidays are known in full, and from where."""

    __tablename__ = "work_calendar_year"
    year: Mapped[SmallInt] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[String]


class CaseRuleRow(Base):
    """A local rule of the flow, as data/catalog/case_rules.yaml has it."""

    __tablename__ = "case_rule"
    key: Mapped[String] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSONB)
