"""Background task of each worker: asks for due time stamps of seals. The first worker does it."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import httpx

from app.background import Rounds, Watch, running
from app.database import Database, DatabaseUnavailable
from app.operations.timestamps.service import Authority, StampRefused, stamp_newest

logger = logging.getLogger(__name__)

# Longest pause in seconds. Each worker chooses its own, so that they seldom ask at the same time.
_PAUSE = 60.0


def stamping_seals(
    database: Database, now: Callable[[], datetime], authority: Authority, watch: Watch | None = None
) -> AbstractAsyncContextManager[None]:
    """Asks for a stamp of each newest seal while the block runs."""
    lost = "seals get no time stamps"
    return running(_in_rounds(database, now, authority, Rounds("seal_stamps", lost, watch)), lost)


async def _in_rounds(database: Database, now: Callable[[], datetime], authority: Authority, rounds: Rounds) -> None:
    while True:
        await asyncio.sleep(_PAUSE * random.uniform(0.5, 1))  # noqa: S311
        # Not available, no answer, or one that is not trusted.
        expected = (DatabaseUnavailable, httpx.HTTPError, TimeoutError, StampRefused)
        await rounds.attempt(stamp_newest(database, authority, now()), expected)
