"""Locks until the end of a transaction. SQLite needs none, because it has only one writing transaction."""

from enum import IntEnum, unique
from typing import Literal

from sqlalchemy import Table, bindparam, func, select, text

from app.database import Connection, Prepared

_ACQUIRE = Prepared(select(func.pg_advisory_xact_lock(bindparam("number"))))
_TRY = Prepared(select(func.pg_try_advisory_xact_lock(bindparam("number"))))


@unique
class Lock(IntEnum):
    """The numbers of the advisory locks on the database."""

    REFERENCE_DATA = 0x6D6F7403  # the function `hold_reference` of the migrations has it too
    ROLL_UP = 0x6D6F7404
    SEALS = 0x6D6F7406
    OUTBOX = 0x6D6F740B


async def acquire(connection: Connection, lock: Lock) -> None:
    """Waits until no other transaction has the lock, and takes it."""
    if connection.dialect == "postgresql":
        await connection.scalar(_ACQUIRE, number=lock)


async def try_acquire(connection: Connection, lock: Lock) -> bool:
    """Takes the lock without waiting. False: another transaction has it."""
    return connection.dialect == "sqlite" or bool(await connection.scalar(_TRY, number=lock))


async def lock_table(
    connection: Connection, table: Table, mode: Literal["SHARE", "EXCLUSIVE"], seconds: float | None = None
) -> None:
    """Waits until no transaction writes to the table, and prevents writing.

    `SHARE` lets other transactions take the same lock, `EXCLUSIVE` does not. `seconds` limits each wait of this
    transaction for a lock. Raises DatabaseUnavailable after it.
    """
    if connection.dialect == "postgresql":
        if seconds is not None:
            await connection.run(text(f"SET LOCAL lock_timeout = '{round(seconds * 1000)}ms'"))
        await connection.run(text(f"LOCK TABLE {table.name} IN {mode} MODE"))
