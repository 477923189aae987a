"""Background task that adds pending increments to the rollup tables shortly after a change."""

import asyncio
from contextlib import AbstractAsyncContextManager

from app.background import Rounds, Watch, running
from app.database import Database, DatabaseUnavailable
from app.rollups.roll_up import roll_up_all

# Seconds during which changes collect before a roll-up, and between attempts while roll-ups fail.
PAUSE = 1.0


class RollUpWorker:
    """Rolls up increments of all workers after this worker has appended some."""

    def __init__(self) -> None:
        self._appended = asyncio.Event()

    def appended(self) -> None:
        """Signals that increments may be pending."""
        self._appended.set()

    def running(self, database: Database, watch: Watch | None = None) -> AbstractAsyncContextManager[None]:
        """Runs the task while the block runs. The first round handles increments of an earlier process."""
        self._appended.set()
        lost = "figures are not rolled up and get slower"
        return running(self._roll_up(database, Rounds("roll_up", lost, watch)), lost)

    async def _roll_up(self, database: Database, rounds: Rounds) -> None:
        while True:
            await self._appended.wait()
            self._appended.clear()
            await asyncio.sleep(PAUSE)
            if not await rounds.attempt(roll_up_all(database), (DatabaseUnavailable,)):
                # Readers add pending increments themselves. The next round tries again.
                self._appended.set()
