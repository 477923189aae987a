"""What a worker does beside its requests: one task that runs while a block does."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

logger = logging.getLogger(__name__)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None], lost: str) -> AsyncIterator[None]:
    """Runs `work`, which never ends by itself, while the block does; where it fails, the log says what is `lost`.

    Its end is waited for, so `work` must let a cancellation through: no `asyncio.wait_for`, which on Python 3.11
    swallows one that comes with the result.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(lambda ended: _tell(ended, lost))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _tell(task: asyncio.Task[None], lost: str) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        logger.error("%s until the service is started anew", lost, exc_info=error)
