"""Translates SQLite's errors to those of the service."""

import sqlite3

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from app.database.errors import (
    DatabaseFull,
    DatabaseUnavailable,
    IntegrityFailed,
    StatementTooLong,
    ValueOutOfRange,
)

_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
}


def translate(error: Exception, table: Table | None = None) -> Exception | None:
    """The service's error for an error of the driver, None for a defect. `table` is that of the statement."""
    if isinstance(error, sqlite3.IntegrityError):
        return IntegrityFailed(str(error), _constraint(str(error), table))
    if isinstance(error, sqlite3.Error) and is_among(error, {sqlite3.SQLITE_FULL}):
        return DatabaseFull(f"SQLite: {error}")
    if isinstance(error, sqlite3.Error) and is_among(error, {sqlite3.SQLITE_INTERRUPT}):
        return StatementTooLong(f"SQLite: {error}")
    if isinstance(error, sqlite3.Error):
        return DatabaseUnavailable(f"SQLite: {error}") if is_among(error, _UNAVAILABLE) else None
    # Integers of more than 64 bits, and lone surrogates.
    return ValueOutOfRange(str(error)) if isinstance(error, OverflowError | UnicodeEncodeError) else None


def is_among(error: sqlite3.Error, codes: set[int]) -> bool:
    """True if the error has one of these primary result codes of SQLite."""
    # Errors of the driver itself have no code. The lowest byte of an extended code is the primary code.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in codes


def _constraint(message: str, table: Table | None) -> str | None:
    kind, _, rest = message.partition(" constraint failed: ")
    if kind == "CHECK":
        return rest
    if kind != "UNIQUE":
        return None
    if rest.startswith("index "):
        return rest.removeprefix("index ").strip("'")
    # SQLite names the columns: "units.code, units.valid_from".
    places = [place.split(".") for place in rest.split(", ")]
    # A trigger may have changed another table than that of the statement.
    failed = None if table is None else table.metadata.tables.get(places[0][0])
    return None if failed is None else _unique_name(failed, {column for _, column in places})


def _unique_name(table: Table, columns: set[str]) -> str | None:
    constraints = (item for item in table.constraints if isinstance(item, PrimaryKeyConstraint | UniqueConstraint))
    indexes = (index for index in table.indexes if index.unique)
    for unique in (*constraints, *indexes):
        if {column.name for column in unique.columns} == columns:
            return None if unique.name is None else str(unique.name)
    return None
