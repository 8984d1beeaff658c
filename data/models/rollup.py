"""How are the day x unit figures and their pending changes stored?"""

from datetime import date

from sqlalchemy import BigInteger, Date, Identity, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, Timestamp

MEASURES = ("n", "n_open", "n_overdue", "n_closed", "n_on_time", "n_late")
ALL_CLASSES = 0
"""All classes that the reader may count; of the view `rollup`, never stored."""

PLAIN_CLASSES = -1
"""All classes that are not sensitive."""

SENSITIVE_CLASSES = -2
"""All classes that are sensitive."""


class RollupDay(Base):
    """Figures of one subject, local day of report and class (-1 = all that are not sensitive, -2 = all that are).

    A subject is a unit, a straddle (negative id) or 0, the incidents in no unit.
    """

    __tablename__ = "rollup_day"
    class_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]
    n_open: Mapped[int]
    n_overdue: Mapped[int]
    n_closed: Mapped[int]
    n_on_time: Mapped[int]
    n_late: Mapped[int]
    __table_args__ = (Index("rollup_day_subject_idx", "subject_id", "day", "class_id"),)


class RollupDelta(Base):
    """Changes by cell, day and class that are not folded yet; append-only."""

    __tablename__ = "rollup_delta"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    cell_id: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    class_id: Mapped[int] = mapped_column(SmallInteger)
    n: Mapped[int]
    n_open: Mapped[int]
    n_overdue: Mapped[int]
    n_closed: Mapped[int]
    n_on_time: Mapped[int]
    n_late: Mapped[int]


class RollupState(Base):
    """The version that the last fold reached; one row."""

    __tablename__ = "rollup_state"
    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)
    folded_at: Mapped[Timestamp]
