"""Writes the access log: a view is committed before its response is sent."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.database import Database, DatabaseFull, DatabaseUnavailable
from app.database.tables import access_log

Row = Mapping[str, Any]


@dataclass
class _Batch:
    """Views for one transaction; the first request that gets the turn writes them all."""

    rows: list[Row] = field(default_factory=list)
    written: bool = False
    refused: DatabaseUnavailable | DatabaseFull | None = None


class AccessLog:
    """Writes the views of one worker. Views that wait for a write are written in one transaction after it.

    On SQLite a view waits for the one writer, as a change does, but many views at once need one commit.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._next = _Batch()

    async def write(self, database: Database, row: Row) -> None:
        """Commits the view; raises DatabaseUnavailable or DatabaseFull, and then nothing must be shown."""
        batch = self._next
        batch.rows.append(row)
        async with self._turn:
            if not batch.written and batch.refused is None:
                self._next = _Batch()
                try:
                    async with database.writing() as connection:
                        await connection.insert_many(access_log, batch.rows)
                except (DatabaseUnavailable, DatabaseFull) as error:
                    batch.refused = error
                else:
                    batch.written = True
        if batch.refused is not None:
            raise batch.refused
