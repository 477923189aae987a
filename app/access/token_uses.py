"""Last uses of tokens: collected by each worker, and written in the background."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, update

from app.background import Rounds, Watch, running
from app.database import Database, DatabaseUnavailable, Prepared
from app.database.tables import tokens

# A use is not written this soon after the last one.
INTERVAL = timedelta(minutes=1)
# Seconds to collect uses before they are written, and between attempts while writing fails.
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
    """Uses seen by this worker. If a worker is killed, the uses of about a minute are lost."""

    def __init__(self) -> None:
        self._last: dict[int, datetime] = {}
        self._pending: dict[int, datetime] = {}
        self._noted = asyncio.Event()

    def note(self, token_id: int, now: datetime) -> None:
        """Records that the token was used at `now`."""
        last = self._last.get(token_id)
        if last is None or not timedelta(0) <= now - last < INTERVAL:
            self._last[token_id] = self._pending[token_id] = now
            self._noted.set()

    @asynccontextmanager
    async def running(self, database: Database, watch: Watch | None = None) -> AsyncIterator[None]:
        """Writes while the block runs, and the rest when it ends."""
        lost = "the last uses of tokens are not written"
        rounds = Rounds("token_uses", lost, watch)
        try:
            async with running(self._write_in_rounds(database, rounds), lost):
                yield
        finally:
            await rounds.attempt(self._write(database), (DatabaseUnavailable,))

    async def _write_in_rounds(self, database: Database, rounds: Rounds) -> None:
        while True:
            await self._noted.wait()
            self._noted.clear()
            await asyncio.sleep(PAUSE)
            if not await rounds.attempt(self._write(database), (DatabaseUnavailable,)):
                self._noted.set()

    async def _write(self, database: Database) -> None:
        # In the order of ids, as every transaction locks tokens, so that none waits crosswise.
        uses = dict(sorted(self._pending.items()))
        if not uses:
            return
        async with database.writing() as connection:
            await connection.run_many(_USED, [{"token": token_id, "at": at} for token_id, at in uses.items()])
        # Uses that came during the write stay pending.
        self._pending = {token_id: at for token_id, at in self._pending.items() if uses.get(token_id) != at}
