"""When tokens were last used: gathered by each worker, and written beside the requests, never in one's transaction."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, update

from app.background import running
from app.database import Database, DatabaseUnavailable, Prepared
from app.database.tables import tokens

# A use within so long of the one written last is not told.
INTERVAL = timedelta(minutes=1)
# Seconds for which uses gather before they are written, and between attempts while the database is away.
PAUSE = 1.0

_USED = Prepared(
    update(tokens)
    .where(
        tokens.c.id == bindparam("token"),
        or_(tokens.c.last_used_at.is_(None), tokens.c.last_used_at < bindparam("at")),
    )
    .values(last_used_at=bindparam("at"))
)


class TokenUses:
    """The uses that this worker has seen; what is lost with a worker that is killed is a minute's knowledge."""

    def __init__(self) -> None:
        self._told: dict[int, datetime] = {}
        self._untold: dict[int, datetime] = {}
        self._noted = asyncio.Event()

    def note(self, token_id: int, now: datetime) -> None:
        """The token let its client in at `now`."""
        told = self._told.get(token_id)
        if told is None or not timedelta(0) <= now - told < INTERVAL:
            self._told[token_id] = self._untold[token_id] = now
            self._noted.set()

    @asynccontextmanager
    async def running(self, database: Database) -> AsyncIterator[None]:
        """Writes while the block runs, and what is left when it ends."""
        try:
            async with running(self._write_on(database), "the last uses of tokens are not written"):
                yield
        finally:
            with suppress(DatabaseUnavailable):
                await self._write(database)

    async def _write_on(self, database: Database) -> None:
        while True:
            await self._noted.wait()
            self._noted.clear()
            await asyncio.sleep(PAUSE)
            try:
                await self._write(database)
            except DatabaseUnavailable:
                self._noted.set()

    async def _write(self, database: Database) -> None:
        # In the order of their ids, as whoever locks several tokens does. Forgotten only once they are written.
        written = dict(sorted(self._untold.items()))
        if not written:
            return
        async with database.writing() as connection:
            await connection.run_many(_USED, [{"token": token_id, "at": at} for token_id, at in written.items()])
        self._untold = {token: at for token, at in self._untold.items() if written.get(token) != at}
