"""Limits on readings: their time, and the number of heavy readings at the same time."""

import asyncio
from contextlib import AsyncExitStack
from time import monotonic

import pytest

from app.database import Database, DatabaseUnavailable, StatementTooLong, TooBusy
from app.database import fair_queue as turns
from tests.support.items import COUNT, ENDLESS, on, put, read


@pytest.mark.parametrize("heavy", [False, True])
def test_a_reading_is_ended_after_its_timeout_and_the_next_reading_works(url: str, heavy: bool) -> None:
    async def try_(database: Database) -> None:
        for _ in range(2):
            began = monotonic()
            with pytest.raises(StatementTooLong):
                async with database.reading(heavy=heavy) as connection:
                    await connection.all(ENDLESS)
            assert 0.1 < monotonic() - began < 10
            assert await read(database, COUNT) == 0
        await put(database, code="A")
        assert await read(database, COUNT) == 1

    on(url, try_, statement_seconds=0.2, pool_size=1)


def test_a_reading_older_than_the_timeout_can_end_and_a_new_reading_has_its_full_time(sqlite_url: str) -> None:
    async def try_(database: Database) -> None:
        async with database.reading() as connection:
            await connection.all(COUNT)
            await asyncio.sleep(0.2)
        for _ in range(3):
            assert await read(database, COUNT) == 0

    on(sqlite_url, try_, statement_seconds=0.1)


def test_heavy_readings_over_the_limit_wait_or_are_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAITING_PER_TURN", 2)
    monkeypatch.setattr(turns, "LONGEST_WAIT", 60)

    async def try_(database: Database) -> None:
        async def wait_and_read() -> int:
            async with database.reading(heavy=True) as connection:
                count: int = await connection.scalar(COUNT)
                return count

        async with AsyncExitStack() as stack:
            await stack.enter_async_context(database.reading(heavy=True))
            await stack.enter_async_context(database.reading(heavy=True, snapshot=True))
            waiting = [asyncio.create_task(wait_and_read()) for _ in range(4)]
            await asyncio.sleep(0)
            with pytest.raises(TooBusy):
                await wait_and_read()
            # Other readings, and heavy readings without a turn, do not wait.
            assert await read(database, COUNT) == 0
            await put(database, code="A")
            async with database.reading(heavy=True, in_turn=False) as connection:
                assert await connection.scalar(COUNT) == 1
            waiting[0].cancel()
            await asyncio.sleep(0)
            assert not any(task.done() for task in waiting[1:])
        assert await asyncio.gather(*waiting[1:]) == [1, 1, 1]
        assert await wait_and_read() == 1

    on(url, try_, heavy_at_once=2)


def test_a_wait_for_a_turn_ends_after_its_limit_and_the_turn_is_not_lost(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.05)

    async def try_(database: Database) -> None:
        async with database.reading(heavy=True):
            with pytest.raises(TooBusy):
                async with database.reading(heavy=True):
                    pass
        with pytest.raises(DatabaseUnavailable, match="inside"):
            async with database.reading(heavy=True):
                raise DatabaseUnavailable("inside")
        async with database.reading(heavy=True) as connection:
            assert await connection.scalar(COUNT) == 0

    on(url, try_, heavy_at_once=1)
