"""Tables of migrations: which code a schema bears, and how far a backfill is (docs/decisions/0015-migrations.md)."""

from sqlalchemy import BigInteger, Column, Table, Text

from app.database.metadata import metadata

# For each revision of the schema: the oldest revision whose code may run on it. A process finds its own answer here for
# a revision that is newer than its code.
schema_compatibility = Table(
    "schema_compatibility",
    metadata,
    Column("revision", Text, primary_key=True),
    Column("oldest_code", Text, nullable=False),
)

# How far the backfill of a migration is: the last key of its last batch (app/database/online.py).
backfill_positions = Table(
    "backfill_positions",
    metadata,
    Column("revision", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
