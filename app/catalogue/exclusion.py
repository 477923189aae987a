"""The lock that separates receipts from published calendars and successions (rules §3)."""

from sqlalchemy import ColumnElement, Integer, func, select

from app.database import Connection, Prepared
from app.database.locks import Lock, acquire
from app.database.tables import reference_state

# On PostgreSQL a function of the database takes the guard and then reads the revision: one plain statement would read
# it before it has the guard.
HELD_REVISION: ColumnElement[int] = func.hold_reference(type_=Integer)
REVISION: ColumnElement[int] = select(reference_state.c.revision).scalar_subquery()

_HOLD = Prepared(select(HELD_REVISION), sqlite=select(REVISION))


async def shared_guard(connection: Connection) -> int:
    """Takes the shared lock until the transaction ends, for every change that sets a deadline or moves a dossier.

    Returns the revision of the reference data, which stays until then (rules §3). SQLite has one writing transaction
    at a time anyway.
    """
    return await connection.scalar(_HOLD) or 0


async def exclusive_guard(connection: Connection) -> None:
    """Takes the exclusive lock for a reform: waits for all shared locks, and refuses new ones until the end."""
    await acquire(connection, Lock.REFERENCE_DATA)
