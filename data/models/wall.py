"""How are groups of walls and the walls that stand stored?"""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, String, Timestamp


class WallGroup(Base):
    """The walls of one area that name it, and what they are told to show from `starts_at` on."""

    __tablename__ = "wall_group"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    within_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    within_path: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    name: Mapped[String]
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    starts_at: Mapped[Timestamp]
    scene: Mapped[String | None]
    held: Mapped[bool] = mapped_column(server_default=text("false"))
    area: Mapped[String] = mapped_column(server_default=text("''"))
    as_of: Mapped[Timestamp | None]
    speed: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    incident_id: Mapped[int | None] = mapped_column(BigInteger)
    follows: Mapped[bool] = mapped_column(server_default=text("false"))
    account_id: Mapped[int | None]
    account_name: Mapped[String]
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 40", name="name"),
        CheckConstraint("length(scene) BETWEEN 1 AND 120", name="scene"),
        CheckConstraint("length(area) <= 120", name="area"),
        CheckConstraint("speed BETWEEN 0 AND 600 AND (as_of IS NOT NULL OR speed = 0)", name="speed"),
        Index("wall_group_within_id_name_key", "within_id", "name", unique=True),
    )


class WallDisplay(Base):
    """A page of the wall that stands somewhere, as it last said of itself."""

    __tablename__ = "wall_display"
    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    page: Mapped[String] = mapped_column(primary_key=True)
    account_name: Mapped[String]
    within_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    within_path: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    group_name: Mapped[String]
    scene: Mapped[String]
    state: Mapped[String]
    width: Mapped[int]
    height: Mapped[int]
    software_rendered: Mapped[bool]
    came_at: Mapped[Timestamp]
    seen_at: Mapped[Timestamp]
    __table_args__ = (
        CheckConstraint("page ~ '^[0-9a-f]{32}$'", name="page"),
        CheckConstraint("length(group_name) BETWEEN 1 AND 40", name="group_name"),
        CheckConstraint("length(scene) <= 120", name="scene"),
        CheckConstraint("state IN ('live', 'late', 'lost')", name="state"),
        CheckConstraint("width BETWEEN 1 AND 32768 AND height BETWEEN 1 AND 32768", name="size"),
        Index(None, "seen_at"),
    )
