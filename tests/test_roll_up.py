"""Roll-up: readers count each change once, before, during and after its roll-up."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from app.database import Connection, Database, DatabaseUnavailable
from app.database.tables import pending_increments, rollup_cells, rollup_totals
from app.rollups import background
from app.rollups import queries as reading
from app.rollups.background import RollUpWorker
from app.rollups.buckets import stretches_of
from app.rollups.increments import INDEX, Cell, Counts, Late, Move
from app.rollups.queries import Selection
from app.rollups.roll_up import MANY, roll_up, roll_up_all
from app.rollups.service import increment
from tests.support.database_access import open_database

DAY = date(2021, 8, 16)
OPEN = INDEX["open"]


def counts_of(unit: int = 1, day: date = DAY) -> Counts:
    """The counts of one receipt."""
    counts = Counts()
    counts.cells[Cell("dossier", unit, 2, 3, "online", day)] = {OPEN: 1}
    counts.moves[Move("dossier", unit, 2, day)] += 1
    counts.late[Late("unit", unit, day)] = datetime(2021, 9, unit, tzinfo=UTC)
    return counts


async def append(database: Database, *all_counts: Counts) -> None:
    async with database.writing() as connection:
        for counts in all_counts:
            await connection.insert_together(increment(counts))


async def total(connection: Connection, selection: Selection) -> int:
    more = await reading.pending(connection)
    grown = await reading.growth(connection, selection, stretches_of([DAY]), more)
    return sum(numbers.get(OPEN, 0) for numbers in grown[0].values())


BY_UNIT = Selection("dossier", "unit")
FILTERED = Selection("dossier", "procedure", {"unit": frozenset({1}), "channel": frozenset({"online"})})


def on(url: str, work: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        database = await open_database(url)
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(run())


def test_a_roll_up_does_not_change_figures(database_url: str) -> None:
    async def work(database: Database) -> None:
        await append(database, counts_of(), counts_of(), counts_of(unit=2), counts_of(day=date(2020, 2, 29)))
        async with database.reading(snapshot=True) as connection:
            before = await read(connection)
        await roll_up_all(database)
        async with database.reading(snapshot=True) as connection:
            assert await read(connection) == before
            assert await connection.scalar(select(func.count()).select_from(pending_increments)) == 0

    async def read(connection: Connection) -> tuple[object, ...]:
        more = await reading.pending(connection)
        days = [date(2020, 12, 31), DAY, date(2021, 12, 31)]
        numbers = [
            [
                {key: dict(grown) for key, grown in part.items()}
                for part in await reading.growth(connection, selection, stretches_of(days), more)
            ]
            for selection in (BY_UNIT, FILTERED, Selection("dossier", None), Selection("dossier", "receiving"))
        ]
        moved = [dict(part) for part in await reading.moves(connection, "dossier", stretches_of(days), more)]
        late = await reading.changed_late(connection, ("unit", frozenset({1, 2})), stretches_of([DAY]), more)
        assert numbers[0][0] == {1: {OPEN: 1}}
        assert numbers[0][1] == {1: {OPEN: 2}, 2: {OPEN: 1}}
        assert numbers[1][1] == {3: {OPEN: 2}}
        assert moved == [{(1, 2): 2, (2, 2): 1}, {}]
        assert late == datetime(2021, 9, 2, tzinfo=UTC)
        # JSON needs integers: a sum of sums is a decimal number on PostgreSQL.
        assert {type(number) for part in numbers[0] for grown in part.values() for number in grown.values()} == {int}
        return numbers, moved, late

    on(database_url, work)


def test_readers_count_each_change_once_during_writes_and_roll_ups(database_url: str) -> None:
    written = 0

    async def write(database: Database) -> None:
        nonlocal written
        for _ in range(60):
            await append(database, counts_of())
            written += 1

    async def roll_up_until(database: Database, done: asyncio.Event) -> None:
        while not done.is_set():
            async with database.writing() as connection:
                await roll_up(connection, 3)
            await asyncio.sleep(0)

    async def work(database: Database) -> None:
        done = asyncio.Event()
        rolling_up = [asyncio.create_task(roll_up_until(database, done)) for _ in range(2)]
        writing = asyncio.create_task(write(database))
        while not writing.done():
            at_least = written
            async with database.reading(snapshot=True) as connection:
                counted = await total(connection, BY_UNIT)
                assert counted == await total(connection, FILTERED)
            # One more increment may be committed before `written` has it.
            assert at_least <= counted <= written + 1
            await asyncio.sleep(0)
        await writing
        done.set()
        await asyncio.gather(*rolling_up)
        await roll_up_all(database)
        async with database.reading(snapshot=True) as connection:
            assert await total(connection, BY_UNIT) == 60
            assert await connection.scalar(select(func.count()).select_from(pending_increments)) == 0

    on(database_url, work)


def test_each_roll_up_takes_a_bounded_number_of_increments_or_one_large_row(database_url: str) -> None:
    async def work(database: Database) -> None:
        many = Counts()
        for unit in range(1, 20):
            many.add(counts_of(unit))
        await append(database, many, counts_of(), counts_of())
        for left in (2, 1, 0):
            async with database.writing() as connection:
                assert await roll_up(connection, 3)
                assert await connection.scalar(select(func.count()).select_from(pending_increments)) == left
        async with database.writing() as connection:
            assert not await roll_up(connection, 3)

    on(database_url, work)


def test_increments_with_a_sum_of_zero_leave_no_row(database_url: str) -> None:
    async def work(database: Database) -> None:
        back = Counts()
        back.cells[Cell("dossier", 1, 2, 3, "online", DAY)] = {OPEN: -1}
        forth = Counts()
        forth.cells[Cell("dossier", 1, 2, 3, "online", DAY)] = {OPEN: 1}
        await append(database, forth, back)
        await roll_up_all(database, MANY)
        async with database.reading() as connection:
            for table in (rollup_totals, rollup_cells):
                assert await connection.scalar(select(func.count()).select_from(table)) == 0

    on(database_url, work)


def test_a_worker_rolls_up_in_the_background_and_continues_after_an_outage(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = 2

    async def roll_up_unless_away(database: Database) -> None:
        nonlocal away
        if away:
            away -= 1
            raise DatabaseUnavailable("away")
        await roll_up_all(database)

    monkeypatch.setattr(background, "PAUSE", 0.01)
    monkeypatch.setattr(background, "roll_up_all", roll_up_unless_away)

    async def work(database: Database) -> None:
        worker = RollUpWorker()
        await append(database, counts_of())
        async with worker.running(database), asyncio.timeout(30):
            while True:
                async with database.reading() as connection:
                    if not await connection.scalar(select(func.count()).select_from(pending_increments)):
                        break
                await asyncio.sleep(0.01)
        assert away == 0

    on(database_url, work)
