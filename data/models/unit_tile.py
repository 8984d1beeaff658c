"""How are unit shapes stored as map tiles want them?"""

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, SmallInt


class UnitTilePiece(Base):
    """A unit as it lies in one tile: a feature of a vector tile, encoded; shown from a revision until another."""

    __tablename__ = "unit_tile_piece"
    zoom: Mapped[SmallInt] = mapped_column(primary_key=True)
    tile_column: Mapped[int] = mapped_column(Integer, primary_key=True)
    tile_row: Mapped[int] = mapped_column(Integer, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True)
    revision_id: Mapped[int]
    ended_revision_id: Mapped[int | None]
    feature: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (Index("unit_tile_piece_unit_id_idx", "unit_id"),)


class UnitTileGap(Base):
    """A unit without pieces from a zoom on; a settled gap stays, as the shape reaches into too many tiles."""

    __tablename__ = "unit_tile_gap"
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True)
    from_zoom: Mapped[SmallInt] = mapped_column(server_default=text("0"))
    settled: Mapped[bool] = mapped_column(server_default=text("false"))
