"""What bounds readings: the time that they may take, and how many heavy ones there are at once."""

import asyncio
from contextlib import AsyncExitStack
from time import monotonic

import pytest

from app.database import Database, DatabaseUnavailable, StatementTooLong, TooBusy
from app.database import fair_queue as turns
from tests.support.items import COUNT, ENDLESS, on, put, read


@pytest.mark.parametrize("heavy", [False, True])
def test_a_reading_that_takes_too_long_is_ended_and_the_next_one_is_well(url: str, heavy: bool) -> None:
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


def test_a_reading_that_was_kept_open_for_long_can_still_end_and_a_new_one_begins_anew(sqlite_url: str) -> None:
    async def try_(database: Database) -> None:
        async with database.reading() as connection:
            await connection.all(COUNT)
            await asyncio.sleep(0.2)
        for _ in range(3):
            assert await read(database, COUNT) == 0

    on(sqlite_url, try_, statement_seconds=0.1)


def test_only_so_many_heavy_readings_run_and_the_others_wait_or_are_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAITING_PER_TURN", 2)
    monkeypatch.setattr(turns, "LONGEST_WAIT", 60)

    async def try_(database: Database) -> None:
        async def wait_and_read() -> int:
            async with database.reading(heavy=True) as connection:
                found: int = await connection.scalar(COUNT)
                return found

        async with AsyncExitStack() as stack:
            await stack.enter_async_context(database.reading(heavy=True))
            await stack.enter_async_context(database.reading(heavy=True, snapshot=True))
            waiting = [asyncio.create_task(wait_and_read()) for _ in range(4)]
            await asyncio.sleep(0)
            with pytest.raises(TooBusy):
                await wait_and_read()
            # Whoever is not heavy, or out of turn, does not wait.
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


def test_who_waits_too_long_for_a_turn_is_refused_and_the_turn_is_not_lost(
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
