"""PgBouncer in transaction mode: every time-out is in force, and many connections share few of the server."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text

from app.database import Database, DatabaseUnavailable, Prepared, StatementTooLong
from tests.support.database_access import open_database
from tests.support.items import COUNT, items, make_tables, on, put, read
from tests.support.pgbouncer import pooled
from tests.support.postgres import Server

LIMITS = ("statement_timeout", "lock_timeout", "jit", "TimeZone")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="motcua-pgbouncer-") as name:
        yield Path(name)


async def limits(database: Database) -> list[list[str]]:
    """The limits in force in a reading, in a snapshot and in a change."""
    setting = Prepared(text("SELECT setting FROM pg_settings WHERE name = :name"))
    blocks = (database.reading(), database.reading(snapshot=True), database.writing())
    result = []
    for block in blocks:
        async with block as connection:
            result.append([await connection.scalar(setting, name=name) for name in LIMITS])
    return result


@pytest.mark.parametrize("ignored", ["", "jit,lock_timeout,statement_timeout"])
def test_all_limits_are_in_force_behind_a_pooler(server: Server, folder: Path, ignored: str) -> None:
    with pooled(server.url, folder, ignore_startup_parameters=ignored) as url:

        async def work() -> list[list[str]]:
            database = await open_database(url, statement_seconds=1, busy_seconds=7, statement_cache=0)
            try:
                with pytest.raises(StatementTooLong):
                    async with database.reading() as connection:
                        await connection.scalar(Prepared(text("SELECT pg_sleep(30)")))
                return await limits(database)
            finally:
                await database.close()

        assert asyncio.run(work()) == [["1000", "7000", "off", "UTC"]] * 3


def test_many_tasks_share_few_connections_of_the_server(server: Server, folder: Path) -> None:
    with pooled(server.url, folder, default_pool_size="2") as url:
        on(url, make_tables, statement_cache=0)

        async def work(database: Database) -> int:
            async def change(number: int) -> None:
                async with database.writing() as connection:
                    await connection.insert_many(items, [{"code": f"{number}-{row}"} for row in range(40)])
                await put(database, code=f"{number}")
                await read(database, select(items.c.code).where(items.c.code == f"{number}"))

            await asyncio.gather(*(change(number) for number in range(60)))
            count: int = await read(database, COUNT)
            return count

        assert on(url, work, statement_cache=0, pool_size=20) == 60 * 41


def test_a_pooler_without_room_makes_tasks_wait_for_their_own_connections(server: Server, folder: Path) -> None:
    with pooled(server.url, folder, max_client_conn="5") as url:

        async def work(database: Database) -> list[int]:
            statement = Prepared(text("SELECT 1"))
            answers: list[int] = await asyncio.gather(*(read(database, statement) for _ in range(100)))
            return answers

        assert on(url, work, statement_cache=0, pool_size=20) == [1] * 100


def test_a_frozen_server_behind_a_pooler_is_an_outage(server: Server, folder: Path) -> None:
    with pooled(server.url, folder, query_wait_timeout="2") as url:

        async def work() -> None:
            database = await open_database(url, statement_seconds=1, busy_seconds=2, statement_cache=0)
            try:
                with server.frozen(), pytest.raises(DatabaseUnavailable):
                    await read(database, Prepared(text("SELECT 1")))
            finally:
                await database.close()

        asyncio.run(work())
        assert make_url(url).port
