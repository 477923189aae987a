"""Last uses of tokens and sessions: collected by each worker, and written in the background."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import bindparam, or_, update

from app.background import Rounds, Watch, running
from app.database import Database, DatabaseUnavailable, Prepared
from app.database.tables import sessions, tokens

# A use is not written this soon after the last one.
INTERVAL = timedelta(minutes=1)
# Seconds to collect uses before they are written, and between attempts while writing fails.
PAUSE = 1.0

_TOKEN_USED = Prepared(
    update(tokens)
    .where(
        tokens.c.id == bindparam("key"),
        or_(tokens.c.last_used_at.is_(None), tokens.c.last_used_at < bindparam("at")),
    )
    .values(last_used_at=bindparam("at"))
)
# A session that ended in the meantime has no row.
_SESSION_USED = Prepared(
    update(sessions)
    .where(sessions.c.id == bindparam("key"), sessions.c.used_at < bindparam("at"))
    .values(used_at=bindparam("at"), expires_at=bindparam("until"))
)

Key = TypeVar("Key", int, str)


class _Use(NamedTuple):
    at: datetime
    values: dict[str, Any]


class _Uses(Generic[Key]):
    """Uses seen by this worker that are not written yet. If the worker is killed, the uses of a second are lost."""

    def __init__(self, statement: Prepared, task: str, lost: str) -> None:
        self._statement, self._task, self._lost = statement, task, lost
        self._pending: dict[Key, _Use] = {}
        self._noted = asyncio.Event()

    def _note(self, key: Key, now: datetime, **values: Any) -> None:
        self._pending[key] = _Use(now, values)
        self._noted.set()

    @asynccontextmanager
    async def running(self, database: Database, watch: Watch | None = None) -> AsyncIterator[None]:
        """Writes while the block runs, and the rest when it ends."""
        rounds = Rounds(self._task, self._lost, watch)
        try:
            async with running(self._write_in_rounds(database, rounds), self._lost):
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
        # In the order of keys, as every transaction locks tokens, so that none waits crosswise.
        uses = dict(sorted(self._pending.items()))
        if not uses:
            return
        async with database.writing() as connection:
            rows = [{"key": key, "at": use.at, **use.values} for key, use in uses.items()]
            await connection.run_many(self._statement, rows)
        # Uses that came during the write stay pending.
        self._pending = {key: use for key, use in self._pending.items() if uses.get(key) != use}


class TokenUses(_Uses[int]):
    """Uses of tokens. If a worker is killed, the uses of about a minute are lost."""

    def __init__(self) -> None:
        super().__init__(_TOKEN_USED, "token_uses", "the last uses of tokens are not written")
        self._last: dict[int, datetime] = {}

    def note(self, token_id: int, now: datetime) -> None:
        """Records that the token was used at `now`."""
        last = self._last.get(token_id)
        if last is None or not timedelta(0) <= now - last < INTERVAL:
            self._last[token_id] = now
            self._note(token_id, now)


class SessionUses(_Uses[str]):
    """Uses of the sessions of people, which extend them (rules §21)."""

    def __init__(self) -> None:
        super().__init__(_SESSION_USED, "session_uses", "sessions of people are not extended")

    def note(self, session_id: str, used_at: datetime, now: datetime, until: datetime) -> None:
        """Records a use of the session at `now`, by which it ends at `until`. `used_at` is its last written use."""
        if now - used_at >= INTERVAL:
            self._note(session_id, now, until=until)
