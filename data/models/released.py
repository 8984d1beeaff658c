"""How are the figures of sensitive classes stored that everybody may see, and what tells that they are out of date?"""

from datetime import date

from sqlalchemy import Date, Index, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, Timestamp


class ReleasedFigure(Base):
    """Groups at and below a unit by class (0: all, with that of no single class), on the last day of their week."""

    __tablename__ = "released_figure"
    class_id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int]
    n_open: Mapped[int]
    n_overdue: Mapped[int]
    n_closed: Mapped[int]
    n_on_time: Mapped[int]
    n_late: Mapped[int]
    __table_args__ = (Index("released_figure_subject_idx", "subject_id", "day", "class_id"),)


class ReleasedWeek(Base):
    """A week (its Monday) that is decided, with what the decision depends on besides the incidents."""

    __tablename__ = "released_week"
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    revision_id: Mapped[int]
    minimum: Mapped[int]
    decided_at: Mapped[Timestamp] = mapped_column(server_default=func.now())


class ReleasedDue(Base):
    """A week whose sensitive incidents changed since it was decided, or that was never decided."""

    __tablename__ = "released_due"
    week: Mapped[date] = mapped_column(Date, primary_key=True)
    changed_at: Mapped[Timestamp] = mapped_column(server_default=func.now())
