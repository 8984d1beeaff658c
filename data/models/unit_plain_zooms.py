"""At which zooms does a unit's shape go into map tiles without repair?"""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base


class UnitPlainZooms(Base):
    """Bit z of `zooms` says that the shape, rounded to the tile grid of zoom z, is valid and has an area."""

    __tablename__ = "unit_plain_zooms"
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True)
    zooms: Mapped[int]
