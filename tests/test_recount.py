"""A recount beside the service: with writers at every moment, and after a kill at every moment."""

import asyncio
import os
import signal
import warnings
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from queue import Queue
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from app.database import Connection, Database
from app.database.tables import (
    late_changes,
    occurrences,
    pending_increments,
    recount_cells,
    recount_totals,
    recounts,
    rollup_cells,
    rollup_totals,
    spans,
)
from app.operations.recount import counting
from app.operations.recount.service import recount
from app.operations.recount.start import begin
from app.rollups.roll_up import roll_up_all
from tests.conftest import NOW
from tests.support.bodies import act, corrected, received
from tests.support.client import Client
from tests.support.database_access import in_database, open_database
from tests.support.verification import verified

DAYS_AGO = (NOW - timedelta(hours=70)).isoformat()


class Observed(Database):
    """A database that calls `outside` before and after each transaction, and `inside` before it ends."""

    def __init__(self, database: Database, outside: Callable[[], None], inside: Callable[[], None]) -> None:
        self._database, self._outside, self._inside = database, outside, inside
        self.dialect, self.url, self.keys = database.dialect, database.url, database.keys

    def reading(self, **options: Any) -> AbstractAsyncContextManager[Connection]:
        return self._within(self._database.reading(**options))

    def writing(self) -> AbstractAsyncContextManager[Connection]:
        return self._within(self._database.writing())

    async def close(self) -> None:
        await self._database.close()

    @asynccontextmanager
    async def _within(self, lent: AbstractAsyncContextManager[Connection]) -> AsyncIterator[Connection]:
        self._outside()
        async with lent as connection:
            yield connection
            self._inside()
        self._outside()


