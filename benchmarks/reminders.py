"""What a round of reminders costs over many open dossiers: the first, which finds all, and those that find nothing new.

`python -m benchmarks.reminders [--open 100000] [--databases sqlite,postgresql]`, from the checkout, with the packages
of the tests. Beside each round stands the longest time for which the event loop answered nobody.
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
from benchmarks.keyed import open_database
from benchmarks.registers import empty

_NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)
_ROUNDS = 5


def main() -> None:
    """Make the registers, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reminders", description="Seconds of a round.")
    parser.add_argument("--open", type=int, default=100_000, help="open dossiers in the register")
    parser.add_argument("--databases", default="sqlite,postgresql")
    options = parser.parse_args()
    print(f"{clock.now():%d %B %Y}, {machine.described()}\n", flush=True)
    print("| database | open | contacts | reminders | first s | later s | its CPU s | longest stall ms |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for kind in options.databases.split(","):
        with empty(kind) as url:
            schema.upgrade(url)
            print(f"| {kind} | {asyncio.run(_measured(url, options.open))} |", flush=True)


async def _measured(url: str, wanted: int) -> str:
    database = await open_database(url)
    try:
        await seed_bac_tra_my(database, datetime(2018, 1, 1, tzinfo=UTC))
        await simulate(database, dossiers=4000, start=date(2021, 6, 1), end=date(2021, 8, 16), seed=1, now=_NOW)
        count = await _multiplied(database, wanted)
        people = await _contacts(database)
        times, burnt, stalls = [], [], []
        reminders = 0
        for number in range(_ROUNDS + 1):
            ticking = asyncio.create_task(_stall())
            began, spent = perf_counter(), process_time()
            told = await remind(database, ReferenceCache(), frozenset({"email"}), _NOW + timedelta(minutes=5 * number))
            times.append(perf_counter() - began)
            burnt.append(process_time() - spent)
            ticking.cancel()
            stalls.append(await ticking)
            reminders += sum(len(message.data["reminders"]) for _contact, message in told)
    finally:
        await database.close()
    return (
        f"{count:,} | {people} | {reminders:,} | {times[0]:.1f} | {median(times[1:]):.1f} | {median(burnt[1:]):.1f}"
        f" | {1000 * median(stalls[1:]):.0f}"
    )


async def _stall() -> float:
    """The longest wait for the event loop until it is cancelled, in seconds."""
    longest, last = 0.0, perf_counter()
    try:
        while True:
            await asyncio.sleep(0.001)
            now = perf_counter()
            longest, last = max(longest, now - last), now
    except asyncio.CancelledError:
        return longest


async def _multiplied(database: Database, wanted: int) -> int:
    """Open dossiers anew under other ids and codes, until there are as many as wanted."""
    async with database.writing() as connection:
        rows = await connection.all(select(dossiers.c.id).where(dossiers.c.open.is_(True)))
        times = -(-wanted // len(rows))
        last = max(row.id for row in await connection.all(select(dossiers.c.id)))
        for number in range(1, times):
            ids = {"id": dossiers.c.id + number * last, "code": dossiers.c.code + f"-{number}"}
            columns = [ids.get(one.name, one).label(one.name) for one in dossiers.c]
            source = select(*columns).where(dossiers.c.open.is_(True), dossiers.c.id <= last)
            await connection.run(dossiers.insert().from_select([one.name for one in dossiers.c], source))
        found = await connection.all(select(literal_column("count(*)")).where(dossiers.c.open.is_(True)))
        return int(found[0][0])


async def _contacts(database: Database) -> int:
    """Of each unit its office and an officer, and a supervisor above all."""
    async with database.writing() as connection:
        reference = await load(connection)
        here = [one for one in reference.units.values() if one.valid_on(local_date(_NOW))]
        rows = [_contact(one.id, "unit", None) for one in here]
        rows += [_contact(one.id, "officer", "Trần Văn Minh") for one in here]
        rows += [_contact(one.id, "supervisor", None) for one in here if one.kind == "district"]
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
