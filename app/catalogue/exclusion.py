"""The guard by which receiving dossiers, and publishing calendars or succeeding units, exclude each other."""

from sqlalchemy import ColumnElement, Integer, bindparam, func, select

from app.database import Connection, Prepared
from app.database.tables import reference_state

# The number that the migrations' function `hold_reference` locks too; nothing else in the database does.
_LOCK = 0x6D6F7403


def held_revision(dialect: str) -> ColumnElement[int]:
    """Takes the shared guard within a statement, and gives the revision that then stays until the transaction ends."""
    if dialect == "postgresql":
        # A function of the database, since within one plain statement the revision would be read before the lock.
        return func.hold_reference(type_=Integer)
    return select(reference_state.c.revision).scalar_subquery()


_HOLD = {dialect: Prepared(select(held_revision(dialect).label("revision"))) for dialect in ("postgresql", "sqlite")}
_EXCLUSIVE = Prepared(select(func.pg_advisory_xact_lock(bindparam("lock"))))


async def shared_guard(connection: Connection) -> int:
    """Held until the transaction ends by whatever sets a deadline or places a dossier.

    Answers with the revision of the reference data, which stays until then: publishing and receiving exclude each
    other (rules §3). On SQLite there is one writing transaction at a time already.
    """
    return await connection.scalar(_HOLD[connection.dialect]) or 0


async def exclusive_guard(connection: Connection) -> None:
    """Taken by what re-dates or moves many dossiers: waits until nobody holds the shared guard, and keeps it away."""
    if connection.dialect == "postgresql":
        await connection.scalar(_EXCLUSIVE, lock=_LOCK)
