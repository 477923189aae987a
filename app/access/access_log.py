"""Writes the access log: views are committed before the answer is sent, and many at once cost one commit."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.database import Database, DatabaseFull, DatabaseUnavailable
from app.database.tables import access_log

Row = Mapping[str, Any]


@dataclass
class _Batch:
    """Views that are written together: by whoever of them gets the turn first."""

    rows: list[Row] = field(default_factory=list)
    written: bool = False
    refused: DatabaseUnavailable | DatabaseFull | None = None


class AccessLog:
    """Writes the views of one worker, all that wait while others are being written in one transaction.

    On SQLite a view so waits for the writer as a change does, but many at once cost one commit.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._gathering = _Batch()

    async def write(self, database: Database, row: Row) -> None:
        """Commits the view. Raises DatabaseUnavailable or DatabaseFull where that cannot be: then nothing is shown."""
        batch = self._gathering
        batch.rows.append(row)
        async with self._turn:
            if not batch.written and batch.refused is None:
                self._gathering = _Batch()
                try:
                    async with database.writing() as connection:
                        await connection.insert_many(access_log, batch.rows)
                except (DatabaseUnavailable, DatabaseFull) as error:
                    batch.refused = error
                else:
                    batch.written = True
        if batch.refused is not None:
            raise batch.refused
