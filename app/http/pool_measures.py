"""Measures the pools of connections every few seconds, in each worker, because any of them may be scraped."""

import asyncio
from contextlib import AbstractAsyncContextManager

from app.background import running
from app.database import Database
from app.http.metrics import Metrics

_PAUSE = 5.0


def measuring_pools(database: Database, metrics: Metrics) -> AbstractAsyncContextManager[None]:
    """Measures the pools while the block runs."""
    return running(_measure(database, metrics), "the pools of connections are not measured")


async def _measure(database: Database, metrics: Metrics) -> None:
    while True:
        metrics.pooled(database.pools())
        await asyncio.sleep(_PAUSE)
