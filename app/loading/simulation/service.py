"""Realistic synthetic dossiers through the same rules, for demonstrations and benchmarks: same seed, same data."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from random import Random

from app.catalogue.cache import Reference, load
from app.catalogue.exclusion import shared_guard
from app.catalogue.provisional import provide_years
from app.database import Database
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.loading.bulk.history import History, write
from app.loading.bulk.pacing import beside, seldom_collecting
from app.loading.simulation.arrivals import arrivals
from app.loading.simulation.draws import Chance
from app.loading.simulation.ratings import rating_of
from app.loading.simulation.timing import Rates
from app.loading.simulation.world import Scene
from app.rollups.roll_up import MANY, roll_up_all

# Dossiers per transaction: others get to write in between.
_BATCH = 500
# Dossiers after which what they count is folded.
_FOLDED = 20_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was made: how many dossiers, of which status, with which verdict."""

    dossiers: int = 0
    entries: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def on_time(self) -> float | None:
        """The share of what was finished that was early or on time; None where nothing was."""
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
    """So many dossiers that come in from `start` to `end`, with all that became of them until `now`.

    The same arguments over the same reference data give the same dossiers, but for the salts of their hashes. Raises
    Invalid `period_invalid` or `nothing_to_simulate`.
    """
    if end < start or start > local_date(now):
        raise Invalid("period_invalid", "The period ends before it begins, or has not begun yet.")
    reference = await _reference(database, start, end, now)
    made = Summary()
    rates = rates or Rates()
    histories = _histories(reference, Chance(seed), dossiers, (start, end), now, rates)
    found = _rated(histories, Chance(f"ratings {seed}"), rates, now)
    with seldom_collecting():
        batch = list(islice(found, _BATCH))
        while batch:
            _none, following = await beside(database, _write(database, batch), lambda: islice(found, _BATCH))
            made += _counted(batch)
            if made.dossiers % _FOLDED < len(batch):
                await roll_up_all(database, MANY)
            if progress:
                progress(made.dossiers, dossiers)
            batch = following
        await roll_up_all(database, MANY)
    return made


async def _write(database: Database, batch: Sequence[History]) -> None:
    async with database.writing() as connection:
        await shared_guard(connection)
        await write(connection, batch)


async def _reference(database: Database, start: date, end: date, now: datetime) -> Reference:
    """The reference data, with a calendar for every year that a dossier of the period can touch."""
    async with database.writing() as connection:
        await provide_years(connection, range(start.year, end.year + 2), now)
        return await load(connection)


def _histories(
    reference: Reference, random: Random, number: int, period: tuple[date, date], now: datetime, rates: Rates
) -> Iterator[History]:
    scene = Scene(reference, random, now, rates)
    for arrival in arrivals(reference, random, number, period, now, rates):
        yield scene.history(arrival)


def _rated(histories: Iterator[History], chance: Chance, rates: Rates, now: datetime) -> Iterator[History]:
    for history in histories:
        rating = rating_of(history, chance, rates, now)
        yield history if rating is None else replace(history, rating=rating)


def _counted(batch: Sequence[History]) -> Summary:
    last = [history.states[-1] for history in batch]
    return Summary(
        len(batch),
        sum(len(history.recorded) for history in batch),
        Counter(state.status.value for state in last),
        Counter(state.verdict.value for state in last if state.verdict),
    )
