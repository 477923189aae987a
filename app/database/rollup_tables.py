"""Tables of the facts that figures count (rules §11), and of the counts (docs/decisions/0007-rollups.md)."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from app.database.columns import Instant, Json, LocalDate
from app.database.metadata import Key, metadata

# Time spans with the state of a dossier, or of its present step, by the time of events (not of recording).
spans = Table(
    "spans",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("phase", Text, primary_key=True),
    Column("from_at", Instant, nullable=False),
    Column("to_at", Instant),  # null: the state lasts
    Column("responsible_unit_id", ForeignKey("units.id"), nullable=False),  # for a step: the unit that does it
    Column("holder_unit_id", ForeignKey("units.id"), nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("overdue_from", Instant),
    Column("apology", Boolean, nullable=False),
    CheckConstraint("phase IN ('submitted', 'open', 'step')", name="phase"),
    Index("ix_spans_from", "from_at", "to_at"),
    Index("ix_spans_responsible", "responsible_unit_id", "from_at"),
    # Dossiers that become overdue later today.
    Index(
        "ix_spans_lapsing",
        "overdue_from",
        postgresql_where=text("to_at IS NULL"),
        sqlite_where=text("to_at IS NULL"),
    ),
    # Dossiers with an apology.
    Index(
        "ix_spans_apologies",
        "dossier_id",
        postgresql_where=text("apology AND phase = 'open'"),
        sqlite_where=text("apology AND phase = 'open'"),
    ),
    # Dossiers that wait to be received.
    Index(
        "ix_spans_submitted",
        "from_at",
        postgresql_where=text("phase = 'submitted'"),
        sqlite_where=text("phase = 'submitted'"),
    ),
)

# Events of a dossier or of a step that figures count, one row each.
occurrences = Table(
    "occurrences",
    metadata,
    Column("dossier_id", ForeignKey("dossiers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("date", LocalDate, nullable=False),
    Column("unit_id", ForeignKey("units.id"), nullable=False),  # responsible then; for a move the old unit
    Column("to_unit_id", ForeignKey("units.id")),  # for a move the new unit
    Column("verdict", Text),  # for finished and step_done
    Column("overdue", Boolean, nullable=False),  # withdrawn or discontinued: overdue then; finished: late
    Column("apology", Boolean, nullable=False),
    CheckConstraint(
        "kind IN ('submitted', 'declined', 'unsubmitted', "
        "'received', 'finished', 'withdrawn', 'discontinued', 'moved', "
        "'step_given', 'step_done', 'step_withdrawn', 'step_discontinued', 'step_moved')",
        name="kind",
    ),
    Index("ix_occurrences_date", "date", "kind", "unit_id"),
    Index("ix_occurrences_unit", "unit_id", "date"),
    Index(
        "ix_occurrences_moves",
        "at",
        "unit_id",
        "to_unit_id",
        postgresql_where=text("to_unit_id IS NOT NULL"),
        sqlite_where=text("to_unit_id IS NOT NULL"),
    ),
)

# Counted figures by day, month and year (`grain`, from `first_date` on). Of events a bucket has their number, of stocks
# (`open` to `waiting`) their change. So the sum of all buckets up to a date is the stock at its end. There are no
# foreign keys, because each would cost as much as the count; `motcua verify` compares these rows with the journals.
FIGURES = (
    "received_counter",
    "received_online",
    "received_postal",
    "early",
    "on_time",
    "late",
    "unjudged",  # done steps without a share of the limit
    "late_unapologised",
    "withdrawn",
    "withdrawn_overdue",
    "discontinued",
    "discontinued_overdue",
    "submitted",
    "declined",
    "unsubmitted",
    "open",
    "suspended",
    "overdue",
    "overdue_unapologised",
    "waiting",
)


def _counts(*names: str) -> list[Column[int]]:
    return [Column(name, Integer, nullable=False, server_default=text("0")) for name in names]


# Counts by one dimension. `key` is the id of a unit or a procedure, or the index of a channel.
rollup_totals = Table(
    "rollup_totals",
    metadata,
    Column("dimension", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("first_date", LocalDate, primary_key=True),
    Column("key", Integer, primary_key=True, autoincrement=False),
    *_counts(*FIGURES),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    sqlite_with_rowid=False,
)

# Counts by all dimensions, for requests with filters.
rollup_cells = Table(
    "rollup_cells",
    metadata,
    Column("unit_id", Integer, primary_key=True, autoincrement=False),
    Column("grain", Text, primary_key=True),
    Column("first_date", LocalDate, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("procedure_id", Integer, primary_key=True, autoincrement=False),
    Column("receiving_unit_id", Integer, primary_key=True, autoincrement=False),
    Column("channel", Text, primary_key=True),
    *_counts(*FIGURES),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    CheckConstraint("subject IN ('dossier', 'step')", name="subject"),
    sqlite_with_rowid=False,
)

# Moves between units.
rollup_moves = Table(
    "rollup_moves",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("first_date", LocalDate, primary_key=True),
    Column("unit_id", Integer, primary_key=True, autoincrement=False),
    Column("to_unit_id", Integer, primary_key=True, autoincrement=False),
    *_counts("moved"),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    CheckConstraint("subject IN ('dossier', 'step')", name="subject"),
    sqlite_with_rowid=False,
)

# Recording time of the last entry that changed past figures of a bucket. Dimension `all` has the key 0.
late_changes = Table(
    "late_changes",
    metadata,
    Column("dimension", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("first_date", LocalDate, primary_key=True),
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("recorded_at", Instant, nullable=False),
    CheckConstraint("dimension IN ('all', 'unit', 'receiving')", name="dimension"),
    CheckConstraint("grain IN ('day', 'month', 'year')", name="grain"),
    sqlite_with_rowid=False,
)

# Increments of the counts that no worker has added up yet. Rows are only appended, so no writer waits for another.
pending_increments = Table(
    "pending_increments",
    metadata,
    Column("id", Key, primary_key=True),
    Column("size", Integer, nullable=False),  # number of counts in it
    Column("content", Json, nullable=False),
)

# A row means: the counts are outdated, and `motcua recount` has to count again.
recount_due = Table(
    "recount_due",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("why", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
