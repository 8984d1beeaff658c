"""How are the figures of cases stored, day by day, as they were?"""

from datetime import date

from sqlalchemy import CheckConstraint, Date, func
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, String, Timestamp


class FigureDay(Base):
    """A figure of one day and subject: the city (0), a unit, a department (0 none) or a class."""

    __tablename__ = "figure_day"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    figure: Mapped[String] = mapped_column(primary_key=True)
    subject: Mapped[String] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sensitive: Mapped[bool] = mapped_column(primary_key=True)
    numerator: Mapped[int]
    denominator: Mapped[int]
    unknown: Mapped[int]
    adjusted_numerator: Mapped[int]
    adjusted_denominator: Mapped[int]
    adjusted_unknown: Mapped[int]
    __table_args__ = (
        CheckConstraint("subject IN ('city', 'unit', 'department', 'class')", name="subject"),
        CheckConstraint(
            "numerator BETWEEN 0 AND denominator AND adjusted_numerator BETWEEN 0 AND adjusted_denominator",
            name="parts",
        ),
    )


class FigureDayKept(Base):
    """A day that is kept, with a hash of the definitions that it was counted by."""

    __tablename__ = "figure_day_kept"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kept_at: Mapped[Timestamp] = mapped_column(server_default=func.clock_timestamp())
    definitions: Mapped[String]
