"""Tables of the people who sign in: who they are, what they may do, and how they prove it (rules §21)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from app.database.columns import Instant, Json, LocalDate
from app.database.metadata import Key, metadata

persons = Table(
    "persons",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", Text, nullable=False, unique=True),  # folded, as it is compared
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("issuer_subject", Text, unique=True),  # `sub` at the provider of the single sign-on
    Column("state", Text, nullable=False, server_default=text("'active'")),
    Column("needs_second_factor", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False, server_default=text("1")),
    CheckConstraint("state IN ('active', 'suspended', 'ended')", name="state"),
)

# What a person may do, from a day to a day. A role that was given by mistake ends at once, by `ended_at`.
person_roles = Table(
    "person_roles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("unit_id", ForeignKey("units.id"), index=True),  # null: all units
    Column("role", Text, nullable=False),
    Column("valid_from", LocalDate, nullable=False),
    Column("valid_to", LocalDate),
    Column("granted_by", Text, nullable=False),  # a client
    Column("granted_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("version", Integer, nullable=False, server_default=text("1")),
    CheckConstraint("role IN ('clerk', 'officer', 'supervisor', 'reporter', 'administrator')", name="role"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
)

# Spans of local dates in which a deputy has the roles of a person who is away.
deputies = Table(
    "deputies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("deputy_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("from_day", LocalDate, nullable=False),
    Column("to_day", LocalDate, nullable=False),
    Column("set_by", Text, nullable=False),  # a client
    Column("set_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Column("version", Integer, nullable=False, server_default=text("1")),
    CheckConstraint("to_day >= from_day", name="span"),
)

# What was done to a person, append-only by triggers. It has no secret.
person_changes = Table(
    "person_changes",
    metadata,
    Column("id", Key, primary_key=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("type", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("data", Json, nullable=False),
)

# How a person proves to be the one of the account. Each change has a row in `person_changes`.
person_secrets = Table(
    "person_secrets",
    metadata,
    Column("person_id", ForeignKey("persons.id"), primary_key=True),
    Column("password_hash", Text),  # Argon2id; null: no password is set
    Column("password_set_at", Instant),
    Column("totp_encrypted", Text),  # null: no second factor
    Column("totp_since", Instant),
    Column("totp_last_step", BigInteger),  # the newest code that was used: none is taken twice
    Column("approval_rests_until", Instant),  # after a reset by an administrator
    Column("version", Integer, nullable=False, server_default=text("1")),
)

# Links by which a person sets the first password, or another one.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("id", Text, primary_key=True),  # the hash of the secret in the link
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("created_by", Text, nullable=False),  # a client
    Column("shown", Boolean, nullable=False),  # to the administrator; false: it was mailed to the person
    CheckConstraint("kind IN ('invitation', 'reset')", name="kind"),
)

# Wrong attempts to sign in, by account and place, so that guesses from elsewhere lock out nobody.
sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", Text, primary_key=True),  # a hash of both
    Column("failures", Integer, nullable=False),
    Column("blocked_until", Instant),
    Column("last_at", Instant, nullable=False),
    Index("ix_sign_in_failures_last_at", "last_at"),
)
