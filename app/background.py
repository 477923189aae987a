"""Background tasks: one task that runs while a block runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

logger = logging.getLogger(__name__)


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
