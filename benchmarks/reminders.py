"""Times of rounds of reminders over many open dossiers: the first, which finds all, and later ones without news.

`python -m benchmarks.reminders [--open 100000] [--databases sqlite,postgresql]`, from the checkout, with the packages
of the tests. The table also has the longest time for which the event loop was blocked.
"""

import argparse
import asyncio
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter, process_time

from sqlalchemy import literal_column, select

from app import clock
from app.catalogue.cache import ReferenceCache, load
from app.database import Database, schema
from app.database.tables import contacts, dossiers
from app.domain.localtime import local_date
from app.loading.reference.service import seed_bac_tra_my
from app.loading.simulation.service import simulate
from app.notifications.reminders.rounds import remind
from benchmarks import machine
from benchmarks.database_access import open_database
from benchmarks.registers import empty

_NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
_ROUNDS = 5


def main() -> None:
    """Create the registers, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reminders", description="Seconds of a round.")
    parser.add_argument("--open", type=int, default=100_000, help="open dossiers in the register")
    parser.add_argument("--databases", default="sqlite,postgresql")
    options = parser.parse_args()
    print(f"{clock.now():%d %B %Y}, {machine.description()}\n", flush=True)
    print("| database | open | contacts | reminders | first s | later s | its CPU s | longest stall ms |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for kind in options.databases.split(","):
        with empty(kind) as url:
            schema.upgrade(url)
            print(f"| {kind} | {asyncio.run(_measure(url, options.open))} |", flush=True)


async def _measure(url: str, open_dossiers: int) -> str:
    database = await open_database(url)
    try:
        await seed_bac_tra_my(database, datetime(2018, 1, 1, tzinfo=UTC))
        await simulate(database, dossiers=4000, start=date(2021, 6, 1), end=date(2021, 8, 16), seed=1, now=_NOW)
        count = await _multiply(database, open_dossiers)
        people = await _contacts(database)
        times, cpu_times, stalls = [], [], []
        reminders = 0
        for number in range(_ROUNDS + 1):
            ticking = asyncio.create_task(_stall())
            began, spent = perf_counter(), process_time()
            messages = await remind(
                database, ReferenceCache(), frozenset({"email"}), _NOW + timedelta(minutes=5 * number)
            )
            times.append(perf_counter() - began)
            cpu_times.append(process_time() - spent)
            ticking.cancel()
            stalls.append(await ticking)
            reminders += sum(len(message.data["reminders"]) for _contact, message in messages)
    finally:
        await database.close()
    return (
        f"{count:,} | {people} | {reminders:,} | {times[0]:.1f} | {median(times[1:]):.1f} | {median(cpu_times[1:]):.1f}"
        f" | {1000 * median(stalls[1:]):.0f}"
    )


async def _stall() -> float:
    """The longest wait for the event loop, in seconds, until the task is cancelled."""
    longest, last = 0.0, perf_counter()
    try:
        while True:
            await asyncio.sleep(0.001)
            now = perf_counter()
            longest, last = max(longest, now - last), now
    except asyncio.CancelledError:
        return longest


async def _multiply(database: Database, number_open: int) -> int:
    """Copies open dossiers with other ids and codes until there are enough. Returns their number."""
    async with database.writing() as connection:
        rows = await connection.all(select(dossiers.c.id).where(dossiers.c.open.is_(True)))
        times = -(-number_open // len(rows))
        last = max(row.id for row in await connection.all(select(dossiers.c.id)))
        for number in range(1, times):
            ids = {"id": dossiers.c.id + number * last, "code": dossiers.c.code + f"-{number}"}
            columns = [ids.get(column.name, column).label(column.name) for column in dossiers.c]
            source = select(*columns).where(dossiers.c.open.is_(True), dossiers.c.id <= last)
            await connection.run(dossiers.insert().from_select([column.name for column in dossiers.c], source))
        return int(await connection.scalar(select(literal_column("count(*)")).where(dossiers.c.open.is_(True))))


async def _contacts(database: Database) -> int:
    """Contacts for each unit and one officer of it, and for a supervisor of the district."""
    async with database.writing() as connection:
        reference = await load(connection)
        valid = [unit for unit in reference.units.values() if unit.valid_on(local_date(_NOW))]
        rows = [_contact(unit.id, "unit", None) for unit in valid]
        rows += [_contact(unit.id, "officer", "Trần Văn Minh") for unit in valid]
        rows += [_contact(unit.id, "supervisor", None) for unit in valid if unit.kind == "district"]
        await connection.insert_many(contacts, rows)
    return len(rows)


def _contact(unit_id: int, role: str, officer: str | None) -> dict[str, object]:
    return {
        "unit_id": unit_id,
        "role": role,
        "officer": officer,
        "channel": "email",
        "address": f"{role}-{unit_id}@example.vn",
        "thresholds": {},
        "escalate_hours": 8,
        "client": "benchmark",
        "created_at": _NOW,
    }


if __name__ == "__main__":
    main()
