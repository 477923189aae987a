"""Tables of dossiers: their present state, the units that may read them, and their other codes."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from app.database.code_conditions import CODE_ENDS
from app.database.columns import Instant, Json, LocalDate
from app.database.metadata import Key, metadata

code_ordinals = Table(
    "code_ordinals",
    metadata,
    Column("agency_identifier", Text, primary_key=True),
    Column("date", LocalDate, primary_key=True),
    Column("last", Integer, nullable=False),
)

# A condition on dossiers: submitted, open, or with a result that was not collected.
UNDER_WAY = "status IN ('submitted', 'received', 'processing', 'awaiting_supplement', 'awaiting_payment', 'finished')"

# A cache: the state that a dossier's journal replays to, with the columns that lists filter and sort by.
dossiers = Table(
    "dossiers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("procedure_id", ForeignKey("procedures.id"), nullable=False, index=True),
    Column("procedure_version_id", ForeignKey("procedure_versions.id")),
    Column("applicant_number", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("return_method", Text, nullable=False),
    Column("notify", Boolean, nullable=False, server_default=text("true")),  # false: no messages to the applicant
    Column("fee", BigInteger, nullable=False),  # taken and not given back, in đồng
    Column("summary", Text),
    Column("documents", Json, nullable=False),
    Column("officer", Text),
    Column("receiving_unit_id", ForeignKey("units.id"), nullable=False),
    Column("responsible_unit_id", ForeignKey("units.id"), nullable=False),
    Column("holder_unit_id", ForeignKey("units.id"), nullable=False),
    Column("counter_unit_id", ForeignKey("units.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("clock", Text, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("submitted_at", Instant),
    Column("received_at", Instant),
    Column("received_date", LocalDate),
    Column("limit_amount", Integer),
    Column("limit_unit", Text),
    Column("original_due_date", LocalDate),
    Column("due_date", LocalDate),
    Column("due_at", Instant),
    Column("provisional", Boolean, nullable=False),
    Column("overdue_from", Instant),  # null while no clock runs
    Column("suspended_at", Instant),  # start of the present suspension, or null
    Column("pending_at", Instant),  # instant of a hand-off that was not taken yet, or null
    Column("correction_at", Instant),  # request of the oldest undecided correction, or null
    Column("promised_date", LocalDate),
    Column("finished_at", Instant),
    Column("finished_date", LocalDate),
    Column("outcome", Text),
    Column("verdict", Text),
    Column("late_cause", Text),  # of a dossier that was finished late
    Column("returned_at", Instant),
    Column("last_occurred_at", Instant, nullable=False),
    Column("flags", Json, nullable=False),
    Column("details", Json, nullable=False),  # suspensions, hand-offs and the rest of the state
    # Sums of money of the state, or null. A process of the version before leaves this column as it is.
    Column("money", Json),
    Column("version", Integer, nullable=False),
    # The hash of its last entry. The next entry continues the chain.
    Column("journal_hash", Text, nullable=False, server_default=text(f"'{'0' * 64}'")),
    Index("ix_dossiers_open_due", "open", "due_at", "id"),
    Index("ix_dossiers_holder", "holder_unit_id", "open", "due_at"),
    Index("ix_dossiers_responsible", "responsible_unit_id", "open", "due_at"),
    Index("ix_dossiers_receiving", "receiving_unit_id", "received_date"),
    Index("ix_dossiers_counter", "counter_unit_id", "open"),
    # Covers the number of dossiers returned in a period, for the share of rated ones.
    Index(
        "ix_dossiers_returned",
        "returned_at",
        "responsible_unit_id",
        "receiving_unit_id",
        "procedure_id",
        "channel",
        postgresql_where=text("returned_at IS NOT NULL"),
        sqlite_where=text("returned_at IS NOT NULL"),
    ),
    # Covers the workload.
    Index(
        "ix_dossiers_workload",
        "holder_unit_id",
        "responsible_unit_id",
        "officer",
        "overdue_from",
        "suspended_at",
        "pending_at",
        "last_occurred_at",
        postgresql_where=text("open"),
        sqlite_where=text("open = 1"),
    ),
    # Few dossiers have an undecided correction.
    Index(
        "ix_dossiers_correction",
        "correction_at",
        postgresql_where=text("correction_at IS NOT NULL"),
        sqlite_where=text("correction_at IS NOT NULL"),
    ),
    # Detection of reminders scans these dossiers every few minutes.
    Index("ix_dossiers_under_way", "id", postgresql_where=text(UNDER_WAY), sqlite_where=text(UNDER_WAY)),
    Index("ix_dossiers_received_at", "received_at", "id"),
    # Few dossiers are for another area. The conditions are the compiled forms of `has_key`.
    Index(
        "ix_dossiers_another_area",
        "received_date",
        postgresql_where=text("coalesce(CAST(details AS JSONB) ? 'another_area', false)"),
        sqlite_where=text("(details -> 'another_area' IS NOT NULL) = 1"),
    ),
    Index("ix_dossiers_finished_date", "finished_date"),
    # The search by a part of a code. SQLite has no such index and reads the codes.
    Index("ix_dossiers_code_parts", text(CODE_ENDS), postgresql_using="gin").ddl_if("postgresql"),
    # Few dossiers have a promised date, and few the cause of a late result.
    Index(
        "ix_dossiers_promised",
        "promised_date",
        postgresql_where=text("promised_date IS NOT NULL"),
        sqlite_where=text("promised_date IS NOT NULL"),
    ),
    Index(
        "ix_dossiers_late_cause",
        "finished_date",
        postgresql_where=text("late_cause IS NOT NULL"),
        sqlite_where=text("late_cause IS NOT NULL"),
    ),
)

# Units that may read a dossier, because they were ever its counter, holder or responsible unit (rules §8). Officers of
# a unit that `held` it also see its personal data.
dossier_units = Table(
    "dossier_units",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("unit_id", ForeignKey("units.id"), primary_key=True),
    Column("held", Boolean, nullable=False, server_default=text("false")),
    Index("ix_dossier_units_unit", "unit_id", "dossier_id"),
)

# Payments, and refunds with a negative amount: what the journals give, for the lists of a counter's day.
payments = Table(
    "payments",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("unit_id", ForeignKey("units.id"), nullable=False),
    Column("day", LocalDate, nullable=False),
    Column("at", Instant, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("method", Text),
    Column("receipt_number", Text),
    Index("ix_payments_day", "day", "unit_id"),
)

externals = Table(
    "externals",
    metadata,
    Column("system", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("dossier_id", ForeignKey("dossiers.id"), nullable=False, index=True),
    # In the form for comparison. A twin of before that comparison has no `system_key`, and a row of a process of the
    # version before has neither.
    Column("system_key", Text),
    Column("code_key", Text),
    Index("ix_externals_keys", "code_key", "system_key", unique=True),
)
