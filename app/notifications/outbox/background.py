"""Background task that processes the outbox: soon after a change in this worker, and every few seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress

from app.background import Rounds, Watch, running
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Unavailable

# Seconds between two rounds without a change in this worker: another may have made one, or a message may be due.
PAUSE = 5.0
# Seconds during which changes collect.
GATHER = 0.2

_LOST = "no messages are sent"


class Worker:
    """Calls `work` repeatedly; `changed` starts the next round soon."""

    def __init__(self, work: Callable[[Database], Awaitable[None]]) -> None:
        self._work = work
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Signals a change in this worker."""
        self._changed.set()

    def running(self, database: Database, watch: Watch | None = None) -> AbstractAsyncContextManager[None]:
        """Runs the task while the block runs. The first round handles messages of an earlier process."""
        return running(self.run(database, watch), _LOST)

    async def run(self, database: Database, watch: Watch | None = None) -> None:
        """Runs rounds until it is cancelled."""
        rounds = Rounds("outbox", _LOST, watch)
        while True:
            # Not wait_for: on Python 3.11 it loses a cancellation that coincides with the event, and never ends.
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._changed.wait()
            self._changed.clear()
            await asyncio.sleep(GATHER)
            # If the database is unavailable, busy or not migrated, the next round tries again.
            await rounds.attempt(self._round(database), (DatabaseUnavailable, Unavailable))

    async def _round(self, database: Database) -> None:
        async with database.reading() as connection:
            await require_schema(connection)
        await self._work(database)
