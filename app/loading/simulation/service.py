"""Simulates dossiers by the rules of real ones, for demonstrations and benchmarks. A seed gives the same data."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice

from app.catalogue.cache import Reference, load
from app.catalogue.exclusion import shared_guard
from app.catalogue.provisional import provide_years
from app.database import Database
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.loading.bulk.history import History, write
from app.loading.bulk.pacing import overlap, rare_collections
from app.loading.simulation.arrivals import arrivals
from app.loading.simulation.draws import FastRandom
from app.loading.simulation.ratings import rating_of
from app.loading.simulation.timing import Rates
from app.loading.simulation.world import World
from app.rollups.roll_up import MANY, roll_up_all

# Dossiers per transaction. Other writers get their turn in between.
_BATCH = 500
# Dossiers after which a roll-up follows.
_ROLL_UP_EVERY = 20_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """Numbers of simulated dossiers and entries, and of dossiers by status and verdict."""

    dossiers: int = 0
    entries: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def on_time(self) -> float | None:
        """The share of finished dossiers that were early or on time; None without finished dossiers."""
        judged = sum(self.verdicts.values())
        return 1 - self.verdicts["late"] / judged if judged else None

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(
            self.dossiers + other.dossiers,
            self.entries + other.entries,
            self.statuses + other.statuses,
            self.verdicts + other.verdicts,
        )


async def simulate(
    database: Database,
    *,
    dossiers: int,
    start: date,
    end: date,
    seed: int,
    now: datetime,
    rates: Rates | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Simulates dossiers that arrive from `start` to `end`, with their history until `now`.

    The same arguments and reference data give the same dossiers, except the salts of their hashes. Raises Invalid
    `period_invalid` or `nothing_to_simulate`.
    """
    if end < start or start > local_date(now):
        raise Invalid("period_invalid", "The period ends before it begins, or has not begun yet.")
    reference = await _reference(database, start, end, now)
    summary = Summary()
    rates = rates or Rates()
    unrated = _histories(reference, seed, dossiers, (start, end), now, rates)
    histories = _add_ratings(unrated, FastRandom(f"ratings {seed}"), rates, now)
    with rare_collections():
        batch = list(islice(histories, _BATCH))
        while batch:
            _none, following = await overlap(database, _write(database, batch, now), lambda: islice(histories, _BATCH))
            summary += _summary(batch)
            if summary.dossiers % _ROLL_UP_EVERY < len(batch):
                await roll_up_all(database, MANY)
            if progress:
                progress(summary.dossiers, dossiers)
            batch = following
        await roll_up_all(database, MANY)
    return summary


async def _write(database: Database, batch: Sequence[History], now: datetime) -> None:
    async with database.writing() as connection:
        await shared_guard(connection)
        await write(connection, batch, now)


async def _reference(database: Database, start: date, end: date, now: datetime) -> Reference:
    """The reference data, with calendars for all years of the dossiers."""
    async with database.writing() as connection:
        await provide_years(connection, range(start.year, end.year + 2), now)
        return await load(connection)


def _histories(
    reference: Reference, seed: int, number: int, period: tuple[date, date], now: datetime, rates: Rates
) -> Iterator[History]:
    random, beside = FastRandom(seed), FastRandom(f"people {seed}")
    world = World(reference, random, beside, now, rates)
    for arrival in arrivals(reference, random, number, period, now, rates):
        yield world.history(arrival)


def _add_ratings(histories: Iterator[History], random: FastRandom, rates: Rates, now: datetime) -> Iterator[History]:
    for history in histories:
        rating = rating_of(history, random, rates, now)
        yield history if rating is None else replace(history, rating=rating)


def _summary(batch: Sequence[History]) -> Summary:
    last = [history.states[-1] for history in batch]
    return Summary(
        len(batch),
        sum(len(history.recorded) for history in batch),
        Counter(state.status.value for state in last),
        Counter(state.verdict.value for state in last if state.verdict),
    )
