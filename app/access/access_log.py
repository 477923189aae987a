"""Writes the access log: a view is kept durably before its response is sent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.access.view_spool import Row, ViewSpool
from app.database import Database, DatabaseFull, DatabaseUnavailable
from app.database.replicas import ReplicatedDatabase
from app.database.tables import access_log

# Seconds between two looks if the primary still answers, during a write.
LOOK = 0.1


@dataclass
class _Batch:
    """Views for one transaction; the first request that gets the turn writes them all."""

    rows: list[Row] = field(default_factory=list)
    written: bool = False
    refused: DatabaseUnavailable | DatabaseFull | None = None


class AccessLog:
    """Writes the views of one worker. Views that wait for a write are written in one transaction after it.

    On SQLite a view waits for the one writer, as a change does, but many views at once need one commit. With a `spool`
    views are kept there while the primary is away.
    """

    def __init__(self, spool: ViewSpool | None = None) -> None:
        self.spool = spool
        self._turn = asyncio.Lock()
        self._next = _Batch()

    async def write(self, database: Database, row: Row) -> None:
        """Keeps the view; raises DatabaseUnavailable or DatabaseFull, and then nothing must be shown."""
        batch = self._next
        batch.rows.append(row)
        async with self._turn:
            if not batch.written and batch.refused is None:
                self._next = _Batch()
                try:
                    await self._keep(database, batch.rows)
                except (DatabaseUnavailable, DatabaseFull) as error:
                    batch.refused = error
                else:
                    batch.written = True
        if batch.refused is not None:
            raise batch.refused

    async def _keep(self, database: Database, rows: Sequence[Row]) -> None:
        if self.spool is None or not isinstance(database, ReplicatedDatabase):
            await _commit(database, rows)
        elif not await _committed(database, rows):
            await self.spool.keep(database, rows)


async def _commit(database: Database, rows: Sequence[Row]) -> None:
    async with database.writing() as connection:
        await connection.insert_many(access_log, rows)


async def _committed(database: ReplicatedDatabase, rows: Sequence[Row]) -> bool:
    """Whether the views are in the log. False: the primary is away, and they may be there or not."""
    if not database.writable:
        return False
    writing = asyncio.create_task(_commit(database, rows))
    try:
        while not writing.done() and database.writable:
            await asyncio.wait({writing}, timeout=LOOK)
    finally:
        if not writing.done():
            database.abandon(writing)
    if not writing.done():
        return False
    try:
        writing.result()
    except DatabaseUnavailable:
        return False
    return True
