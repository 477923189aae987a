"""The working calendar in days: counts and finds working days in constant or logarithmic time (rules §3)."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, timedelta
from enum import StrEnum
from itertools import accumulate

from app.domain.errors import Invalid
from app.domain.localtime import out_of_range

SATURDAY = 5
MONDAY = 0


class CalendarStatus(StrEnum):
    """The status of a year: official after the Prime Minister's decision, provisional before (rules §3)."""

    OFFICIAL = "official"
    PROVISIONAL = "provisional"


class CalendarMissing(Invalid):
    """A computation needs a year without a calendar; a year without holidays is never assumed (rules §3)."""

    def __init__(self, year: int) -> None:
        super().__init__("calendar_missing", f"There is no working calendar for the year {year}.", year=year)
        self.year = year


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One revision of one year's calendar (rules §3); `names` has the holiday or the make-up reason of a date.

    Raises Invalid `calendar_invalid` for a date in both lists, a date of another year, and a make-up day that is no
    weekend date.
    """

    year: int
    days_off: frozenset[date]
    working_days: frozenset[date]
    status: CalendarStatus
    decision: str | None
    revision: int
    names: Mapping[date, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not MINYEAR <= self.year <= MAXYEAR:
            raise Invalid("calendar_invalid", f"{self.year} is not a year.", pointer="/year")
        for listed, pointer in ((self.days_off, "/days_off"), (self.working_days, "/working_days")):
            for day in sorted(listed):
                if day.year != self.year:
                    raise Invalid("calendar_invalid", f"{day} is not in {self.year}.", pointer=pointer)
        for day in sorted(self.working_days):
            if day in self.days_off:
                raise Invalid("calendar_invalid", f"{day} is in both lists.", pointer="/working_days")
            if day.weekday() < SATURDAY:
                raise Invalid("calendar_invalid", f"{day} is not a weekend date.", pointer="/working_days")

    def is_working_day(self, day: date) -> bool:
        """True from Monday to Friday unless it is a day off, and on make-up days (rules §3)."""
        return day in self.working_days if day.weekday() >= SATURDAY else day not in self.days_off


class _Run:
    """A series of years without a gap, counted once."""

    __slots__ = ("before", "first", "totals", "weights", "working", "years")

    def __init__(self, years: list[CalendarYear]) -> None:
        self.years = years
        self.first = date(years[0].year, 1, 1).toordinal()
        last = date(years[-1].year, 12, 31).toordinal()
        days = [date.fromordinal(ordinal) for ordinal in range(self.first, last + 1)]
        by_number = {year.year: year for year in years}
        worked = [by_number[day.year].is_working_day(day) for day in days]
        self.working = [day for day, is_worked in zip(days, worked, strict=True) if is_worked]
        # before[i]: the number of working days among the first i dates.
        self.before = list(accumulate(worked, initial=0))
        # weights[i]: the weekday with the sessions of the i-th date. A make-up day has Monday, a day off None.
        self.weights = [
            (day.weekday() if day.weekday() < SATURDAY else MONDAY) if is_worked else None
            for day, is_worked in zip(days, worked, strict=True)
        ]
        self.totals: dict[tuple[int, ...], list[int]] = {}

    def totals_of(self, weights: tuple[int, ...]) -> list[int]:
        """Running totals of a weight per weekday over the working days; computed once per pattern."""
        totals = self.totals.get(weights)
        if totals is None:
            amounts = (0 if weekday is None else weights[weekday] for weekday in self.weights)
            totals = self.totals[weights] = list(accumulate(amounts, initial=0))
        return totals

    def year_after(self) -> Invalid:
        year = self.years[-1].year + 1
        return CalendarMissing(year) if year <= MAXYEAR else out_of_range()

    def year_before(self) -> Invalid:
        year = self.years[0].year - 1
        return CalendarMissing(year) if year >= MINYEAR else out_of_range()


class WorkingCalendar:
    """The working days of some years, immutable; every method takes O(1) or O(log n).

    All methods raise CalendarMissing for a year without a calendar. Of a year given twice the last one counts.
    """

    __slots__ = ("_runs", "_years")

    def __init__(self, years: Iterable[CalendarYear]) -> None:
        self._years = {year.year: year for year in years}
        self._runs: dict[int, _Run] = {}
        series: list[CalendarYear] = []
        for number in sorted(self._years):
            series.append(self._years[number])
            if number + 1 not in self._years:
                run = _Run(series)
                self._runs.update((year.year, run) for year in series)
                series = []

    def with_years(self, extra: Iterable[CalendarYear]) -> "WorkingCalendar":
        """A new calendar with these years added or replaced."""
        return WorkingCalendar([*self._years.values(), *extra])

    def year(self, number: int) -> CalendarYear:
        """The calendar of one year; raises CalendarMissing."""
        try:
            return self._years[number]
        except KeyError:
            raise CalendarMissing(number) from None

    def years_in(self, first: date, last: date) -> tuple[CalendarYear, ...]:
        """The years with a date in [first, last], in order; none if `last` is earlier."""
        return tuple(self.year(number) for number in range(first.year, last.year + 1)) if first <= last else ()

    def is_provisional(self, after: date, until: date) -> bool:
        """True if a date of (after, until] is in a provisional year (rules §3)."""
        if until <= after:
            return False
        return any(year.status is CalendarStatus.PROVISIONAL for year in self.years_in(after + timedelta(1), until))

    def is_working_day(self, day: date) -> bool:
        """True if the date is a working day (rules §3)."""
        return self.year(day.year).is_working_day(day)

    def next_working_day(self, day: date) -> date:
        """The first working day on or after `day`."""
        run = self._run(day)
        position = run.before[day.toordinal() - run.first]
        if position >= len(run.working):
            raise run.year_after()
        return run.working[position]

    def previous_working_day(self, day: date) -> date:
        """The last working day before `day`."""
        run = self._run(day)
        position = run.before[day.toordinal() - run.first] - 1
        if position < 0:
            raise run.year_before()
        return run.working[position]

    def add_working_days(self, day: date, number: int) -> date:
        """The `number`-th working day after `day`, which is day 0 also if it is a day off (rules §4).

        0 gives `day` itself; a negative number raises Invalid `amount_negative`.
        """
        if number <= 0:
            if number < 0:
                raise Invalid("amount_negative", "Working days can only be added.")
            return day
        run = self._run(day)
        position = run.before[day.toordinal() - run.first + 1] + number - 1
        if position >= len(run.working):
            raise run.year_after()
        return run.working[position]

    def working_days_between(self, after: date, until: date) -> int:
        """The number of working days in (after, until]; minus those in (until, after] if `until` is earlier."""
        run = self._shared_run(after, until)
        return run.before[until.toordinal() - run.first + 1] - run.before[after.toordinal() - run.first + 1]

    def total_between(self, first: date, until: date, weights: tuple[int, ...]) -> int:
        """The sum of `weights[weekday]` over the working days of [first, until); a make-up day counts as a Monday.

        If `until` is earlier, minus the sum over [until, first).
        """
        run = self._shared_run(first, until)
        totals = run.totals_of(weights)
        return totals[until.toordinal() - run.first] - totals[first.toordinal() - run.first]

    def day_reaching(self, first: date, target: int, weights: tuple[int, ...]) -> tuple[date, int]:
        """The date on which the sum of weights from the start of `first` reaches `target` (> 0).

        Also returns the sum over [first, that date).
        """
        run = self._run(first)
        totals = run.totals_of(weights)
        index = first.toordinal() - run.first
        goal = totals[index] + target
        reached = bisect_left(totals, goal, index) - 1
        if reached + 1 >= len(totals):
            raise run.year_after()
        return date.fromordinal(run.first + reached), totals[reached] - totals[index]

    def _run(self, day: date) -> _Run:
        try:
            return self._runs[day.year]
        except KeyError:
            raise CalendarMissing(day.year) from None

    def _shared_run(self, first: date, second: date) -> _Run:
        run = self._run(first)
        if self._runs.get(second.year) is not run:
            step = 1 if second.year > first.year else -1
            raise CalendarMissing(next(n for n in range(first.year, second.year + step, step) if n not in self._runs))
        return run
