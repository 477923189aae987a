"""Due dates of 20 working days a second: the rules, their calendar alone, and numpy's busday_offset.

Run from the checkout: `python -m benchmarks.deadlines [how many]`, 1,000,000 by default; numpy is in the extra `bench`.
"""

import json
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

import numpy as np

from app.domain.calendar import DEFAULT_SESSIONS, TZ, CalendarStatus, CalendarYear, WorkingCalendar
from app.domain.deadline import LimitUnit, TimeLimit, compute

DATA = Path(__file__).parents[1] / "app" / "loading" / "reference" / "data" / "calendar.json"
DAYS = 20
FIRST, LAST = date(2018, 1, 1), date(2026, 11, 20)


def official_years() -> list[CalendarYear]:
    """The nine official years of the shipped reference data."""
    years = json.loads(DATA.read_text(encoding="utf-8"))["years"]
    return [
        CalendarYear(
            int(number),
            frozenset(map(date.fromisoformat, year["days_off"])),
            frozenset(map(date.fromisoformat, year["working_days"])),
            CalendarStatus(year["status"]),
            year["decision"],
            int(number),
        )
        for number, year in sorted(years.items())
        if year["status"] == "official"
    ]


def receipts(how_many: int) -> list[datetime]:
    """Random receipts over the nine years, the same in every run."""
    random = Random(2021)
    start, span = datetime.combine(FIRST, datetime.min.time(), TZ), (LAST - FIRST).days * 86400
    return [start + timedelta(seconds=random.randrange(span)) for _ in range(how_many)]


def time_of(work: Callable[[], object]) -> float:
    """The seconds of the fastest of three runs."""
    seconds = []
    for _ in range(3):
        began = perf_counter()
        work()
        seconds.append(perf_counter() - began)
    return min(seconds)


def main() -> None:
    """Check that all give the same dates (without make-up Saturdays, which numpy does not know), then compare."""
    how_many = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    years = official_years()
    calendar = WorkingCalendar(years)
    limit = TimeLimit(DAYS, LimitUnit.WORKING_DAY)
    instants = receipts(how_many)
    dates = [instant.date() for instant in instants]
    array = np.array(dates, dtype="datetime64[D]")
    holidays = np.array(sorted(day for year in years for day in year.days_off), dtype="datetime64[D]")
    busdays = np.busdaycalendar(holidays=holidays)
    scalars = list(array)

    plain = WorkingCalendar([_without_make_up_days(year) for year in years])
    ours = np.array([plain.add_working_days(day, DAYS) for day in dates], dtype="datetime64[D]")
    # busday_offset counts from a business day. Day 0 of the rules may be a day off, so it rolls back first.
    assert (ours == np.busday_offset(array, DAYS, roll="backward", busdaycal=busdays)).all()

    contenders: dict[str, Callable[[], object]] = {
        "compute (due date, hour, revisions)": lambda: [
            compute(instant, limit, calendar, DEFAULT_SESSIONS) for instant in instants
        ],
        "calendar.add_working_days": lambda: [calendar.add_working_days(day, DAYS) for day in dates],
        "numpy.busday_offset, once per date": lambda: [
            np.busday_offset(day, DAYS, roll="backward", busdaycal=busdays) for day in scalars
        ],
        "numpy.busday_offset, once per array": lambda: np.busday_offset(
            array, DAYS, roll="backward", busdaycal=busdays
        ),
    }
    rates = {name: how_many / time_of(work) for name, work in contenders.items()}
    reference = rates["numpy.busday_offset, once per date"]
    print(f"{how_many:,} due dates of {DAYS} working days, best of three, Python {sys.version.split()[0]}")
    print(f"{'':38}{'a second':>14}{'ratio to per date':>20}")
    for name, rate in rates.items():
        print(f"{name:38}{rate:>14,.0f}{rate / reference:>20.2f}")


def _without_make_up_days(year: CalendarYear) -> CalendarYear:
    return CalendarYear(year.year, year.days_off, frozenset(), year.status, year.decision, year.revision)


if __name__ == "__main__":
    main()
