"""What does the subtree of a unit reach, for row-level security?"""

from sqlalchemy import Integer
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base


class ScopeReach(Base):
    """Ranges of ids: units to be seen, rollup subjects of the subtree, cells that lie in any unit of it."""

    __tablename__ = "scope_reach"
    unit_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seen: Mapped[list[Range[int]]] = mapped_column(INT4MULTIRANGE)
    subjects: Mapped[list[Range[int]]] = mapped_column(INT4MULTIRANGE)
    cells: Mapped[list[Range[int]]] = mapped_column(INT4MULTIRANGE)
