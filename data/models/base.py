"""Which metadata, naming rules and column types do all tables share?"""

from datetime import datetime
from typing import Annotated

from sqlalchemy import DateTime, MetaData, SmallInteger, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


class Base(DeclarativeBase):
    """Root of all models."""

    metadata = MetaData(naming_convention=NAMING)


Timestamp = Annotated[datetime, mapped_column(DateTime(timezone=True))]
SmallInt = Annotated[int, mapped_column(SmallInteger)]
String = Annotated[str, mapped_column(Text)]
