"""Temporary SQLite databases, for more rows than should stay in memory."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Table, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from app.database import Database, open_database


@asynccontextmanager
async def temporary_database(path: Path, tables: Iterable[Table] = ()) -> AsyncIterator[Database]:
    """The database in the file at `path`, with new tables."""
    database = await open_database(f"sqlite:///{path}")
    try:
        async with database.writing() as connection:
            for table in tables:
                await connection.run(text(str(CreateTable(table).compile(dialect=sqlite.dialect()))))
        yield database
    finally:
        await database.close()
