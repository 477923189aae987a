"""Turns at something scarce, given in the order of asking: connections, and readings that take long."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from app.database.connection import Connection
from app.database.errors import DatabaseUnavailable, TooBusy

# Heavy readings that wait for each one that runs, and how many seconds at most.
WAITING_PER_TURN, LONGEST_WAIT = 8, 5.0


class Turns:
    """`free` turns at once; a turn given back goes straight to who has waited longest, so that nobody overtakes."""

    __slots__ = ("_free", "_seconds", "_waiting")

    def __init__(self, free: int, seconds: float) -> None:
        self._free = free
        self._seconds = seconds
        self._waiting: deque[asyncio.Future[bool]] = deque()

    async def take(self) -> None:
        """Wait for a turn. Raises DatabaseUnavailable after the seconds allowed."""
        if self._free:
            self._free -= 1
        elif not await self._wait():
            raise DatabaseUnavailable(f"no free connection within {self._seconds} s")

    @property
    def waiting(self) -> int:
        """How many wait for a turn."""
        return len(self._waiting)

    def give(self) -> None:
        """Give a turn back."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(True)
                return
        self._free += 1

    async def _wait(self) -> bool:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(turn)
        expiry = loop.call_later(self._seconds, _expire, turn)
        try:
            return await turn
        except asyncio.CancelledError:
            # The turn may have come in the same moment: then it is somebody else's.
            if not turn.cancelled() and turn.result():
                self.give()
            raise
        finally:
            expiry.cancel()
            with suppress(ValueError):
                self._waiting.remove(turn)


class HeavyTurns:
    """Turns of readings that take long: `at_once` of them, a few times as many wait, and not for long.

    Whoever computes a report shall not take the machine from those who stand at a counter.
    """

    __slots__ = ("_longest_queue", "_turns")

    def __init__(self, at_once: int) -> None:
        self._turns = Turns(at_once, LONGEST_WAIT)
        self._longest_queue = WAITING_PER_TURN * at_once

    @asynccontextmanager
    async def within(self, reading: AbstractAsyncContextManager[Connection]) -> AsyncIterator[Connection]:
        """The reading, once it is its turn. Raises TooBusy where too many wait, or it has waited too long."""
        if self._turns.waiting >= self._longest_queue:
            raise TooBusy("too many heavy readings wait already")
        try:
            await self._turns.take()
        except DatabaseUnavailable as error:
            raise TooBusy(f"no turn at a heavy reading within {LONGEST_WAIT} s") from error
        try:
            async with reading as connection:
                yield connection
        finally:
            self._turns.give()


def _expire(turn: asyncio.Future[bool]) -> None:
    if not turn.done():
        turn.set_result(False)
