"""Keeps a process in service for some seconds after SIGTERM, so that a balancer sends new requests elsewhere."""

import asyncio
import signal
from types import FrameType

from app.domain.errors import Unavailable


class Draining:
    """The state of one process. Requests are still answered while it drains."""

    __slots__ = ("_seconds", "begun", "headers")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.begun = False
        self.headers: tuple[tuple[bytes, bytes], ...] = ()

    def require_service(self) -> None:
        """Raises Unavailable `stopping` after the signal to stop."""
        if self.begun:
            raise Unavailable("stopping", "This process is stopping: send new requests to another one.")

    def delay_stop(self) -> None:
        """Delays the present handler of SIGTERM. A second signal calls it at once. Only for the main thread."""
        if not self._seconds:
            return
        loop, stop = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
        assert callable(stop), "the server has installed its handler before the application starts"

        def drain(number: int, frame: FrameType | None) -> None:
            if self.begun:
                stop(number, frame)
                return
            self.begun = True
            # The client opens its next connection to another process.
            self.headers = ((b"connection", b"close"),)
            loop.call_soon_threadsafe(loop.call_later, self._seconds, stop, number, None)

        signal.signal(signal.SIGTERM, drain)