class Counter:
    """Clerks at work: each step receives a dossier and changes others, in the past and now."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.supervisor = client.token("supervisor")
        self.codes: list[str] = []
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        self.client.now += timedelta(seconds=9)
        kind = self.steps % 4
        if kind == 0:
            # Late: figures of the past change.
            self.receive(DAYS_AGO)
        elif kind == 1:
            self.receive(self.client.now.isoformat())
        elif kind == 2:
            act(self.client, self.supervisor, self.codes[self.steps % len(self.codes)], "take")
            # One more old dossier whose spans may be wrong.
            act(self.client, self.supervisor, self.codes.pop(0), "finish", outcome="granted")
        else:
            corrected(self.client, self.supervisor, self.codes[0], sequence=1, changes={"channel": "postal"})

    def receive(self, at: str) -> None:
        self.codes.append(received(self.client, self.supervisor, at=at)["code"])


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_STEP", 4)
    monkeypatch.setattr("app.audit.verification.stored_dossiers._CHUNK", 2)
    monkeypatch.setattr("app.rollups.background.PAUSE", 3600)


async def spoil(connection: Connection) -> None:
    """Makes every kind of count and fact wrong."""
    await connection.run(update(rollup_totals).values(open=rollup_totals.c.open + 1))
    await connection.run(delete(rollup_cells).where(rollup_cells.c.grain == "month"))
    await add_an_increment(connection)
    await connection.run(delete(late_changes).where(late_changes.c.grain == "year"))
    await connection.run(update(late_changes).values(recorded_at=datetime(2099, 1, 1, tzinfo=UTC)))
    await connection.run(delete(spans).where(spans.c.dossier_id % 2 == 0))
    await connection.run(update(occurrences).where(occurrences.c.dossier_id % 3 == 0).values(overdue=True))


async def add_an_increment(connection: Connection) -> None:
    cell = ["dossier", 1, 1, 1, "counter", date(2021, 3, 1).toordinal(), 0, 1]
    await connection.insert(pending_increments, {"size": 1, "content": {"cells": [cell]}})


def begun(url: str, dossiers: int = 9) -> Counter:
    client = Client(url, NOW)
    with client:
        counter = Counter(client)
        for number in range(dossiers):
            counter.receive(DAYS_AGO if number % 3 else NOW.isoformat())
        in_database(url, roll_up_all)
    assert verified(url) == []
    return counter


def left_over(url: str) -> int:
    async def work(database: Database) -> int:
        async with database.reading() as connection:
            tables = (recounts, recount_cells)
            return sum([await connection.scalar(select(func.count()).select_from(table)) for table in tables])

    return in_database(url, work)


def test_a_recount_is_right_while_others_write_at_every_moment(seeded_url: str) -> None:
    counter = begun(seeded_url)
    moments: Queue[Callable[[], None] | None] = Queue()

    def outside() -> None:
        """Waits until a clerk has written, and perhaps a worker has rolled up."""
        done: Queue[None] = Queue()
        moments.put(lambda: done.put(None))
        done.get(timeout=60)

    async def work() -> int:
        database = await open_database(seeded_url)
        try:
            return await recount(Observed(database, outside, lambda: None))
        finally:
            await database.close()

    assert verified(seeded_url, spoil)
    client = Client(seeded_url, NOW)
    with client, ThreadPoolExecutor(1) as pool:
        counter.client = client
        running = pool.submit(lambda: asyncio.run(work()))
        running.add_done_callback(lambda _future: moments.put(None))
        while go_on := moments.get():
            try:
                counter.step()
                if counter.steps % 3 == 0:
                    in_database(seeded_url, roll_up_all)
            finally:
                go_on()
        assert running.result() > 9
    assert counter.steps > 20
    assert verified(seeded_url) == []
    assert left_over(seeded_url) == 0


def test_increments_beside_wrong_spans_are_counted_again(seeded_url: str) -> None:
    counter = begun(seeded_url)
    in_database(seeded_url, begin)
    with Client(seeded_url, NOW) as counter.client:
        counter.step()
        act(counter.client, counter.supervisor, counter.codes[0], "take")

    async def spoil_an_increment(connection: Connection) -> None:
        await connection.run(update(spans).values(suspended=True))
        await add_an_increment(connection)

    assert verified(seeded_url, spoil_an_increment)
    in_database(seeded_url, recount)
    assert verified(seeded_url) == []


def test_a_recount_of_an_earlier_schema_begins_again(seeded_url: str) -> None:
    begun(seeded_url)
    in_database(seeded_url, begin)

    async def of_another_schema(connection: Connection) -> None:
        await connection.run(update(recounts).values(revision="0036"))
        await connection.run(update(recount_totals).values(open=7))

    assert verified(seeded_url, of_another_schema) == []
    assert in_database(seeded_url, recount) == 9
    assert verified(seeded_url) == []


def test_two_recounts_at_a_time_help_each_other(seeded_url: str) -> None:
    begun(seeded_url)

    async def spoil_more(connection: Connection) -> None:
        await spoil(connection)
        await connection.insert(pending_increments, {"size": 1, "content": {"cells": [["nobody can read this"]]}})

    assert verified(seeded_url, spoil_more)

    async def both(database: Database) -> tuple[int, int]:
        return await asyncio.gather(recount(database), recount(database))

    assert max(in_database(seeded_url, both)) == 9
    assert verified(seeded_url) == []
    assert left_over(seeded_url) == 0


def killed_at(url: str, moment: int) -> bool:
    """Runs a recount in a process that kills itself at its n-th moment. False: it ended before."""

    def die() -> None:
        nonlocal moment
        moment -= 1
        if moment < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    async def work() -> None:
        await recount(Observed(await open_database(url), die, die))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        process = get_context("fork").Process(target=lambda: asyncio.run(work()))
        process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


@pytest.mark.parametrize("first", range(2))
def test_a_recount_that_is_killed_at_any_moment_goes_on_and_ends_right(seeded_url: str, first: int) -> None:
    counter = begun(seeded_url)
    assert verified(seeded_url, spoil)
    moment, kills = first, 0
    while killed_at(seeded_url, moment):
        kills += 1
        moment += 3
        with Client(seeded_url, NOW) as counter.client:
            counter.step()
        if kills % 2:
            in_database(seeded_url, roll_up_all)
    assert kills > 5
    assert verified(seeded_url) == []
    assert left_over(seeded_url) == 0
