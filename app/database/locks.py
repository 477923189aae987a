"""Locks until the end of a transaction. SQLite needs none, because it has only one writing transaction.

None belongs to a connection, so a pooler may lend the connection to others after the transaction. PostgreSQL keeps the
locks of each database apart, and the numbers those of each schema. So several registers may share a cluster.
"""

from enum import IntEnum, unique
from typing import Literal

from sqlalchemy import BigInteger, Table, bindparam, func, literal_column, select, text

from app.database import Connection, Prepared

# Advisory locks are of a whole database. Registers in several schemas of one database must not wait for each other, so
# the upper half of a number is the id of the schema. For `public` it is 0, as older processes beside this one expect.
OF_SCHEMA = (
    "(SELECT CASE nspname WHEN 'public' THEN 0 ELSE CAST(oid AS bigint) << 32 END "
    "FROM pg_namespace WHERE nspname = current_schema())"
)
_NUMBER = bindparam("number", type_=BigInteger) + literal_column(OF_SCHEMA, BigInteger)
_ACQUIRE = Prepared(select(func.pg_advisory_xact_lock(_NUMBER)))
_TRY = Prepared(select(func.pg_try_advisory_xact_lock(_NUMBER)))


@unique
class Lock(IntEnum):
    """The numbers of the advisory locks on the database."""

    REFERENCE_DATA = 0x6D6F7403
    ROLL_UP = 0x6D6F7404
    SEALS = 0x6D6F7406
    OUTBOX = 0x6D6F740B
    PARTITIONS = 0x6D6F7411
    LEDGER = 0x6D6F7412


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
