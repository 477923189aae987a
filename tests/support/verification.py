"""Runs the verification over a database, after a tampering that only the owner of the database can do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import text

from app.audit.verification.service import Difference, verify
from app.database import Connection, Database
from tests.support.keyed import open_database

T = TypeVar("T")

Tampering = Callable[[Connection], Awaitable[None]]


def verified(url: str, tampering: Tampering | None = None) -> list[Difference]:
    """The differences after some dossiers were simulated and somebody had their way with the tables."""

    async def work(database: Database) -> list[Difference]:
        if tampering:
            async with database.writing() as connection, _journal_that_can_be_changed(connection):
                await tampering(connection)
        return await verify(database)

    return in_database(url, work)


def in_database(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = await open_database(url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


@asynccontextmanager
async def _journal_that_can_be_changed(connection: Connection) -> AsyncIterator[None]:
    """What only somebody who owns the database can do, who then puts the triggers back."""
    if connection.dialect == "postgresql":
        await connection.run(text("ALTER TABLE entries DISABLE TRIGGER USER"))
        yield
        await connection.run(text("ALTER TABLE entries ENABLE TRIGGER USER"))
        return
    made = await connection.all(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    for row in made:
        await connection.run(text(f'DROP TRIGGER "{row.name}"'))
    yield
    for row in made:
        await connection.run(text(row.sql))
