"""What lets a long load go on at its own pace: rare collections of garbage, and work while the database works."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from app.database import Database

T = TypeVar("T")
S = TypeVar("S")

# So many new objects between two looks for cycles; whole histories make many objects and hardly a cycle, and with
# Python's own 700 a fifth of the time went into looking.
_THRESHOLD = 100_000, 50, 100
# So much is made between two chances for the loop to serve the database.
_AT_A_TIME = 4


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Within the block garbage in cycles is looked for seldom; all other garbage goes at once, as ever."""
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)


async def beside(database: Database, work: Awaitable[S], make: Callable[[], Iterable[T]]) -> tuple[S, list[T]]:
    """The result of the work on the database, and all that is made, in order.

    On PostgreSQL, whose server is another process, it is made while the work waits for it; on SQLite before, since
    meanwhile the file would stay locked for longer. Raises what either raises, once both have ended.
    """
    if database.dialect != "postgresql":
        return await work, list(make())
    working = asyncio.ensure_future(work)
    made: list[T] = []
    try:
        for one in make():
            made.append(one)
            if not len(made) % _AT_A_TIME:
                await asyncio.sleep(0)
    except BaseException:
        working.cancel()
        await asyncio.wait([working])
        raise
    return await working, made
