"""Continues reforms that no worker carries on, in the background of every worker."""

import asyncio
from contextlib import AbstractAsyncContextManager

from app.background import Rounds, Watch, running
from app.database import DatabaseUnavailable
from app.database.readiness import require_schema
from app.domain.errors import Unavailable
from app.dossiers.reforms import worker
from app.dossiers.reforms.worker import ReformWorker

# Seconds between two rounds. A reform that stays at one position for so long has lost its worker.
PAUSE = 5.0


def continuing_reforms(reforms: ReformWorker, watch: Watch | None = None) -> AbstractAsyncContextManager[None]:
    """Continues reforms while the block runs."""
    lost = "reforms that were broken off are not continued"
    return running(_continue_in_rounds(reforms, Rounds("reforms", lost, watch)), lost)


async def _continue_in_rounds(reforms: ReformWorker, rounds: Rounds) -> None:
    seen: tuple[int, int] | None = None

    async def check() -> None:
        nonlocal seen
        async with reforms.database.reading() as connection:
            await require_schema(connection)
        present = await worker.running(reforms.database)
        if present is not None and present == seen:
            await reforms.finish(present[0])
        seen = present

    while True:
        await rounds.attempt(check(), (DatabaseUnavailable, Unavailable))
        await asyncio.sleep(PAUSE)
