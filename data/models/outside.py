"""How are webhooks, what is to be sent to them, and the reach of pulls from other cities stored?"""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from data.models.base import Base, SmallInt, String, Timestamp


class Webhook(Base):
    """A program that is told of events of cases that its account may see."""

    __tablename__ = "webhook"
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[String] = mapped_column(unique=True)
    url: Mapped[String]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    acts: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    classes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    unit_code: Mapped[String | None]
    allow_private: Mapped[bool]
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[Timestamp]
    __table_args__ = (CheckConstraint("length(name) BETWEEN 1 AND 80", name="name"),)


class WebhookChange(Base):
    """An event that no webhook was asked about yet; append-only for writers."""

    __tablename__ = "webhook_change"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    incident_id: Mapped[int] = mapped_column(BigInteger)
    reported_at: Mapped[Timestamp]
    seq: Mapped[int]
    act: Mapped[String]
    at: Mapped[Timestamp]


class WebhookDelivery(Base):
    """A message to a webhook: waiting, delivered or dead."""

    __tablename__ = "webhook_delivery"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    incident_id: Mapped[int | None] = mapped_column(BigInteger)
    seq: Mapped[int | None]
    body: Mapped[String]
    made_at: Mapped[Timestamp]
    state: Mapped[String]
    tries: Mapped[SmallInt] = mapped_column(server_default=sql_text("0"))
    next_at: Mapped[Timestamp]
    ended_at: Mapped[Timestamp | None]
    status: Mapped[SmallInt | None]
    trouble: Mapped[String | None]
    __table_args__ = (
        UniqueConstraint("webhook_id", "incident_id", "seq"),
        CheckConstraint("state IN ('waiting', 'delivered', 'dead')", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("tries >= 0", name="tries"),
        Index("webhook_delivery_waiting_idx", "webhook_id", "id", postgresql_where=sql_text("state = 'waiting'")),
        Index("webhook_delivery_ended_idx", "ended_at", postgresql_where=sql_text("state = 'delivered'")),
    )


class Open311Pull(Base):
    """Until when the reports of another city's endpoint have been pulled into a data set."""

    __tablename__ = "open311_pull"
    dataset: Mapped[String] = mapped_column(primary_key=True)
    endpoint: Mapped[String]
    reached_at: Mapped[Timestamp]
    pulled_at: Mapped[Timestamp]
