"""How are the figures of a whole level on one day stored in one row?"""

from datetime import date

from sqlalchemy import Date, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, Timestamp


class RollupPack(Base):
    """Figures of all classes together of one level (`block`: rank + 1) on one day, as big-endian int4 by subject.

    `plain` packs are for readers who may not see sensitive classes: the others, and what is released.
    """

    __tablename__ = "rollup_pack"
    block: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    plain: Mapped[bool] = mapped_column(primary_key=True)
    subject_ids: Mapped[bytes] = mapped_column(LargeBinary)
    n: Mapped[bytes] = mapped_column(LargeBinary)
    n_open: Mapped[bytes] = mapped_column(LargeBinary)
    n_overdue: Mapped[bytes] = mapped_column(LargeBinary)
    n_closed: Mapped[bytes] = mapped_column(LargeBinary)
    n_on_time: Mapped[bytes] = mapped_column(LargeBinary)
    n_late: Mapped[bytes] = mapped_column(LargeBinary)


class RollupPackDue(Base):
    """A day whose packs are missing since its figures changed."""

    __tablename__ = "rollup_pack_due"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    changed_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
