"""Works the outbox off in the background of a worker: soon after a change was made there, and every few seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress

from app.background import running
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Unavailable

# Seconds between two looks where nothing was changed here: others may have changed something, or an hour has come.
PAUSE = 5.0
# Seconds for which changes gather.
GATHER = 0.2


class Worker:
    """Calls `work` again and again; `changed` says that there may be something to do."""

    def __init__(self, work: Callable[[Database], Awaitable[None]]) -> None:
        self._work = work
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Something was changed here: look soon."""
        self._changed.set()

    def running(self, database: Database) -> AbstractAsyncContextManager[None]:
        """Works while the block runs, beginning with what was left from before."""
        return running(self.run(database), "sending has ended; nobody is told")

    async def run(self, database: Database) -> None:
        """Works until it is cancelled."""
        while True:
            # Not wait_for, which on Python 3.11 swallows a cancellation that comes with the change: no end ever.
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._changed.wait()
            self._changed.clear()
            await asyncio.sleep(GATHER)
            # Where the database is away or busy, or not migrated yet, there will be another time.
            with suppress(DatabaseUnavailable, Unavailable):
                async with database.reading() as connection:
                    await require_schema(connection)
                await self._work(database)
