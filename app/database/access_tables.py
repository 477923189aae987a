"""Tables of access (rules §8): tokens, the access log, idempotency keys and encryption keys."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    literal_column,
    text,
)

from app.database.columns import Instant, Json
from app.database.metadata import Key, metadata

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("unit_id", ForeignKey("units.id"), index=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),  # to about a minute
    Column("replaced_by_id", ForeignKey("tokens.id")),  # by rotation
    Column("version", Integer, nullable=False, server_default=text("1")),
    CheckConstraint("role IN ('clerk', 'officer', 'supervisor', 'reporter', 'administrator')", name="role"),
)

# Changes of tokens, append-only by triggers.
token_changes = Table(
    "token_changes",
    metadata,
    Column("id", Key, primary_key=True),
    Column("token_id", ForeignKey("tokens.id"), nullable=False, index=True),
    Column("type", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("by_token_id", ForeignKey("tokens.id")),  # null: by command or the single sign-on
    Column("data", Json, nullable=False),
    CheckConstraint("type IN ('created', 'rotated', 'revoked')", name="type"),
)

# Responses that showed personal data, append-only by triggers for two years. A response with several dossiers has
# `dossier_id` 0 and lists them in `dossiers`. There are no foreign keys, because on PostgreSQL a reader would then wait
# for a writer of the dossier or of the unit.
access_log = Table(
    "access_log",
    metadata,
    Column("id", Key, primary_key=True),
    Column("viewed_at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("token_id", Integer),  # null: a token of the single sign-on
    Column("dossier_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("request_id", Text),
    Column("unit_id", Integer),  # of the token; null: all units
    Column("dossiers", Json),  # ids in order; null: `dossier_id` alone
    Index("ix_access_log_dossier", "dossier_id", "id"),
    # SQLite reads the rows with several dossiers.
    Index(
        "ix_access_log_dossiers",
        literal_column("CAST(dossiers AS JSONB)").label("listed"),
        postgresql_using="gin",
        postgresql_ops={"listed": "jsonb_path_ops"},
        postgresql_where=text("dossiers IS NOT NULL"),
    ).ddl_if("postgresql"),
)

# First responses to requests with an `Idempotency-Key`, until they expire (docs/decisions/0008-idempotency.md).
idempotency_responses = Table(
    "idempotency_responses",
    metadata,
    Column("id", Text, primary_key=True),  # a hash of the client and its key
    Column("fingerprint", Text, nullable=False),  # a hash of the request
    Column("status", Integer, nullable=False),
    Column("headers", Json, nullable=False),
    Column("body", Text, nullable=False),  # encrypted
    Column("expires_at", Instant, nullable=False, index=True),
)

# Keys that encrypted something in this database, so that a missing one is noticed. `check` identifies the key itself.
encryption_keys = Table(
    "encryption_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("check", Text, nullable=False),
)

# Sessions of people in browsers. Signing out deletes the row (app/access/sessions.py). The columns after the expiry are
# null in the session of a token.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),  # the hash of what the cookie has
    Column("subject", Text, nullable=False, index=True),  # a person's client, or the hash of a token
    Column("expires_at", Instant, nullable=False, index=True),
    Column("method", Text),  # how the person signed in: password, second_factor or provider
    Column("role_id", Integer),  # the role that the person works with
    Column("deputy_id", Integer),  # null: a role of the person's own
    Column("started_at", Instant),
    Column("used_at", Instant),  # to about a minute
    Column("provider_session", Text),  # `sid` at the provider
    Column("id_token", Text),  # encrypted, to end the session at the provider too
    Column("browser", Text),
)
