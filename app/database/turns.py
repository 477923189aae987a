"""Turns at something scarce, given in the order of asking."""

import asyncio
from collections import deque
from contextlib import suppress

from app.database.errors import DatabaseUnavailable


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


def _expire(turn: asyncio.Future[bool]) -> None:
    if not turn.done():
        turn.set_result(False)
