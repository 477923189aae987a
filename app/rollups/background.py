"""Folds in the background of a worker, a little after changes were made there."""

import asyncio
from contextlib import AbstractAsyncContextManager

from app.background import running
from app.database import Database, DatabaseUnavailable
from app.rollups.roll_up import fold_all

# Seconds for which changes gather before they are folded, and between attempts while the database is away.
PAUSE = 1.0


class Folder:
    """Folds what any worker appended, once somebody here has appended something."""

    def __init__(self) -> None:
        self._appended = asyncio.Event()

    def appended(self) -> None:
        """Something may have been appended: fold soon."""
        self._appended.set()

    def running(self, database: Database) -> AbstractAsyncContextManager[None]:
        """Folds while the block runs, beginning with what was left from before."""
        self._appended.set()
        return running(self._fold(database), "folding has ended; figures get slower")

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
