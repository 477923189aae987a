"""Provisional calendars: years without a decision, made from the library `holidays` (rules §3)."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from importlib.metadata import version
from typing import TypeVar

from sqlalchemy import select

from app.catalogue.cache import touch
from app.catalogue.calendars import YearContent, append_revision
from app.database import Connection, Database, Prepared
from app.database.tables import calendar_revisions
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.domain.working_days import SATURDAY, CalendarMissing, CalendarStatus

T = TypeVar("T")

# The longest limit is 24 months, and the longest extension 366 days: together four calendar years at most.
YEARS_AHEAD = 4

_STORED = Prepared(select(calendar_revisions.c.year).distinct())


async def with_provisional_years(
    database: Database, now: Callable[[], datetime], attempt: Callable[[], Awaitable[T]], *, to_present: bool = True
) -> T:
    """Runs `attempt`; if it misses the calendar of a year, stores a provisional one and runs it again.

    A year is stored in a transaction of its own, after the attempt's transaction was undone. `to_present`: a past year
    is stored with all years up to this one, since an open dossier is compared with today. Raises Invalid
    `calendar_unknown` for a year that the library does not cover.
    """
    stored: set[int] = set()
    while True:
        try:
            return await attempt()
        except CalendarMissing as missing:
            if missing.year in stored:
                raise
            present = local_date(now()).year
            years = years_to_present(missing.year, present) if to_present else [missing.year]
            async with database.writing() as connection:
                await provide_years(connection, years, now())
            stored.add(missing.year)


def near_years(stored: Iterable[int], today: date) -> range:
    """The years that computations of today may need, from the last stored one on or from last year."""
    last_stored = max((year for year in stored if year < today.year), default=today.year - 1)
    return range(min(last_stored, today.year - 1), today.year + YEARS_AHEAD + 1)


def years_to_present(year: int, present: int) -> range:
    """The year and all later ones up to the present one; a future year alone."""
    return range(year, max(year, present) + 1)


async def stored_years(connection: Connection) -> set[int]:
    """The years that have a calendar."""
    return {row.year for row in await connection.all(_STORED)}


async def provide_years(connection: Connection, years: Iterable[int], now: datetime) -> None:
    """Stores a provisional calendar for each of the years that has none, in the caller's transaction (rules §3).

    Raises Invalid `calendar_unknown` for a year that the library does not cover.
    """
    missing = set(years) - await stored_years(connection)
    if not missing:
        return
    contents = [provisional_year(year) for year in sorted(missing)]
    await touch(connection)
    # Another process may have stored some of them while this one waited.
    stored = await stored_years(connection)
    for content in contents:
        if content.year not in stored:
            await append_revision(connection, content, now)


def provisional_year(year: int) -> YearContent:
    """The days off and make-up days of a year as the library has them; raises Invalid `calendar_unknown`."""
    # The import takes 0.2 s and much memory, and is needed once a year.
    import holidays  # noqa: PLC0415

    named_days = holidays.country_holidays("VN", years=year, language="vi")
    # The library gives no days for a year that it does not cover. That is no year without holidays.
    if not any(day.year == year for day in named_days):
        raise Invalid("calendar_unknown", f"No working calendar is known for the year {year}.", year=year)
    days_off = {day: name for day, name in named_days.items() if day.year == year and day.weekday() < SATURDAY}
    worked = {day: "Làm bù" for day in named_days.weekend_workdays if day.year == year}
    return YearContent(
        year=year,
        status=CalendarStatus.PROVISIONAL,
        decision=None,
        days_off=frozenset(days_off),
        working_days=frozenset(worked),
        names=dict(sorted({**days_off, **worked}.items())),
        source=f"holidays {version('holidays')}",
    )
