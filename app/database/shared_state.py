"""One state of the database: for readings of several processes, or without unfinished writers of a table."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy import Table, func, literal, select, text

from app.database.connection import Connection, Database
from app.database.locks import lock_table
from app.database.plan import Prepared

# SQLite begins to read with the first statement. Without writers all readings begin with the same state.
_NAME = Prepared(select(func.pg_export_snapshot()), sqlite=text("SELECT 'same' FROM sqlite_master LIMIT 1"))
_BEGIN = Prepared(select(literal(1)), sqlite=text("SELECT 1 FROM sqlite_master LIMIT 1"))


@asynccontextmanager
async def shared(database: Database, share: Callable[[str], Awaitable[object]]) -> AsyncIterator[Connection]:
    """A heavy reading. `share` gets the name of its state, and returns once all others have joined."""
    async with AsyncExitStack() as writers_wait:
        if database.dialect == "sqlite":
            await writers_wait.enter_async_context(database.writing())
        async with database.reading(snapshot=True, heavy=True) as connection:
            await share(await connection.scalar(_NAME))
            await writers_wait.aclose()
            yield connection


@asynccontextmanager
async def joined(database: Database, name: str) -> AsyncIterator[Connection]:
    """A heavy reading of the state with this name, while the reading that named it still runs."""
    async with database.reading(snapshot=True, heavy=True) as connection:
        if connection.dialect == "postgresql":
            # The name is from the server itself: digits, letters and dashes.
            await connection.run(text(f"SET TRANSACTION SNAPSHOT '{name}'"))
        await connection.scalar(_BEGIN)
        yield connection


@asynccontextmanager
async def writing_in_a_state(database: Database, table: Table, seconds: float) -> AsyncIterator[Connection]:
    """A transaction whose statements all see one state, in which no writer of `table` is unfinished.

    Others go on writing once the state is fixed. Raises DatabaseUnavailable if running writers take longer than
    `seconds`. SQLite has one writer at a time, so others wait.
    """
    async with database.writing() as connection:
        if connection.dialect == "postgresql":
            await connection.run(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            async with database.writing() as other:
                await lock_table(other, table, "SHARE", seconds)
                await connection.scalar(_BEGIN)
        yield connection
