"""How are photos of cases stored, and the codes and receipts of reports without an account?"""

from sqlalchemy import BigInteger, CheckConstraint, Double, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, String, Timestamp


class AttachmentRow(Base):
    """A photo of a case; its file is named by the SHA-256 of its content. `reported_at` is the incident's."""

    __tablename__ = "attachment"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    incident_id: Mapped[int] = mapped_column(BigInteger)
    reported_at: Mapped[Timestamp]
    seq: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    thumbnail_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    at: Mapped[Timestamp]
    account_id: Mapped[int | None]
    account_name: Mapped[String | None]
    __table_args__ = (
        UniqueConstraint("incident_id", "sha256"),
        CheckConstraint("length(sha256) = 32 AND length(thumbnail_sha256) = 32", name="digest"),
        CheckConstraint("width > 0 AND height > 0 AND bytes > 0", name="size"),
        CheckConstraint("seq >= 1 AND (seq > 1 OR account_id IS NULL)", name="seq"),
    )


class ReportCodeRow(Base):
    """A code of a grid or a place, by which anybody reports from there 小区事·码上议."""

    __tablename__ = "report_code"
    code: Mapped[String] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None]
    place_id: Mapped[int | None]
    name: Mapped[String]
    name_en: Mapped[String] = mapped_column(server_default=sql_text("''"))
    lon: Mapped[float] = mapped_column(Double)
    lat: Mapped[float] = mapped_column(Double)
    made_at: Mapped[Timestamp]
    valid_until: Mapped[Timestamp | None]
    revoked_at: Mapped[Timestamp | None]
    __table_args__ = (
        CheckConstraint("code ~ '^[2-9a-hjkmnp-z]{10}$'", name="form"),
        CheckConstraint("num_nonnulls(unit_id, place_id) = 1", name="where"),
        Index("report_code_unit_id_idx", "unit_id"),
        Index("report_code_place_id_idx", "place_id"),
    )


class ReportReceiptRow(Base):
    """What the receipt of a report without an account stands for; a digest of it alone is kept."""

    __tablename__ = "report_receipt"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    code: Mapped[String]
    incident_id: Mapped[int] = mapped_column(BigInteger)
    reported_at: Mapped[Timestamp]
    made_at: Mapped[Timestamp]
    __table_args__ = (CheckConstraint("length(digest) = 32", name="digest"),)
