"""Transactions: all or nothing, also with concurrency and cancellation."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from app.database import Database, IntegrityFailed, Prepared, sqlite
from app.database.fair_queue import Turns
from tests.support.items import COUNT, ENDLESS, count_up, items, on, put, read

SESSION = Prepared(text("SELECT pg_backend_pid()"))
COUNTING = """
import sys
from tests.support.items import count_up, on
on(sys.argv[1], lambda database: count_up(database, 50))
"""


def test_a_transaction_is_committed_at_its_end_and_rolled_back_by_an_error(url: str) -> None:
    async def write(database: Database) -> list[str]:
        async with database.writing() as connection:
            await connection.insert(items, {"code": "kept"})
        with pytest.raises(KeyError):
            async with database.writing() as connection:
                await connection.insert(items, {"code": "undone"})
                raise KeyError
        async with database.writing() as connection:
            await connection.insert(items, {"code": "after"})
        async with database.reading() as connection:
            return [row.code for row in await connection.all(select(items.c.code).order_by(items.c.id))]

    assert on(url, write, pool_size=1) == ["kept", "after"]


def test_an_ignored_error_of_the_database_rolls_the_transaction_back(url: str) -> None:
    async def write(database: Database) -> None:
        with pytest.raises(RuntimeError, match="rolled back"):
            async with database.writing() as connection:
                await connection.insert(items, {"id": 1, "code": "A"})
                with suppress(IntegrityFailed):
                    await connection.insert(items, {"id": 1, "code": "B"})
        assert await read(database, COUNT) == 0
        await put(database, code="C")

    on(url, write, pool_size=1)


def test_a_connection_is_unusable_after_its_block(url: str) -> None:
    async def use_late(database: Database) -> None:
        async with database.reading() as reader:
            await reader.scalar(COUNT)
        async with database.writing() as writer:
            await writer.insert(items, {"code": "A"})
        for connection in (reader, writer):
            with pytest.raises(AttributeError):
                await connection.scalar(COUNT)

    on(url, use_late)


@pytest.mark.parametrize("heavy", [False, True])
def test_a_snapshot_does_not_see_later_commits(url: str, heavy: bool) -> None:
    async def read_twice(database: Database) -> None:
        await put(database, code="A")
        async with database.reading(snapshot=True, heavy=heavy) as connection:
            assert await connection.scalar(COUNT) == 1
            await put(database, code="B")
            assert await connection.scalar(COUNT) == 1
            assert len(await connection.all(select(items.c.id))) == 1
        assert await read(database, COUNT) == 2

    on(url, read_twice)


def test_uncommitted_rows_are_invisible_to_other_connections(url: str) -> None:
    async def read_beside(database: Database) -> None:
        async with database.writing() as connection:
            await connection.insert(items, {"code": "A"})
            assert await read(database, COUNT) == 0
            assert await connection.scalar(COUNT) == 1
        assert await read(database, COUNT) == 1

    on(url, read_beside)


@pytest.mark.parametrize("slow_commit", [sqlite.SLOW_COMMIT, -1], ids=["commit in the loop", "commit in a thread"])
def test_sixteen_concurrent_writers_lose_no_update(
    url: str, slow_commit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "SLOW_COMMIT", slow_commit)

    async def count(database: Database) -> Any:
        await put(database, code="counter", amount=0)
        await asyncio.gather(*(count_up(database, 10) for _ in range(16)))
        return await read(database, select(items.c.amount))

    assert on(url, count) == 160


def test_two_concurrent_processes_lose_no_update(url: str) -> None:
    on(url, lambda database: put(database, code="counter", amount=0))
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen([sys.executable, "-c", COUNTING, url], cwd=root) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert on(url, lambda database: read(database, select(items.c.amount))) == 100


@pytest.mark.parametrize("slow_commit", [sqlite.SLOW_COMMIT, -1], ids=["commit in the loop", "commit in a thread"])
def test_a_cancelled_task_leaves_all_or_nothing_and_no_lock(
    url: str, slow_commit: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "SLOW_COMMIT", slow_commit)

    async def write_two(database: Database) -> None:
        async with database.writing() as connection:
            await connection.insert(items, {"code": "A"})
            await asyncio.sleep(0)
            await connection.insert(items, {"code": "B"})

    async def cancel_at_each_step(database: Database) -> None:
        outcomes = set()
        for steps in range(30):
            task = asyncio.create_task(write_two(database))
            for _ in range(steps):
                await asyncio.sleep(0.0002 if steps > 15 else 0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            async with database.writing() as connection:
                outcomes.add(await connection.scalar(COUNT))
                await connection.run(delete(items))
        assert outcomes == {0, 2}

    on(url, cancel_at_each_step, pool_size=1)


def test_a_task_cancelled_during_its_wait_does_not_keep_its_turn(url: str) -> None:
    async def wait_in_vain(database: Database) -> None:
        async with database.writing():
            waiting = [asyncio.create_task(put(database, code=code)) for code in "AB"]
            await asyncio.sleep(0.01)
            waiting[0].cancel()
        await asyncio.wait(waiting)
        assert waiting[0].cancelled()
        assert await read(database, select(items.c.code)) == "B"

    on(url, wait_in_vain, pool_size=1)


def test_a_cancelled_report_stops_and_the_next_reading_works(url: str) -> None:
    async def cancel(database: Database) -> None:
        async def report() -> None:
            async with database.reading(heavy=True) as connection:
                await connection.scalar(ENDLESS)

        task = asyncio.create_task(report())
        await asyncio.sleep(0.05)
        assert await read_while_busy(database) == 0
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await read(database, COUNT) == 0
        await put(database, code="A")

    async def read_while_busy(database: Database) -> Any:
        return await read(database, COUNT)

    on(url, cancel, pool_size=2)


def test_turns_are_given_in_the_order_of_requests() -> None:
    async def queue_up() -> list[int]:
        turns, served = Turns(1, 60), []
        await turns.take()

        async def wait(number: int) -> None:
            await turns.take()
            served.append(number)
            turns.give()

        waiting = [asyncio.create_task(wait(number)) for number in range(3)]
        await asyncio.sleep(0)
        turns.give()
        # This request comes after the turn was returned, but before the first waiting task has taken it.
        await wait(3)
        await asyncio.gather(*waiting)
        return served

    assert asyncio.run(queue_up()) == [0, 1, 2, 3]


def test_a_turn_of_a_task_cancelled_at_that_moment_goes_to_the_next() -> None:
    async def cancel() -> None:
        turns = Turns(1, 60)
        await turns.take()
        waiting = [asyncio.create_task(turns.take()) for _ in range(2)]
        await asyncio.sleep(0)
        turns.give()
        waiting[0].cancel()
        await asyncio.wait(waiting)
        assert (waiting[0].cancelled(), waiting[1].cancelled()) == (True, False)

    asyncio.run(cancel())


def test_a_session_is_reused_after_a_rollback(postgresql_url: str) -> None:
    async def undo(database: Database) -> None:
        session = await read(database, SESSION)
        with pytest.raises(IntegrityFailed):
            await put(database, code=None)
        assert await read(database, SESSION) == session

    on(postgresql_url, undo, pool_size=1)


def test_a_session_left_in_a_transaction_is_not_lent_again(postgresql_url: str) -> None:
    async def leave(database: Database) -> None:
        async with database.reading() as connection:
            session = await connection.scalar(SESSION)
            await connection.run(text("BEGIN"))
        assert await read(database, SESSION) != session

    on(postgresql_url, leave, pool_size=1)
