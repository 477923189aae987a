"""Connections of migrations: one migration at a time, in one transaction or in many."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from app.database.address import Address, address_of, database_url
from app.database.locks import OF_SCHEMA
from app.database.postgresql_servers import Servers
from app.database.private_files import create_private

T = TypeVar("T")

# A number that no other lock on the database uses: the letters of "motcua". Each schema has its own, as other locks do.
_ADVISORY_LOCK = 0x6D6F74637561


def in_transaction(url: str, work: Callable[[Connection], T]) -> T:
    """The result of `work`, run in one transaction. A lock excludes other migrations of the same database."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _on_sqlite(parsed, work)
    return asyncio.run(_on_postgresql(address_of(url), work))


def alone(url: str, work: Callable[[Connection], T]) -> T:
    """The result of `work`, which begins its own transactions on PostgreSQL. The lock is that of `in_transaction`.

    On SQLite `work` runs in one transaction.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _on_sqlite(parsed, work)
    return asyncio.run(_alone_on_postgresql(address_of(url), work))


def reading(url: str, work: Callable[[Connection], T]) -> T:
    """The result of `work`, which only reads. It waits for no migration on PostgreSQL."""
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _on_sqlite(parsed, work)
    return asyncio.run(_read_on_postgresql(address_of(url), work))


def _on_sqlite(url: URL, work: Callable[[Connection], T]) -> T:
    create_private(Path(str(url.database)))
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool, connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def prepare(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver's default mode runs DDL outside transactions, so `begin` below sends BEGIN itself.
        raw.isolation_level = None
        # A batch migration drops and recreates a table, which would delete the rows that reference it. The pragma has
        # no effect inside a transaction.
        cursor = raw.cursor()
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        result = work(connection)
        _refuse_broken_references(connection)
    return result


def _refuse_broken_references(connection: Connection) -> None:
    # Foreign keys are off during a migration, so this check replaces them.
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        references = ", ".join(f"{row[0]} row {row[1]} to {row[2]}" for row in broken[:10])
        raise ValueError(f"the migration would leave {len(broken)} broken references: {references}")


async def _on_postgresql(address: Address, work: Callable[[Connection], T]) -> T:
    async with _engine(address) as engine, engine.begin() as connection:
        await _lock(connection, "pg_try_advisory_xact_lock")
        return await connection.run_sync(work)


async def _alone_on_postgresql(address: Address, work: Callable[[Connection], T]) -> T:
    async with _engine(address) as engine, engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await _lock(connection, "pg_try_advisory_lock")  # until the connection is closed
        return await connection.run_sync(work)


async def _read_on_postgresql(address: Address, work: Callable[[Connection], T]) -> T:
    async with _engine(address) as engine, engine.begin() as connection:
        return await connection.run_sync(work)


async def _lock(connection: AsyncConnection, function: str) -> None:
    # A waiting statement would keep its snapshot, and CREATE INDEX CONCURRENTLY would wait for that.
    statement = text(f"SELECT {function}({_ADVISORY_LOCK} + coalesce({OF_SCHEMA}, 0))")
    while not await connection.scalar(statement):  # noqa: ASYNC110
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _engine(address: Address) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=Servers(address, address.connect_seconds).connect, poolclass=NullPool
    )
    try:
        yield engine
    finally:
        await engine.dispose()
