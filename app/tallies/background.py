"""Folds in the background of a worker, a little after changes were made there."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from app.database import Database, DatabaseUnavailable
from app.tallies.folding import fold_all

logger = logging.getLogger(__name__)

# Seconds for which changes gather before they are folded, and between attempts while the database is away.
PAUSE = 1.0


class Folder:
    """Folds what any worker appended, once somebody here has appended something."""

    def __init__(self) -> None:
        self._appended = asyncio.Event()

    def appended(self) -> None:
        """Something may have been appended: fold soon."""
        self._appended.set()

    @asynccontextmanager
    async def running(self, database: Database) -> AsyncIterator[None]:
        """Folds while the block runs, beginning with what was left from before."""
        self._appended.set()
        task = asyncio.create_task(self._fold(database))
        task.add_done_callback(_tell)
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _fold(self, database: Database) -> None:
        while True:
            await self._appended.wait()
            self._appended.clear()
            await asyncio.sleep(PAUSE)
            try:
                await fold_all(database)
            except DatabaseUnavailable:
                # What is not folded is read all the same; it will be folded when the database answers again.
                self._appended.set()


def _tell(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        logger.error("folding has ended; figures get slower until the service is started anew", exc_info=error)
