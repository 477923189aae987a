"""Runs the verification, after changes that only the owner of the database can make."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import text

from app.audit.verification.service import Difference, verify
from app.database import Connection, Database
from tests.support.database_access import in_database

Tampering = Callable[[Connection], Awaitable[None]]


def verified(url: str, tampering: Tampering | None = None) -> list[Difference]:
    """The differences that the verification finds after the tampering."""

    async def work(database: Database) -> list[Difference]:
        if tampering:
            async with database.writing() as connection, _without_triggers(connection):
                await tampering(connection)
        return await verify(database)

    return in_database(url, work)


@asynccontextmanager
async def _without_triggers(connection: Connection) -> AsyncIterator[None]:
    """Disables the triggers, as only the owner of the database can, and restores them afterwards."""
    if connection.dialect == "postgresql":
        await connection.run(text("ALTER TABLE entries DISABLE TRIGGER USER"))
        yield
        await connection.run(text("ALTER TABLE entries ENABLE TRIGGER USER"))
        return
    triggers = await connection.all(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    for row in triggers:
        await connection.run(text(f'DROP TRIGGER "{row.name}"'))
    yield
    for row in triggers:
        await connection.run(text(row.sql))
