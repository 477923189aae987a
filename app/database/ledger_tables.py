"""The table of the ledger: what decides and is no dossier (rules §13)."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from app.database.columns import Instant, Json
from app.database.metadata import Key, metadata

# One chain over all subjects, append-only by triggers. Each entry has the whole state of a row after a change, so the
# last entry of each row is the table.
ledger = Table(
    "ledger",
    metadata,
    Column("number", Key, primary_key=True, autoincrement=False),  # 1, 2, 3, … without a gap
    Column("subject", Text, nullable=False),  # a table, or `command`
    Column("row_id", BigInteger),  # null: the whole subject
    Column("type", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("client", Text, nullable=False),
    Column("by_token_id", Integer),  # null: by command, by the single sign-on or by the service itself
    Column("data", Json, nullable=False),
    Column("hash", Text, nullable=False),  # of this row and the entry before it (docs/journal.md)
    Index("ix_ledger_row", "subject", "row_id", "number"),
)
