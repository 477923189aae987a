"""The table that says which versions of the code a schema bears (docs/decisions/0015-migrations.md)."""

from sqlalchemy import Column, Table, Text

from app.database.metadata import metadata

# For each revision of the schema: the oldest revision whose code may run on it. A process finds its own answer here for
# a revision that is newer than its code.
schema_compatibility = Table(
    "schema_compatibility",
    metadata,
    Column("revision", Text, primary_key=True),
    Column("oldest_code", Text, nullable=False),
)
