"""The guard by which receiving dossiers, and publishing calendars or succeeding units, exclude each other."""

from sqlalchemy import bindparam, func, select

from app.database import Connection, Prepared

# Any number that nothing else in the database locks.
_LOCK = 0x6D6F7403

_SHARED = Prepared(select(func.pg_advisory_xact_lock_shared(bindparam("lock"))))
_EXCLUSIVE = Prepared(select(func.pg_advisory_xact_lock(bindparam("lock"))))


async def shared_guard(connection: Connection) -> None:
    """Held until the transaction ends by whatever sets a deadline or places a dossier; read the reference after it.

    Publishing and receiving exclude each other (rules §3). On SQLite there is one writer at a time already.
    """
    if connection.dialect == "postgresql":
        await connection.scalar(_SHARED, lock=_LOCK)


async def exclusive_guard(connection: Connection) -> None:
    """Taken by what re-dates or moves many dossiers: waits until nobody holds the shared guard, and keeps it away."""
    if connection.dialect == "postgresql":
        await connection.scalar(_EXCLUSIVE, lock=_LOCK)
