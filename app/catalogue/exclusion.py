"""The guard by which receiving dossiers, and publishing calendars or succeeding units, exclude each other."""

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
    """Held until the transaction ends by whatever sets a deadline or places a dossier.

    Answers with the revision of the reference data, which stays until then: publishing and receiving exclude each
    other (rules §3). On SQLite there is one writing transaction at a time already.
    """
    return await connection.scalar(_HOLD) or 0


async def exclusive_guard(connection: Connection) -> None:
    """Taken by what re-dates or moves many dossiers: waits until nobody holds the shared guard, and keeps it away."""
    await acquire(connection, Lock.REFERENCE_DATA)
