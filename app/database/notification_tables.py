"""Tables of messages to people and to other systems (docs/reminders.md)."""

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
    UniqueConstraint,
    text,
)

from app.database.columns import Instant, Json, LocalDate
from app.database.metadata import Key, metadata

# Subscriptions of other systems to the events of some units' dossiers.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", ForeignKey("units.id"), index=True),  # the root of a subtree; null: all units
    Column("url", Text, nullable=False),
    Column("types", Json, nullable=False),  # of entries; empty: all
    Column("secret", Text),  # encrypted; null after it has ended
    Column("client", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("replays", Integer, nullable=False, server_default=text("0")),
    # During a replay the id of the last entry that was replayed; otherwise null.
    Column("replayed_to", BigInteger),
)

# Entries whose receivers are not known yet, written with the entry and deleted soon after. There are no foreign keys,
# because each would cost as much as the row.
outbox_events = Table(
    "outbox_events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("dossier_id", BigInteger, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("webhook_id", Integer),  # the only receiver left, after its replay
)

# Messages to send, one for each occasion. They contain no personal data: the address of a person is looked up when the
# message is sent.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("occasion", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("recipient", Text, nullable=False),  # id of the webhook or contact, or `applicant`
    Column("stream", Text),  # messages of one stream are sent in order
    Column("dossier_id", BigInteger),
    Column("sequence", Integer),
    Column("unit_id", ForeignKey("units.id"), index=True),  # its staff may see the message; null: callers for all units
    Column("data", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("created_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("claimed_until", Instant),  # a worker is sending the message
    Column("claim", Text),  # the worker
    Column("last_error", Text),
    Column("ended_at", Instant),
    CheckConstraint("channel IN ('webhook', 'email', 'gateway')", name="channel"),
    CheckConstraint("state IN ('pending', 'sent', 'dead', 'dropped')", name="state"),
    Index(
        "ix_outbox_pending",
        "next_at",
        "id",
        postgresql_where=text("state = 'pending'"),
        sqlite_where=text("state = 'pending'"),
    ),
    Index(
        "ix_outbox_stream",
        "stream",
        "id",
        postgresql_where=text("state = 'pending'"),
        sqlite_where=text("state = 'pending'"),
    ),
    Index("ix_outbox_state", "state", "id"),
)

# Contacts of a unit that receive reminders.
contacts = Table(
    "contacts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("unit_id", ForeignKey("units.id"), nullable=False, index=True),
    Column("role", Text, nullable=False),
    Column("officer", Text),  # only for the role `officer`: the officer of the dossiers
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("thresholds", Json, nullable=False),
    Column("escalate_hours", Integer, nullable=False),
    Column("client", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("digest_date", LocalDate),  # the last day with a morning list
    Column("version", Integer, nullable=False, server_default=text("1")),
    CheckConstraint("role IN ('unit', 'officer', 'supervisor')", name="role"),
    CheckConstraint("channel IN ('email', 'gateway')", name="channel"),
)

# Reminders of a dossier, at most one per contact and occasion by the unique constraint.
reminders = Table(
    "reminders",
    metadata,
    Column("id", Key, primary_key=True),
    Column("contact_id", ForeignKey("contacts.id"), nullable=False),
    Column("dossier_id", ForeignKey("dossiers.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("occasion", Text, nullable=False),  # a due date, or the start of a condition
    Column("unit_id", ForeignKey("units.id"), nullable=False),  # the unit that has to act
    Column("escalated", Boolean, nullable=False),  # the unit did not acknowledge in time
    Column("raised_at", Instant, nullable=False),
    Column("told_at", Instant),  # when its message was put into the outbox
    Column("acknowledged_at", Instant),
    Column("acknowledged_by", Text),
    Column("snoozed_until", Instant),
    Column("snooze_reason", Text),
    Column("ended_at", Instant),  # when the worker noticed that the occasion is over
    Column("version", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("contact_id", "dossier_id", "kind", "occasion"),
    Index(
        "ix_reminders_current",
        "contact_id",
        "id",
        postgresql_where=text("ended_at IS NULL"),
        sqlite_where=text("ended_at IS NULL"),
    ),
    Index("ix_reminders_unit", "unit_id", "id"),
)

# Start of the last round that looked for reminders.
reminder_rounds = Table(
    "reminder_rounds",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("begun_at", Instant, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
