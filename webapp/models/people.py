"""Users (global), their memberships per network, and everything that proves who somebody is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, Identified, OfNetwork, in_network, within


class UserAccount(Base):
    """A person who can sign in. `authz_version` rises with each change that must end what was allowed before."""

    __tablename__ = "user_account"
    __table_args__ = (Index("uq_user_account_email", "email", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    is_operator: Mapped[bool] = mapped_column(default=False)
    authz_version: Mapped[int] = mapped_column(default=1)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int | None]
    created_at: Mapped[datetime]


class Membership(OfNetwork, Base):
    """A user's role in a network."""

    __tablename__ = "membership"
    __table_args__ = in_network(
        ForeignKeyConstraint(["user_id"], ["user_account.id"]), Index("ix_membership_user", "user_id")
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str]
    valid_until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class MembershipSite(OfNetwork, Base):
    """One site of a member whose role does not see all."""

    __tablename__ = "membership_site"
    __table_args__ = in_network(
        ForeignKeyConstraint(["network_id", "user_id"], ["membership.network_id", "membership.user_id"]),
        within("site", "site_id"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(primary_key=True)


class LoginSession(Base):
    """A signed-in browser, kept on the server: the cookie holds a random token, this row its hash."""

    __tablename__ = "login_session"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        Index("ix_login_session_user", "user_id"),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID]
    network_id: Mapped[UUID | None]
    authz_version: Mapped[int]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A failed sign-in, for throttling by account and by address; both are kept as keyed hashes."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_key", "key", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class CalendarFeed(OfNetwork, Base):
    """The address at which a member's calendar program asks what is due: the address holds a random token, this row its hash.

    `authz_version`: the account's as the address was made; the address is dead once the account's is another.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = in_network(
        ForeignKeyConstraint(["network_id", "user_id"], ["membership.network_id", "membership.user_id"]),
        ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        Index("ix_calendar_feed_token_hash", "token_hash"),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    authz_version: Mapped[int]
    made_at: Mapped[datetime]


class Invitation(Identified, Base):
    """A place offered to one e-mail address, once, until a date."""

    __tablename__ = "invitation"
    __table_args__ = in_network(UniqueConstraint("network_id", "token_hash"))

    email: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    invited_by: Mapped[UUID]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Identified, Base):
    """A program's key to one network, in one person's name."""

    __tablename__ = "api_token"
    __table_args__ = in_network(
        ForeignKeyConstraint(["user_id"], ["user_account.id"]), UniqueConstraint("network_id", "token_hash")
    )

    user_id: Mapped[UUID]
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
