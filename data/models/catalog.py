"""How are classes, scenarios, sources and departments stored?"""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, SmallInt, String


class IncidentClass(Base):
    """A class of incidents in one of the two families, or a local one."""

    __tablename__ = "incident_class"
    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    code: Mapped[String] = mapped_column(unique=True)
    family: Mapped[String]
    kind: Mapped[String]
    group_key: Mapped[String]
    group_zh: Mapped[String]
    group_en: Mapped[String]
    name_zh: Mapped[String]
    name_en: Mapped[String]
    severity: Mapped[SmallInt] = mapped_column(server_default=text("1"))
    sensitive: Mapped[bool] = mapped_column(server_default=text("false"))
    limits: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    __table_args__ = (CheckConstraint("family IN ('urban', 'safety')", name="family"),)


class Scenario(Base):
    """A named selection of classes with its own map and figures 应用场景."""

    __tablename__ = "scenario"
    key: Mapped[String] = mapped_column(primary_key=True)
    position: Mapped[SmallInt]
    kind_key: Mapped[String]
    kind_zh: Mapped[String]
    kind_en: Mapped[String]
    name_zh: Mapped[String]
    name_en: Mapped[String]
    place_kinds: Mapped[list[str]] = mapped_column(ARRAY(TEXT), server_default=text("'{}'::text[]"))


class ScenarioClass(Base):
    """Which classes a scenario selects."""

    __tablename__ = "scenario_class"
    scenario_key: Mapped[String] = mapped_column(ForeignKey("scenario.key", ondelete="CASCADE"), primary_key=True)
    class_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("incident_class.id"), primary_key=True)


class Source(Base):
    """A channel 渠道 through which incidents arrive."""

    __tablename__ = "source"
    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    key: Mapped[String] = mapped_column(unique=True)
    name_zh: Mapped[String]
    name_en: Mapped[String]


class Department(Base):
    """A department that handles cases."""

    __tablename__ = "department"
    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    key: Mapped[String] = mapped_column(unique=True)
    name_zh: Mapped[String]
    name_en: Mapped[String]
