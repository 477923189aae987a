"""A server, or several equal ones behind one URL, with a background watch over its state."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import BigInteger, Boolean, Float, column, text

from app.database.connection import Database, PoolState
from app.database.errors import DatabaseUnavailable
from app.database.plan import Prepared

logger = logging.getLogger(__name__)

# Seconds between two probes, and until a probe that got no answer ends.
PAUSE, LONGEST_PROBE = 0.5, 3.0

# The position in the log is a number, so that positions of two servers can be compared.
_STATE = Prepared(
    text(
        "SELECT pg_is_in_recovery() AS standby, "
        "CAST(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0' "
        "AS bigint) AS position, "
        "CAST(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS double precision) AS idle"
    ).columns(column("standby", Boolean()), column("position", BigInteger()), column("idle", Float()))
)


@dataclass(frozen=True, slots=True)
class ServerState:
    """The answer to one probe that was asked at `at` (`time.monotonic`).

    `position`: the end of the log that is written, or replayed on a standby. `idle`: seconds since the last replayed
    transaction was committed, None on a server that never was a standby.
    """

    at: float
    standby: bool
    position: int
    idle: float | None


class ServerGroup:
    """Opens a database when it answers, and knows if it answers. `name` is for the log.

    A probe that is silent for `patience` seconds marks the group as down, and so does one that fails. Probes have a
    connection of their own, so that a full pool is no failure.
    """

    def __init__(
        self,
        name: str,
        patience: float,
        opening: Callable[[], Awaitable[Database]],
        opening_probe: Callable[[], Awaitable[Database]],
    ) -> None:
        self.name = name
        self.up = False
        self.state: ServerState | None = None
        self._patience = patience
        self._opening = opening
        self._opening_probe = opening_probe
        self._database: Database | None = None
        self._probing: Database | None = None
        self._due = asyncio.Event()

    @property
    def database(self) -> Database:
        """The pool of connections for requests. Raises DatabaseUnavailable before the group has first answered."""
        if self._database is None:
            raise DatabaseUnavailable(f"PostgreSQL: the {self.name} has not answered yet")
        return self._database

    def pools(self) -> Sequence[PoolState]:
        """The pool of connections for requests; empty before the group has first answered."""
        return () if self._database is None else self._database.pools()

    @property
    def standby(self) -> bool:
        """Whether the group is a standby, as far as known: its data may be older than those of a primary."""
        return self.state is not None and self.state.standby

    def suspect(self) -> None:
        """Probes at once, because a request got no answer."""
        self._due.set()

    async def watch(self, seen: Callable[["ServerGroup", ServerState], None]) -> None:
        """Probes for ever; `seen` gets each answer."""
        while True:
            await self.probe(seen)
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSE):
                    await self._due.wait()
            self._due.clear()

    async def probe(self, seen: Callable[["ServerGroup", ServerState], None]) -> None:
        """Asks once, and marks the group as up or down."""
        asking = asyncio.create_task(self._ask())
        try:
            done, _ = await asyncio.wait({asking}, timeout=self._patience)
            if not done:
                self._mark(False, "it is silent")
                done, _ = await asyncio.wait({asking}, timeout=LONGEST_PROBE)
        finally:
            asking.cancel()
        if not done:
            # A cancelled probe ends by the time limits of its connection.
            await asyncio.wait({asking})
            return
        error = asking.exception()
        if error is None:
            self.state = asking.result()
            seen(self, self.state)
        self._mark(error is None, "" if error is None else str(error) or type(error).__name__)

    async def close(self) -> None:
        """Closes all connections."""
        for database in (self._probing, self._database):
            if database is not None:
                await database.close()

    async def _ask(self) -> ServerState:
        if self._probing is None:
            self._probing = await self._opening_probe()
        at = monotonic()
        async with self._probing.reading() as connection:
            row = await connection.one(_STATE)
        if self._database is None:
            self._database = await self._opening()
        return ServerState(at, row.standby, row.position, row.idle)

    def _mark(self, up: bool, why: str) -> None:
        if up != self.up:
            self.up = up
            if up:
                logger.info("the %s answers", self.name)
            else:
                logger.warning("the %s is not asked: %s", self.name, why)
