"""How are staff accounts, their sessions and their tokens stored?"""

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from data.models.base import Base, String, Timestamp

ROLES = "'wall', 'leader', 'operator', 'handler', 'planner', 'steward', 'auditor', 'admin'"


class AccountRow(Base):
    """A staff account: login name, role, area, department, and nothing else about a person.

    The area is kept by level and code, because unit ids change when another city moves in; no code means the
    whole city.
    """

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    name: Mapped[String] = mapped_column(unique=True)
    role: Mapped[String]
    password_hash: Mapped[String]
    level_key: Mapped[String | None]
    unit_code: Mapped[String | None]
    department_id: Mapped[int | None] = mapped_column(SmallInteger, ForeignKey("department.id"))
    lang: Mapped[String | None]
    theme: Mapped[String | None]
    demo: Mapped[bool] = mapped_column(server_default=text("false"))
    must_change: Mapped[bool] = mapped_column(server_default=text("false"))
    failed_attempts: Mapped[int] = mapped_column(server_default=text("0"))
    locked_until: Mapped[Timestamp | None]
    created_at: Mapped[Timestamp]
    disabled_at: Mapped[Timestamp | None]
    __table_args__ = (
        CheckConstraint("name = lower(name) AND length(name) BETWEEN 2 AND 64", name="name"),
        CheckConstraint(f"role IN ({ROLES})", name="role"),
        CheckConstraint("password_hash LIKE '$argon2id$%'", name="password_hash"),
        CheckConstraint("(level_key IS NULL) = (unit_code IS NULL)", name="area"),
        CheckConstraint("role <> 'handler' OR department_id IS NOT NULL", name="handler_department"),
        CheckConstraint("lang IN ('zh', 'en')", name="lang"),
        CheckConstraint("theme IN ('dark', 'light')", name="theme"),
    )


class LoginSessionRow(Base):
    """A signed-in browser. The key itself is nowhere: only the digest of its secret half."""

    __tablename__ = "login_session"
    selector: Mapped[String] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    account_id: Mapped[int]
    created_at: Mapped[Timestamp]
    last_seen_at: Mapped[Timestamp]
    expires_at: Mapped[Timestamp]
    rotated_at: Mapped[Timestamp]
    address: Mapped[String]
    user_agent: Mapped[String]
    wall_token_id: Mapped[int | None]
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["wall_token_id"], ["wall_token.id"], ondelete="CASCADE"),
        CheckConstraint("length(digest) = 32", name="digest"),
        CheckConstraint("length(address) <= 64 AND length(user_agent) <= 80", name="truncated"),
        Index("login_session_account_id_idx", "account_id"),
        Index("login_session_wall_token_id_idx", "wall_token_id"),
        Index("login_session_expires_at_idx", "expires_at"),
    )


class ApiTokenRow(Base):
    """A key with which a program acts for an account; `scopes` narrows what the account may, NULL does not."""

    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    selector: Mapped[String] = mapped_column(unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    account_id: Mapped[int]
    name: Mapped[String]
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    created_at: Mapped[Timestamp]
    expires_at: Mapped[Timestamp]
    revoked_at: Mapped[Timestamp | None]
    last_used_at: Mapped[Timestamp | None]
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        CheckConstraint("length(digest) = 32", name="digest"),
        CheckConstraint("length(name) BETWEEN 1 AND 80", name="name"),
        Index("api_token_account_id_idx", "account_id"),
    )


class WallTokenRow(Base):
    """A key with which a display opens, without a person, the sessions of an account of the role wall."""

    __tablename__ = "wall_token"
    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    selector: Mapped[String] = mapped_column(unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    account_id: Mapped[int]
    created_at: Mapped[Timestamp]
    expires_at: Mapped[Timestamp]
    revoked_at: Mapped[Timestamp | None]
    last_seen_at: Mapped[Timestamp | None]
    address: Mapped[String] = mapped_column(server_default=text("''"))
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        CheckConstraint("length(digest) = 32", name="digest"),
        CheckConstraint("length(address) <= 64", name="address"),
        Index("wall_token_account_id_idx", "account_id"),
    )


class LoginIdentityRow(Base):
    """Who an account is at the provider of single sign-on: the provider's address and its own key of the person.

    `by_claims`: the account was made by claims of the provider and follows them.
    """

    __tablename__ = "login_identity"
    issuer: Mapped[String] = mapped_column(primary_key=True)
    subject: Mapped[String] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    by_claims: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Timestamp]
    __table_args__ = (
        ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        CheckConstraint("length(issuer) <= 500 AND length(subject) <= 255", name="length"),
        Index("login_identity_account_id_idx", "account_id"),
    )


class LoginFlowRow(Base):
    """A sign-in that a browser began and the provider has not answered yet; of its key only the digest is kept."""

    __tablename__ = "login_flow"
    selector: Mapped[String] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    next_path: Mapped[String]
    expires_at: Mapped[Timestamp]
    __table_args__ = (
        CheckConstraint("length(digest) = 32", name="digest"),
        CheckConstraint("length(next_path) <= 2000", name="next_path"),
        Index("login_flow_expires_at_idx", "expires_at"),
    )
