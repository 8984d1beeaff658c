"""How are the entries of the audit log, their seals and what retention left stored?"""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Integer, LargeBinary, Sequence
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, String, Timestamp


class AuditEntryRow(Base):
    """Something that was seen or done; append-only, partitioned by month (UTC)."""

    __tablename__ = "audit_entry"
    id: Mapped[int] = mapped_column(BigInteger, Sequence("audit_entry_id_seq"), primary_key=True)
    at: Mapped[Timestamp] = mapped_column(primary_key=True)
    actor_kind: Mapped[String]
    account_id: Mapped[int | None]
    actor_name: Mapped[String | None]
    actor_role: Mapped[String | None]
    via: Mapped[String]
    address: Mapped[String]
    action: Mapped[String]
    object_kind: Mapped[String]
    object_id: Mapped[String]
    scope: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    __table_args__ = (
        CheckConstraint("actor_kind IN ('account', 'nobody', 'cli', 'program')", name="actor_kind"),
        CheckConstraint("via IN ('session', 'token', 'cli', 'program')", name="via"),
        CheckConstraint(
            "length(action) BETWEEN 1 AND 40 AND length(object_kind) BETWEEN 1 AND 40 AND length(object_id) <= 120 "
            "AND length(address) <= 64",
            name="short",
        ),
        CheckConstraint(
            "jsonb_typeof(detail) = 'object' AND jsonb_typeof(before) = 'object' AND jsonb_typeof(after) = 'object'",
            name="objects",
        ),
        Index("audit_entry_actor_name_idx", "actor_name", "id"),
        Index("audit_entry_action_idx", "action", "id"),
        Index("audit_entry_object_idx", "object_kind", "object_id", "id"),
        {"postgresql_partition_by": "RANGE (at)"},
    )


class AuditSealRow(Base):
    """One link of the chain over the entries; append-only, partitioned by month (UTC) of sealing."""

    __tablename__ = "audit_seal"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_at: Mapped[Timestamp] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(BigInteger)
    entry_at: Mapped[Timestamp]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    link: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[String]
    __table_args__ = (
        CheckConstraint("length(content) = 32 AND length(link) = 32", name="hashes"),
        Index("audit_seal_entry_id_idx", "entry_id"),
        {"postgresql_partition_by": "RANGE (sealed_at)"},
    )


class AuditUnsealedRow(Base):
    """An entry that waits for its seal."""

    __tablename__ = "audit_unsealed"
    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_at: Mapped[Timestamp]


class AuditAnchorRow(Base):
    """Where the chain begins after retention dropped months; append-only."""

    __tablename__ = "audit_anchor"
    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    made_at: Mapped[Timestamp]
    cut: Mapped[Timestamp]
    seq: Mapped[int] = mapped_column(BigInteger)
    link: Mapped[bytes] = mapped_column(LargeBinary)
    entries: Mapped[int] = mapped_column(BigInteger)
