"""How are answers kept that were given to writers, so that a repeated request gets the same one?"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, String


class IntakeAnswer(Base):
    """What an account was answered under an Idempotency-Key; kept for a week."""

    __tablename__ = "intake_answer"
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[String] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[list[Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    __table_args__ = (
        CheckConstraint("length(digest) = 32", name="digest"),
        Index("intake_answer_made_at_idx", "made_at"),
    )
