"""Waits for transactions that write to tables, without a lock: nobody waits for the one who waits."""

import asyncio
import time
from collections.abc import Sequence

from sqlalchemy import ARRAY, Text, bindparam, text

from app.database.connection import Connection, Database
from app.database.errors import DatabaseUnavailable
from app.database.plan import Prepared

# Seconds between two looks at the writers.
_PAUSE = 0.05

# PostgreSQL takes this lock before it takes the next id for a row, and releases it after the commit is visible.
_WRITERS = Prepared(
    text(
        "SELECT DISTINCT virtualtransaction FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
        "WHERE datname = current_database() AND mode = 'RowExclusiveLock' AND granted "
        "AND relation IN (SELECT CAST(name AS regclass) FROM unnest(:tables) AS name)"
    ).bindparams(bindparam("tables", type_=ARRAY(Text)))
)


async def open_writers(connection: Connection, tables: Sequence[str]) -> frozenset[str]:
    """The transactions that have written to one of the tables, or are about to, and have not ended.

    SQLite has one writer at a time, and this connection waits for it: none.
    """
    if connection.dialect == "sqlite":
        return frozenset()
    return frozenset(row.virtualtransaction for row in await connection.all(_WRITERS, tables=list(tables)))


async def wait_for(database: Database, writers: frozenset[str], tables: Sequence[str], seconds: float) -> None:
    """Waits until these transactions have ended. Raises DatabaseUnavailable after `seconds`."""
    until = time.monotonic() + seconds
    while writers:
        if time.monotonic() > until:
            raise DatabaseUnavailable(f"transactions that write to {', '.join(tables)} do not end: {len(writers)}")
        await asyncio.sleep(_PAUSE)
        async with database.writing() as connection:
            writers &= await open_writers(connection, tables)
