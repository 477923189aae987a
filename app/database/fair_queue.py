"""Fair queues, first come, first served, for connections and for heavy readings."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from app.database.connection import Connection
from app.database.errors import DatabaseUnavailable, TooBusy

# Most waiting heavy readings per running one, and their longest wait in seconds.
WAITING_PER_TURN, LONGEST_WAIT = 8, 5.0


class Turns:
    """`free` turns at the same time. A returned turn goes to the task that has waited longest."""

    __slots__ = ("_free", "_seconds", "_waiting")

    def __init__(self, free: int, seconds: float) -> None:
        self._free = free
        self._seconds = seconds
        self._waiting: deque[asyncio.Future[bool]] = deque()

    async def take(self) -> None:
        """Wait for a turn. Raises DatabaseUnavailable after `seconds`."""
        if self._free:
            self._free -= 1
        elif not await self._wait():
            raise DatabaseUnavailable(f"no free connection within {self._seconds} s")

    @property
    def waiting(self) -> int:
        """Number of waiting tasks."""
        return len(self._waiting)

    def give(self) -> None:
        """Return a turn."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(True)
                return
        self._free += 1

    @asynccontextmanager
    async def within(self, block: AbstractAsyncContextManager[Connection]) -> AsyncIterator[Connection]:
        """The block, when it has a turn. Raises DatabaseUnavailable as `take`."""
        await self.take()
        try:
            async with block as connection:
                yield connection
        finally:
            self.give()

    async def _wait(self) -> bool:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(turn)
        expiry = loop.call_later(self._seconds, _expire, turn)
        try:
            return await turn
        except asyncio.CancelledError:
            # The turn may have come at the same moment. Then the next task gets it.
            if not turn.cancelled() and turn.result():
                self.give()
            raise
        finally:
            expiry.cancel()
            with suppress(ValueError):
                self._waiting.remove(turn)


class HeavyTurns:
    """Turns for heavy readings: `at_once` run, and a limited number waits for a limited time.

    Reports must not slow down the work at the counters.
    """

    __slots__ = ("_longest_queue", "_turns")

    def __init__(self, at_once: int) -> None:
        self._turns = Turns(at_once, LONGEST_WAIT)
        self._longest_queue = WAITING_PER_TURN * at_once

    @asynccontextmanager
    async def within(self, reading: AbstractAsyncContextManager[Connection]) -> AsyncIterator[Connection]:
        """The reading, when it has a turn. Raises TooBusy if too many readings wait, or after the longest wait."""
        if self._turns.waiting >= self._longest_queue:
            raise TooBusy("too many heavy readings are waiting")
        try:
            await self._turns.take()
        except DatabaseUnavailable as error:
            raise TooBusy(f"no turn for a heavy reading within {LONGEST_WAIT} s") from error
        try:
            async with reading as connection:
                yield connection
        finally:
            self._turns.give()


def _expire(turn: asyncio.Future[bool]) -> None:
    if not turn.done():
        turn.set_result(False)
