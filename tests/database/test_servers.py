"""The servers of a cluster: the primary is found anywhere in the list, and a silent server stops nobody."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import permutations
from time import monotonic
from typing import TypeVar
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, make_url, text

from app.database import Database, DatabaseUnavailable, Prepared, schema
from tests.support.database_access import open_database
from tests.support.postgres import Server, Standby

T = TypeVar("T")
IN_RECOVERY = Prepared(text("SELECT pg_is_in_recovery()"))
SLEEP = Prepared(text("SELECT pg_sleep(3600)"))


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    with Server(
        {"max_connections": "12", "superuser_reserved_connections": "0", "reserved_connections": "0"}
    ) as server:
        yield server


@pytest.fixture(scope="module")
def standby(primary: Server) -> Iterator[Standby]:
    with primary.standby() as server:
        yield server


def folder(server: Server) -> str:
    """The folder of its socket, which stands for a host."""
    return str(make_url(server.url).query["host"])


def url_of(*folders: str, **options: str) -> str:
    query = urlencode([*(("host", name) for name in folders), *options.items()])
    return f"postgresql://postgres@/postgres?{query}"


def on(url: str, work: Callable[[Database], Awaitable[T]], **options: int) -> T:
    async def run() -> T:
        database = await open_database(url, **options)
        try:
            async with asyncio.timeout(60):
                return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


async def recovering(database: Database) -> bool:
    async with database.reading() as connection:
        state: bool = await connection.scalar(IN_RECOVERY)
    return state


def recovering_in_migration(connection: Connection) -> bool:
    state: bool = connection.execute(text("SELECT pg_is_in_recovery()")).scalar_one()
    return state


def test_the_primary_is_found_in_every_place_of_the_list(primary: Server, standby: Standby) -> None:
    for folders in permutations([folder(primary), folder(standby), "/nonexistent"]):
        assert on(url_of(*folders), recovering) is False
        assert schema.in_transaction(url_of(*folders), recovering_in_migration) is False


@pytest.mark.parametrize("target", ["standby", "prefer-standby", "read-only"])
def test_a_url_may_ask_for_a_standby(primary: Server, standby: Standby, target: str) -> None:
    assert on(url_of(folder(primary), folder(standby), target_session_attrs=target), recovering) is True


def test_a_preferred_standby_that_is_missing_is_replaced_by_the_primary(primary: Server) -> None:
    url = url_of("/nonexistent", folder(primary), target_session_attrs="prefer-standby")
    assert on(url, recovering) is False


def test_without_a_primary_the_error_names_each_host(standby: Standby) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        on(url_of(folder(standby), "/nonexistent"), recovering)
    assert folder(standby) in str(refused.value)
    assert "/nonexistent" in str(refused.value)


def test_a_frozen_server_in_front_is_asked_once(primary: Server) -> None:
    with Server() as frozen, frozen.frozen():

        async def work(database: Database) -> float:
            began = monotonic()
            # A second connection, while the first is lent.
            async with database.reading(), database.reading():
                assert not await recovering(database)
            return monotonic() - began

        assert on(url_of(folder(frozen), folder(primary)), work) < 1, "the frozen server was asked again"


def test_a_statement_on_a_server_that_falls_silent_ends_and_the_next_one_asks_for_the_primary(primary: Server) -> None:
    with Server() as other:
        url = url_of(folder(other), folder(primary))

        async def work(database: Database) -> None:
            async with database.reading(), database.reading():
                pass  # two connections, so that one is idle below

            async def hang() -> None:
                async with database.reading() as connection:
                    await connection.scalar(SLEEP)

            hanging = asyncio.create_task(hang())
            await asyncio.sleep(0.3)
            with other.frozen():
                with pytest.raises(DatabaseUnavailable):
                    await hanging
                assert await recovering(database) is False

        on(url, work)


def test_a_long_statement_on_a_server_that_answers_is_not_ended(primary: Server) -> None:
    async def work(database: Database) -> None:
        async with database.reading() as connection:
            await connection.scalar(Prepared(text("SELECT pg_sleep(4)")))

    on(url_of(folder(primary)), work)


def test_a_task_refused_for_lack_of_room_waits_for_a_connection_of_its_own_pool(primary: Server) -> None:
    async def work(database: Database) -> list[bool]:
        return await asyncio.gather(*(recovering(database) for _ in range(200)))

    assert on(url_of(folder(primary)), work, pool_size=40) == [False] * 200


def test_a_pool_without_a_connection_of_its_own_reports_the_lack_of_room(primary: Server) -> None:
    async def work(database: Database) -> None:
        async with AsyncExitStack() as held:
            for _ in range(12):
                await held.enter_async_context(database.reading())
            with pytest.raises(DatabaseUnavailable, match="too many clients"):
                await open_database(url_of(folder(primary)))

    on(url_of(folder(primary)), work, pool_size=12)
