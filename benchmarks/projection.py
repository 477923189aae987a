"""How good the workload's projection is: on the demonstration's dossiers, from what was known on twenty past days.

Run from the checkout: `python -m benchmarks.projection [seed]`, 2021 by default; some two minutes.
"""

import asyncio
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.catalogue.cache import Reference, load
from app.database import Row, schema
from app.database.tables import dossiers, occurrences, spans
from app.domain.localtime import TZ, at_minute, local_date
from app.loading.demo import YEAR, build
from app.loading.reference.service import seed_bac_tra_my
from app.statistics.workload.ages import window
from app.statistics.workload.forecast import LEVELS, NO_BASIS, Experience, FinishGroup, left_at_finish, left_before
from benchmarks.keyed import open_database

# When the register is looked at: what was open on the past days has come to its end by then.
NOW = datetime(2022, 9, 30, 9, tzinfo=TZ)
DAYS = 20


@dataclass(slots=True)
class Life:
    """One dossier: what it was from when to when, and how it ended, None while it is open."""

    procedure: int
    due: date
    spans: list[Row] = field(default_factory=list)
    end: Row | None = None

    def at(self, moment: datetime) -> Row | None:
        """What it was then if it was open."""
        for span in self.spans:
            if span.from_at < moment and (span.to_at is None or span.to_at >= moment):
                return span
        return None

    def suspended_at(self, moment: datetime) -> datetime | None:
        """Since when it was suspended then, if it was; a suspension may have several spans in a row."""
        since: datetime | None = None
        for span in self.spans:
            if span.from_at < moment:
                since = (since or span.from_at) if span.suspended else None
        return since

    def due_at(self, moment: datetime) -> date:
        """The due date as it was then; under suspension the one that it had before."""
        known = [one.overdue_from for one in self.spans if one.from_at < moment and one.overdue_from is not None]
        return local_date(known[-1] - timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of one dossier on one day, and what became of it."""

    unit: int
    chance: float
    base: float
    level: str
    late: bool


async def told_by_day(seed: int) -> dict[date, list[Told]]:
    """For each of the past days what was told of the dossiers that were open and in time."""
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        url = f"sqlite:///{folder}/motcua.db"
        await asyncio.to_thread(schema.upgrade, url)
        database = await open_database(url)
        try:
            await seed_bac_tra_my(database, NOW)
            await build(database, now=NOW, seed=seed)
            async with database.reading() as connection:
                reference = await load(connection)
                lives = _lives(
                    await connection.all(select(dossiers.c.id, dossiers.c.procedure_id, dossiers.c.due_date)),
                    await connection.all(
                        select(spans).where(spans.c.phase == "open").order_by(spans.c.dossier_id, spans.c.number)
                    ),
                    await connection.all(
                        select(occurrences).where(occurrences.c.kind.in_(("finished", "withdrawn", "discontinued")))
                    ),
                )
        finally:
            await database.close()
    return {day: list(_told(lives, reference, day)) for day in _days(reference)}


def _lives(rows: Iterable[Row], standing: Iterable[Row], ends: Iterable[Row]) -> list[Life]:
    lives = {row.id: Life(row.procedure_id, row.due_date) for row in rows if row.due_date is not None}
    for row in standing:
        lives[row.dossier_id].spans.append(row)
    for row in ends:
        lives[row.dossier_id].end = row
    return list(lives.values())


def _days(reference: Reference) -> list[date]:
    """Working days of the year, evenly apart, from the first one on that has a whole window in it."""
    calendar, (first, last) = reference.calendar, YEAR
    earliest = calendar.add_working_days(first - timedelta(days=1), 61)
    number = calendar.working_days_between(earliest, last)
    return [calendar.add_working_days(earliest, number * index // (DAYS - 1)) for index in range(DAYS)]


def _told(lives: list[Life], reference: Reference, today: date) -> Iterator[Told]:
    calendar, moment = reference.calendar, at_minute(today, 0)
    first, last = window(calendar, today)
    done = [(life, life.end) for life in lives if _finished_within(life.end, first, last)]
    experience = Experience(
        FinishGroup(end.unit_id, life.procedure, left_at_finish(calendar, life.due, end.date, end.verdict), 1)
        for life, end in done
        if end is not None
    )
    base = sum(end is not None and end.overdue for _life, end in done) / len(done)
    for life in lives:
        span, late = life.at(moment), _became_late(life)
        if span is None or late is None or (span.overdue_from is not None and span.overdue_from <= moment):
            continue
        left = left_before(calendar, life.due_at(moment), life.suspended_at(moment), moment)
        chance = experience.chance(span.responsible_unit_id, life.procedure, left)
        told = base if chance.late is None else chance.late
        yield Told(span.responsible_unit_id, told, base, chance.level, late)


def _finished_within(end: Row | None, first: date, last: date) -> bool:
    return end is not None and end.kind == "finished" and first <= end.date <= last


def _became_late(life: Life) -> bool | None:
    """Whether it ended late, or withdrawn or discontinued while overdue; None where that is still open."""
    if life.end is not None:
        return bool(life.end.overdue)
    lapsed = life.spans[-1].overdue_from
    return True if lapsed is not None and lapsed <= NOW else None


# --- What is shown ----------------------------------------------------------------------------------------------------


def _brier(told: list[Told], *, base: bool = False) -> float:
    return sum(((one.base if base else one.chance) - one.late) ** 2 for one in told) / len(told)


def _by_unit(told: list[Told], *, base: bool = False) -> float:
    """The mean over units of how far the expected number is from the observed one."""
    off: dict[int, float] = defaultdict(float)
    for one in told:
        off[one.unit] += (one.base if base else one.chance) - one.late
    return sum(map(abs, off.values())) / len(off)


def _line(name: str, told: list[Told]) -> str:
    late = sum(one.late for one in told)
    cells = [
        name,
        f"{len(told):,}",
        f"{late:,}",
        f"{sum(one.chance for one in told):.1f}",
        f"{sum(one.base for one in told):.1f}",
        f"{_brier(told):.4f}",
        f"{_brier(told, base=True):.4f}",
        f"{1 - _brier(told) / _brier(told, base=True):+.2f}",
        f"{_by_unit(told):.2f}",
        f"{_by_unit(told, base=True):.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print a line per day and one for all, then how often what was told came true, and what it went by."""
    by_day = asyncio.run(told_by_day(int(sys.argv[1]) if len(sys.argv) > 1 else 2021))
    print(
        "| day | in time | late | expected | by base rate | Brier | of base rate | skill | off per unit | base rate |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for day, told in by_day.items():
        print(_line(day.isoformat(), told))
    every = [one for told in by_day.values() for one in told]
    print(_line("all", every))
    print("\n| chance told | dossiers | mean chance | became late |")
    print("|---|--:|--:|--:|")
    bins: dict[int, list[Told]] = defaultdict(list)
    for one in every:
        bins[min(int(one.chance * 10), 9)].append(one)
    for tenth, some in sorted(bins.items()):
        mean, late = sum(one.chance for one in some) / len(some), sum(one.late for one in some) / len(some)
        print(f"| {tenth * 10}–{tenth * 10 + 10} % | {len(some):,} | {mean:.3f} | {late:.3f} |")
    levels = Counter(one.level for one in every)
    print("\n" + ", ".join(f"{level}: {levels[level] / len(every):.1%}" for level in (*LEVELS, NO_BASIS)))


if __name__ == "__main__":
    main()
