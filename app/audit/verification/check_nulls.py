"""Finds the text `null` in columns of JSON: it reads like no value, so no comparison of values names it (rules §13)."""

from sqlalchemy import Text, func, select, type_coerce

from app.audit.verification.difference import Difference
from app.database import Connection, Json, tables

_COLUMNS = [
    column
    for table in tables.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Json) and column.nullable
]


async def null_differences(connection: Connection) -> list[Difference]:
    """Columns with the text `null` in place of no value. The service never writes it, and queries tell both apart."""
    differences = []
    for column in _COLUMNS:
        texts = select(func.count()).select_from(column.table).where(type_coerce(column, Text) == "null")
        if count := await connection.scalar(texts):
            differences.append(Difference(column.table.name, None, column.name, "no text `null`", f"{count} of them"))
    return differences
