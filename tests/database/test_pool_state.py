"""The state of the pool on PostgreSQL, as `/metrics` shows it."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.database import Database
from app.database.postgresql import PostgresDatabase
from app.http.metrics import Metrics
from tests.support.database_access import in_database, open_database
from tests.support.databases import PostgresDatabases


@pytest.fixture
def url(postgresql_databases: PostgresDatabases) -> Iterator[str]:
    created = postgresql_databases.create()
    yield created
    postgresql_databases.drop(created)


def test_a_pool_tells_its_connections_and_who_waits(url: str) -> None:
    async def work(database: Database) -> None:
        async with database.reading(), database.reading():
            (pool,) = database.pools()
            assert (pool.open, pool.lent, pool.waiting) == (2, 2, 0)
        (pool,) = database.pools()
        assert (pool.open, pool.lent, pool.most) == (2, 0, 8)

    in_database(url, work)


def test_a_task_that_waits_for_a_connection_is_measured(url: str) -> None:
    metrics = Metrics()

    async def work(database: Database) -> None:
        async with AsyncExitStack() as lent:
            for _ in range(8):
                await lent.enter_async_context(database.reading())
            waiting = asyncio.create_task(read(database))
            await asyncio.sleep(0)
            metrics.pooled(database.pools())
        await waiting

    async def read(database: Database) -> None:
        async with database.reading():
            pass

    in_database(url, work)

    samples = {
        sample.name: sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name.startswith("motcua_pool_")
    }
    assert samples == {
        "motcua_pool_size": 8,
        "motcua_pool_lent_connections": 8,
        "motcua_pool_idle_connections": 0,
        "motcua_pool_waiting_tasks": 1,
    }


def test_reading_goes_on_while_every_change_waits(url: str) -> None:
    async def work(database: Database) -> None:
        async with AsyncExitStack() as lent:
            for _ in range(6):
                await lent.enter_async_context(database.writing())
            waiting = asyncio.create_task(change(database))
            await asyncio.sleep(0)
            async with database.reading(), database.reading():
                (pool,) = database.pools()
                assert (pool.lent, pool.waiting) == (8, 1)
                assert not waiting.done()
        await waiting

    async def change(database: Database) -> None:
        async with database.writing():
            pass

    in_database(url, work)


def test_a_connection_that_comes_back_after_the_end_is_closed(url: str) -> None:
    async def work() -> None:
        database = await open_database(url)
        assert isinstance(database, PostgresDatabase)
        late = await database.take()
        await database.close()
        database.give(late)
        assert late.is_closed()

    asyncio.run(work())
