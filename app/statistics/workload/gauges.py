"""Gauges of the register for Prometheus: open, overdue and due-soon dossiers of each unit, counted at the scrape."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from app.background import within
from app.catalogue.cache import Reference, ReferenceCache
from app.database import Connection, Database, DatabaseUnavailable, Prepared
from app.database.readiness import require_schema
from app.database.tables import dossiers
from app.domain.errors import DomainError
from app.domain.localtime import at_minute, local_date
from app.domain.working_days import CalendarMissing
from app.statistics.workload.ages import day_end
from app.statistics.workload.keeping_gauges import keeping_gauges
from app.statistics.workload.queries import DUE_SOON, OVERDUE, PLACES

_COUNTED = Prepared(
    select(
        *PLACES,
        func.count().label("open"),
        func.count().filter(OVERDUE).label("overdue"),
        func.count().filter(DUE_SOON).label("due_soon"),
    )
    .where(dossiers.c.open)
    .group_by(*PLACES)
)
_DESCRIPTIONS = {
    "open": "Dossiers received and not finished, withdrawn or discontinued, by responsible unit",
    "overdue": "Open dossiers whose due date has passed, by responsible unit",
    "due_soon": "Open dossiers due today or within the days that count as soon, by responsible unit",
}


class RegisterGauges:
    """Gauges of the whole register, cached in a worker for `lifetime`: frequent scrapes cost one statement."""

    def __init__(self, lifetime: timedelta, due_soon_days: int, seconds: float = 3.0) -> None:
        self._lifetime = lifetime
        self._due_soon_days = due_soon_days
        # After so many seconds the scrape has the process's own metrics only.
        self._seconds = seconds
        self._cached: tuple[datetime, bytes] | None = None
        self._counting = asyncio.Lock()

    async def shown(self, database: Database, cache: ReferenceCache, now: datetime) -> bytes:
        """The gauges in the text format of Prometheus; `motcua_register_up` 0 alone if the register is out of reach."""
        try:
            async with asyncio.timeout(self._seconds), self._counting:
                # A clock that was set back must not lengthen the lifetime.
                if self._cached is None or not timedelta(0) <= now - self._cached[0] < self._lifetime:
                    self._cached = now, await within(self._seconds, self._read(database, cache, now))
                return self._cached[1]
        except (DatabaseUnavailable, DomainError, TimeoutError):
            return _text([_up(0)])

    async def _read(self, database: Database, cache: ReferenceCache, now: datetime) -> bytes:
        # Outside the queue of reports: one statement now and then must not time out behind many of them.
        async with database.reading(heavy=True, in_turn=False) as connection:
            return await self._counted(connection, cache, now)

    async def _counted(self, connection: Connection, cache: ReferenceCache, now: datetime) -> bytes:
        await require_schema(connection)
        reference = await cache.current(connection)
        today = local_date(now)
        names = list(_DESCRIPTIONS)
        try:
            after_soon = day_end(reference.calendar.add_working_days(today, self._due_soon_days))
        except CalendarMissing:
            # A scrape stores no calendar; the first receipt of that year does.
            after_soon = day_end(today)
            names.remove("due_soon")
        rows = await connection.all(_COUNTED, now=now, today=at_minute(today, 0), after_soon=after_soon)
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for row in rows:
            counts[row.responsible_unit_id].update({name: getattr(row, name) for name in names})
        return _text([_up(1), *_families(names, counts, reference, today), *await keeping_gauges(connection)])


def _families(
    names: Iterable[str], counts: Mapping[int, Counter[str]], reference: Reference, today: date
) -> Iterator[GaugeMetricFamily]:
    """One gauge for each name, with the units that exist today or have an open dossier."""
    units = [unit for unit in reference.units.values() if unit.id in counts or unit.valid_on(today)]
    for name in names:
        family = GaugeMetricFamily(f"motcua_{name}_dossiers", _DESCRIPTIONS[name], labels=("unit_id", "code"))
        for unit in units:
            family.add_metric((str(unit.id), unit.code), counts[unit.id][name] if unit.id in counts else 0)
        yield family


def _up(value: int) -> GaugeMetricFamily:
    return GaugeMetricFamily("motcua_register_up", "Whether the register could be read at this scrape", value=value)


class _FamilyCollector(Collector):
    """Collector of families that were made before."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


def _text(families: Iterable[GaugeMetricFamily]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_FamilyCollector(families))
    return generate_latest(registry)
