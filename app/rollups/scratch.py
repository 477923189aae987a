"""Counts of any number of journals in a temporary file, so that the memory for them stays bounded."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import bindparam, select

from app.database import Connection, Database, Prepared
from app.database.readable import ForeignRow, readable
from app.database.tables import pending_increments
from app.database.temporary import temporary_database
from app.rollups.increments import Counts, counts_of
from app.rollups.roll_up import STORED, write

# Counts in memory before they are written to the file: some 30 MB with the rows made of them.
_MOST = 20_000
_PENDING = Prepared(
    select(pending_increments.c.content)
    .where(pending_increments.c.id.between(bindparam("first"), bindparam("last")))
    .order_by(pending_increments.c.id)
)


class ScratchCounts:
    """Counts that move from memory to a temporary database with the rollup tables. They name no person."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.counts = Counts()

    async def spill_if_many(self) -> None:
        """Writes the counts to the file if they are many."""
        if len(self.counts.cells) + len(self.counts.moves) + len(self.counts.late) >= _MOST:
            await self.spill()

    async def spill(self) -> None:
        """Writes the counts to the file."""
        async with self._database.writing() as connection:
            await write(connection, self.counts)
        self.counts = Counts()


@asynccontextmanager
async def scratch_counts(path: Path) -> AsyncIterator[ScratchCounts]:
    """Empty counts in a new file at `path`. All are in the file when the block ends."""
    async with temporary_database(path, STORED) as database:
        scratch = ScratchCounts(database)
        yield scratch
        await scratch.spill()


@asynccontextmanager
async def read_scratch(path: Path) -> AsyncIterator[Connection]:
    """A reading of the counts in a file."""
    async with temporary_database(path) as database, database.reading() as connection:
        yield connection


async def copy_pending(connection: Connection, path: Path) -> list[ForeignRow]:
    """Writes the increments that are not rolled up yet to a new file of counts; those that cannot be read."""
    unread: list[ForeignRow] = []
    async with scratch_counts(path) as scratch:
        async for page, foreign in pending_counts(connection):
            for counts in page:
                scratch.counts.add(counts)
            unread += foreign
            await scratch.spill_if_many()
    return unread


def pending_counts(connection: Connection) -> AsyncIterator[tuple[Sequence[Counts], Sequence[ForeignRow]]]:
    """The increments that are not rolled up yet, in pages that bound the memory, and those that cannot be read."""

    async def read(first: int, last: int) -> list[Counts]:
        return [counts_of(row.content for row in await connection.all(_PENDING, first=first, last=last))]

    return readable(connection, pending_increments.c.id, read)
