"""Tables of the journal and of its seals (rules §13)."""

from sqlalchemy import (
    BigInteger,
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

# Entries of rare types, which the irregularities find by time: supplement requests, new dates, corrections.
RARE_ENTRIES = "type IN ('request-supplement', 'reschedule', 'correct', 'approve-correction')"

# Voids, which the irregularities find by time too.
VOIDS = "type = 'void'"

# Entries flagged as recorded late. Imports and corrections, which also change past figures, have other flags.
RECORDED_LATE = """data LIKE '%"backdated"%'"""

# Entries flagged as late duties of the counter; approvals of corrections contain such entries and are other types.
LATE_DUTIES = """type IN ('forward', 'take', 'request-supplement') AND data LIKE '%"late_%'"""

# The journal, append-only by triggers (rules §13).
entries = Table(
    "entries",
    metadata,
    Column("id", Key, primary_key=True),
    Column("dossier_id", ForeignKey("dossiers.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("unit_id", ForeignKey("units.id"), nullable=False),
    Column("data", Json, nullable=False),
    Column("text_hash", Text),  # of the row in entry_texts with this sequence
    Column("applicant_number", Integer),
    Column("applicant_hash", Text),
    Column("corrects", Integer),
    # Instant from which this entry changed past figures (correction, backdated entry, import), or null.
    Column("changes_from", Instant),
    Column("hash", Text, nullable=False),  # of this row and the entry before it (docs/journal.md)
    # Number of the newest seal at that time, 0 before the first; null in imports and in rows of older versions.
    Column("newest_seal", Integer),
    UniqueConstraint("dossier_id", "sequence"),
    Index(
        "ix_entries_rare",
        "type",
        "occurred_at",
        postgresql_where=text(RARE_ENTRIES),
        sqlite_where=text(RARE_ENTRIES),
    ),
    Index("ix_entries_voids", "occurred_at", postgresql_where=text(VOIDS), sqlite_where=text(VOIDS)),
    # Covers the list of late records with its filters.
    Index(
        "ix_entries_late",
        "recorded_at",
        "id",
        "unit_id",
        "type",
        postgresql_where=text(RECORDED_LATE),
        sqlite_where=text(RECORDED_LATE),
    ),
    Index(
        "ix_entries_late_duties",
        "occurred_at",
        postgresql_where=text(LATE_DUTIES),
        sqlite_where=text(LATE_DUTIES),
    ),
)

# Seals, append-only by triggers: one root hash of all entries since the previous seal (docs/journal.md). A seal
# without entries of the journal has the `last_id` of the seal before, and covers other logs.
seals = Table(
    "seals",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("date", LocalDate, nullable=False),  # the last day with all entries sealed
    Column("first_id", BigInteger, nullable=False),  # of entries
    Column("last_id", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("root", Text, nullable=False),
    Column("previous", Text, nullable=False),  # the hash of the previous seal
    Column("sealed_at", Instant, nullable=False),
    Column("hash", Text, nullable=False),
    Column("logs", Json),  # {log: {count, last}} of the other logs; null in a seal of an older version
    Index("ix_seals_last_id", "last_id", "number"),
)

# Blocks of a seal's tree. They keep proofs short, and locate a changed entry.
seal_blocks = Table(
    "seal_blocks",
    metadata,
    Column("seal", ForeignKey("seals.number"), primary_key=True),
    Column("block", Integer, primary_key=True),
    Column("first_id", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("root", Text, nullable=False),
    Column("leaves", Json, nullable=False),  # [[dossier, sequence, first characters of the hash]]
    Column("log", Text, nullable=False, server_default=text("'journal'")),  # whose ids are above
)

# Time stamps of seals by an outside authority, append-only by triggers (docs/journal.md).
seal_stamps = Table(
    "seal_stamps",
    metadata,
    Column("seal", ForeignKey("seals.number"), primary_key=True),
    Column("stamped_at", Instant, nullable=False),  # the time in the stamp
    Column("response", Text, nullable=False),  # of the authority (RFC 3161), in base64
)

# Heads of other registers' trees of seals that this one has cosigned, append-only by triggers (docs/journal.md).
cosigned_checkpoints = Table(
    "cosigned_checkpoints",
    metadata,
    Column("origin", Text, primary_key=True),  # the name of the other register
    Column("size", Integer, primary_key=True, autoincrement=False),  # the number of its seals
    Column("note", Text, nullable=False),  # with its signature and the cosignature
    Column("cosigned_at", Instant, nullable=False),
)

# Restores to a moment after which the register went on, append-only by triggers (docs/operations.md).
resumptions = Table(
    "resumptions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("after", Instant, nullable=False),  # the restored moment
    Column("resumed_at", Instant, nullable=False),
    Column("last_entry", BigInteger, nullable=False),  # the highest id of an entry then
    Column("last_seal", Integer, nullable=False),  # 0: none
    Column("last_day", LocalDate, nullable=False),  # codes up to this day may have been given and lost
    Column("margin", Integer, nullable=False),  # by which the ordinals of these days are lifted
    Column("revoked", Json, nullable=False),  # ids of tokens
    CheckConstraint("margin >= 0", name="margin"),
)
