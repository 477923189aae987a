"""The official calendars for the tests, as domain objects and as sets of dates."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from app.domain.calendar import CalendarStatus, CalendarYear, WorkingCalendar

DATA = Path(__file__).parents[2] / "app" / "loading" / "reference" / "data" / "calendar.json"
SHIPPED = json.loads(DATA.read_text(encoding="utf-8"))["years"]
YEARS = {number: year for number, year in SHIPPED.items() if year["status"] == "official"}
DAYS_OFF = frozenset(date.fromisoformat(day) for year in YEARS.values() for day in year["days_off"])
MAKE_UP_DAYS = frozenset(date.fromisoformat(day) for year in YEARS.values() for day in year["working_days"])


def calendar_year(
    number: int,
    *,
    status: CalendarStatus | None = None,
    without: Iterable[date] = (),
) -> CalendarYear:
    """A shipped year with the revision 10 × its number. `without` removes dates from both of its lists."""
    year, removed = SHIPPED[str(number)], frozenset(without)
    return CalendarYear(
        year=number,
        days_off=frozenset(date.fromisoformat(day) for day in year["days_off"]) - removed,
        working_days=frozenset(date.fromisoformat(day) for day in year["working_days"]) - removed,
        status=status or CalendarStatus(year["status"]),
        decision=year["decision"],
        revision=number * 10,
        names={date.fromisoformat(day): name for day, name in year["names"].items()},
    )


def bare_year(number: int, status: CalendarStatus = CalendarStatus.PROVISIONAL) -> CalendarYear:
    """A year with 1 January as its only day off, for years without an official calendar."""
    return CalendarYear(number, frozenset({date(number, 1, 1)}), frozenset(), status, None, number * 10)


OFFICIAL = WorkingCalendar(calendar_year(int(number)) for number in YEARS)
