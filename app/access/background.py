"""Adds the coming months to the partitions of the access log, in the background of every worker."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from app.background import Rounds, Watch, running
from app.database import Database, DatabaseUnavailable
from app.database.partitions import add_months

# Seconds between two rounds. The months are added a quarter ahead, so a round may fail often.
_PAUSE = 6 * 3600.0


def adding_months(
    database: Database, now: Callable[[], datetime], watch: Watch | None = None
) -> AbstractAsyncContextManager[None]:
    """Adds the missing months while the block runs; the first round is at once."""
    lost = "the access log gets no new partitions"
    return running(_add_in_rounds(database, now, Rounds("access_log_months", lost, watch)), lost)


async def _add_in_rounds(database: Database, now: Callable[[], datetime], rounds: Rounds) -> None:
    while True:
        await rounds.attempt(add_months(database, now()), (DatabaseUnavailable,))
        await asyncio.sleep(_PAUSE)
