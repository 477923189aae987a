"""Background tasks: work in rounds beside a block, and work whose end nobody waits for."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Watch(Protocol):
    """Measures the rounds of tasks."""

    def round_ended(self, task: str, *, succeeded: bool) -> None:
        """Called after each round of the task with this name."""


class Rounds:
    """The rounds of one task. `lost`: what is missing while they fail, for the log."""

    def __init__(self, name: str, lost: str, watch: Watch | None = None) -> None:
        self._name = name
        self._lost = lost
        self._watch = watch
        self._failures = 0
        self._logged = ""

    async def attempt(self, work: Awaitable[object], expected: tuple[type[Exception], ...] = ()) -> bool:
        """Awaits one round. An error is logged and measured, and the task goes on. True: the round succeeded.

        The log has the first failure in a row, each failure of another kind, and the end of the row. `expected`: errors
        without a stack trace in the log.
        """
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a task that ends at an unforeseen error is missed until a restart
            self._log(error, expected)
            self._failures += 1
            succeeded = False
        else:
            if self._failures:
                logger.info("%s: works again after %s failed attempts", self._name, self._failures)
            self._failures, self._logged = 0, ""
            succeeded = True
        if self._watch is not None:
            self._watch.round_ended(self._name, succeeded=succeeded)
        return succeeded

    def _log(self, error: Exception, expected: tuple[type[Exception], ...]) -> None:
        kind = type(error).__name__
        if kind == self._logged:
            return
        self._logged = kind
        if isinstance(error, expected):
            logger.warning("%s: %s until it works again: %s: %s", self._name, self._lost, kind, error)
        else:
            logger.error("%s: %s until it works again", self._name, self._lost, exc_info=error)


class Abandoned:
    """Cancelled tasks whose results are not needed. They end by themselves."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def add(self, task: asyncio.Task[Any]) -> None:
        """Cancels the task."""
        task.cancel()
        self._tasks.add(task)
        task.add_done_callback(self._end)

    async def ended(self) -> None:
        """Waits until all have ended."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        # Read, because an error that nobody reads is logged.
        _ = None if task.cancelled() else task.exception()


_LATE = Abandoned()


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`. Raises TimeoutError after `seconds`.

    Unlike `asyncio.timeout` this does not wait for the end of cancelled work: a connection to a silent server needs
    seconds for that.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        if not task.done():
            _LATE.add(task)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None], lost: str) -> AsyncIterator[None]:
    """Runs the endless `work` while the block runs; if it fails, the log says what is `lost`.

    At the end `work` is cancelled and awaited. It must not use `asyncio.wait_for`, which on Python 3.11 can swallow the
    cancellation.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(lambda ended: _log_failure(ended, lost))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _log_failure(task: asyncio.Task[None], lost: str) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        logger.error("%s until the service is restarted", lost, exc_info=error)
