"""Seals in the background of every worker, after each day's end; whichever comes first does it."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from app.audit.seals.service import seal_if_due
from app.background import running
from app.database import Database, DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Unavailable

logger = logging.getLogger(__name__)

# Seconds between two looks; each worker's own, so that they seldom come together.
PAUSE = 60.0
# The same after a look that came to nothing.
LONG_PAUSE = 600.0


def sealing(database: Database, now: Callable[[], datetime]) -> AbstractAsyncContextManager[None]:
    """Seals while the block runs, also what the days before have left."""
    return running(_seal(database, now), "sealing has ended; nothing is sealed")


async def _seal(database: Database, now: Callable[[], datetime]) -> None:
    pause = PAUSE
    while True:
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
        try:
            async with database.reading() as connection:
                await require_schema(connection)
            for item in await seal_if_due(database, now()):
                logger.info("seal %s of %s entries: %s", item.number, item.count, item.hash)
            pause = PAUSE
        except (DatabaseUnavailable, Unavailable):
            # Away, not migrated yet, or under a long VACUUM: who waits for that keeps others from writing meanwhile.
            pause = LONG_PAUSE
