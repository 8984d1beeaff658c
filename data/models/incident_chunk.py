"""How are incident positions packed for map tiles, and what marks a pack as out of date?"""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, Identity, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base


class IncidentChunk(Base):
    """Positions and classes of the incidents of one zoom-12 tile and city-local day, sensitive classes apart.

    `places` holds two bytes per incident, the high one first: its interleaved zoom-20 cell within the tile.
    `class_ids` holds two bytes per incident in the same order.
    """

    __tablename__ = "incident_chunk"
    tile: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    sensitive: Mapped[bool] = mapped_column(primary_key=True)
    n: Mapped[int]
    places: Mapped[bytes] = mapped_column(LargeBinary)
    class_ids: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (CheckConstraint("length(places) = 2 * n AND length(class_ids) = 2 * n", name="length"),)


class IncidentChunkMark(Base):
    """A tile-day whose pack, if any, no longer says what the incidents say; append-only."""

    __tablename__ = "incident_chunk_mark"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tile: Mapped[int]
    day: Mapped[date] = mapped_column(Date)
    __table_args__ = (Index("incident_chunk_mark_tile_day_idx", "tile", "day"),)
