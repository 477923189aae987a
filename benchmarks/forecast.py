"""Accuracy of the workload's forecast: on the demonstration's dossiers, from the data of twenty past days.

Run from the checkout: `python -m benchmarks.forecast [seed]`, 2021 by default; some two minutes.
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
from benchmarks.database_access import open_database

# The present of the register, after the end of all dossiers that were open on the past days.
NOW = datetime(2022, 9, 30, 9, tzinfo=TZ)
DAYS = 20


@dataclass(slots=True)
class Life:
    """One dossier: its spans, and its end or None while it is open."""

    procedure: int
    due: date
    spans: list[Row] = field(default_factory=list)
    end: Row | None = None

    def at(self, moment: datetime) -> Row | None:
        """Its span at that moment, if it was open."""
        for span in self.spans:
            if span.from_at < moment and (span.to_at is None or span.to_at >= moment):
                return span
        return None

    def suspended_at(self, moment: datetime) -> datetime | None:
        """The start of a suspension at that moment, if any. A suspension may have several spans."""
        since: datetime | None = None
        for span in self.spans:
            if span.from_at < moment:
                since = (since or span.from_at) if span.suspended else None
        return since

    def due_at(self, moment: datetime) -> date:
        """The due date at that moment; in a suspension the one before it."""
        limits = [span.overdue_from for span in self.spans if span.from_at < moment and span.overdue_from is not None]
        return local_date(limits[-1] - timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Prediction:
    """The forecast for one dossier on one day, and its outcome."""

    unit: int
    chance: float
    base: float
    level: str
    late: bool


async def predictions_by_day(seed: int) -> dict[date, list[Prediction]]:
    """The predictions of each past day for the dossiers that were open and in time."""
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
    return {day: list(_predictions(lives, reference, day)) for day in _days(reference)}


def _lives(rows: Iterable[Row], span_rows: Iterable[Row], ends: Iterable[Row]) -> list[Life]:
    lives = {row.id: Life(row.procedure_id, row.due_date) for row in rows if row.due_date is not None}
    for row in span_rows:
        lives[row.dossier_id].spans.append(row)
    for row in ends:
        lives[row.dossier_id].end = row
    return list(lives.values())


def _days(reference: Reference) -> list[date]:
    """Evenly spaced working days of the year, from the first one with a whole window before it."""
    calendar, (first, last) = reference.calendar, YEAR
    earliest = calendar.add_working_days(first - timedelta(days=1), 61)
    number = calendar.working_days_between(earliest, last)
    return [calendar.add_working_days(earliest, number * index // (DAYS - 1)) for index in range(DAYS)]


def _predictions(lives: list[Life], reference: Reference, today: date) -> Iterator[Prediction]:
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
        expected = base if chance.late is None else chance.late
        yield Prediction(span.responsible_unit_id, expected, base, chance.level, late)


def _finished_within(end: Row | None, first: date, last: date) -> bool:
    return end is not None and end.kind == "finished" and first <= end.date <= last


def _became_late(life: Life) -> bool | None:
    """True if it ended late, or was withdrawn or discontinued while overdue; None if its end is open."""
    if life.end is not None:
        return bool(life.end.overdue)
    lapsed = life.spans[-1].overdue_from
    return True if lapsed is not None and lapsed <= NOW else None


# --- Output -----------------------------------------------------------------------------------------------------------


def _brier(predictions: list[Prediction], *, base: bool = False) -> float:
    squares = (((each.base if base else each.chance) - each.late) ** 2 for each in predictions)
    return sum(squares) / len(predictions)


def _error_per_unit(predictions: list[Prediction], *, base: bool = False) -> float:
    """The mean difference between the expected and the observed number of a unit."""
    errors: dict[int, float] = defaultdict(float)
    for prediction in predictions:
        errors[prediction.unit] += (prediction.base if base else prediction.chance) - prediction.late
    return sum(map(abs, errors.values())) / len(errors)


def _line(name: str, predictions: list[Prediction]) -> str:
    late = sum(prediction.late for prediction in predictions)
    brier, base_brier = _brier(predictions), _brier(predictions, base=True)
    cells = [
        name,
        f"{len(predictions):,}",
        f"{late:,}",
        f"{sum(prediction.chance for prediction in predictions):.1f}",
        f"{sum(prediction.base for prediction in predictions):.1f}",
        f"{brier:.4f}",
        f"{base_brier:.4f}",
        f"{1 - brier / base_brier:+.2f}",
        f"{_error_per_unit(predictions):.2f}",
        f"{_error_per_unit(predictions, base=True):.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print a row for each day and one for all, then the observed frequency for each predicted chance."""
    by_day = asyncio.run(predictions_by_day(int(sys.argv[1]) if len(sys.argv) > 1 else 2021))
    print(
        "| day | in time | late | expected | by base rate | Brier | of base rate | skill | off per unit | base rate |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for day, predictions in by_day.items():
        print(_line(day.isoformat(), predictions))
    every = [prediction for predictions in by_day.values() for prediction in predictions]
    print(_line("all", every))
    print("\n| predicted chance | dossiers | mean chance | became late |")
    print("|---|--:|--:|--:|")
    bins: dict[int, list[Prediction]] = defaultdict(list)
    for prediction in every:
        bins[min(int(prediction.chance * 10), 9)].append(prediction)
    for tenth, group in sorted(bins.items()):
        mean = sum(prediction.chance for prediction in group) / len(group)
        late = sum(prediction.late for prediction in group) / len(group)
        print(f"| {tenth * 10}–{tenth * 10 + 10} % | {len(group):,} | {mean:.3f} | {late:.3f} |")
    levels = Counter(prediction.level for prediction in every)
    print("\n" + ", ".join(f"{level}: {levels[level] / len(every):.1%}" for level in (*LEVELS, NO_BASIS)))


if __name__ == "__main__":
    main()
