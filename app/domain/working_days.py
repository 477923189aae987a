"""The working calendar in days: which dates are worked, and counting them without walking (rules §3)."""

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
    """Whether the Prime Minister's decision on a year's days off is in (rules §3)."""

    OFFICIAL = "official"
    PROVISIONAL = "provisional"


class CalendarMissing(Invalid):
    """A computation touched a year of which no calendar is known; never is "no holidays" assumed (rules §3)."""

    def __init__(self, year: int) -> None:
        super().__init__("calendar_missing", f"There is no working calendar for the year {year}.", year=year)
        self.year = year


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One revision of one year's calendar (rules §3); `names` says, per date, which holiday or swap it is.

    Raises Invalid `calendar_invalid` for a date in both lists, of another year, or a worked date that is no weekend.
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
        """Monday to Friday and not off, or a weekend date that is worked (rules §3)."""
        return day in self.working_days if day.weekday() >= SATURDAY else day not in self.days_off


class _Run:
    """An unbroken stretch of calendar years, counted once."""

    __slots__ = ("before", "first", "totals", "weights", "working", "years")

    def __init__(self, years: list[CalendarYear]) -> None:
        self.years = years
        self.first = date(years[0].year, 1, 1).toordinal()
        last = date(years[-1].year, 12, 31).toordinal()
        days = [date.fromordinal(ordinal) for ordinal in range(self.first, last + 1)]
        by_number = {year.year: year for year in years}
        worked = [by_number[day.year].is_working_day(day) for day in days]
        self.working = [day for day, is_worked in zip(days, worked, strict=True) if is_worked]
        # before[i]: how many of the first i dates are worked.
        self.before = list(accumulate(worked, initial=0))
        # weights[i]: the weekday whose opening hours the i-th date has; a make-up day has Monday's, None is not worked.
        self.weights = [
            (day.weekday() if day.weekday() < SATURDAY else MONDAY) if is_worked else None
            for day, is_worked in zip(days, worked, strict=True)
        ]
        self.totals: dict[tuple[int, ...], list[int]] = {}

    def totals_of(self, weights: tuple[int, ...]) -> list[int]:
        """Running totals of a weight per weekday over the worked dates; made once per pattern."""
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
    """The working days of some years, immutable; every question is answered in O(1) or O(log n).

    Where a year is needed that the calendar does not have, CalendarMissing names it. Of a year given twice the last
    one holds.
    """

    __slots__ = ("_runs", "_years")

    def __init__(self, years: Iterable[CalendarYear]) -> None:
        self._years = {year.year: year for year in years}
        self._runs: dict[int, _Run] = {}
        stretch: list[CalendarYear] = []
        for number in sorted(self._years):
            stretch.append(self._years[number])
            if number + 1 not in self._years:
                run = _Run(stretch)
                self._runs.update((year.year, run) for year in stretch)
                stretch = []

    def with_years(self, extra: Iterable[CalendarYear]) -> "WorkingCalendar":
        """A new calendar in which these years are added, or take the place of those there were."""
        return WorkingCalendar([*self._years.values(), *extra])

    def year(self, number: int) -> CalendarYear:
        """The calendar of one year, or CalendarMissing."""
        try:
            return self._years[number]
        except KeyError:
            raise CalendarMissing(number) from None

    def years_in(self, first: date, last: date) -> tuple[CalendarYear, ...]:
        """The years with a date in [first, last], in order; none where `last` is the earlier."""
        return tuple(self.year(number) for number in range(first.year, last.year + 1)) if first <= last else ()

    def is_provisional(self, after: date, until: date) -> bool:
        """Whether any date of (after, until] is in a year that still waits for its decision (rules §3)."""
        if until <= after:
            return False
        return any(year.status is CalendarStatus.PROVISIONAL for year in self.years_in(after + timedelta(1), until))

    def is_working_day(self, day: date) -> bool:
        """Whether public servants work on this date (rules §3)."""
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
        """The `number`-th working day after `day`, which is day 0 also when it is a day off (rules §4).

        0 gives `day` itself; a negative number is refused with Invalid `amount_negative`.
        """
        if number <= 0:
            if number < 0:
                raise Invalid("amount_negative", "Working days are added, never taken away.")
            return day
        run = self._run(day)
        position = run.before[day.toordinal() - run.first + 1] + number - 1
        if position >= len(run.working):
            raise run.year_after()
        return run.working[position]

    def working_days_between(self, after: date, until: date) -> int:
        """The number of working days in (after, until]; where `until` is earlier, minus those in (until, after]."""
        run = self._shared_run(after, until)
        return run.before[until.toordinal() - run.first + 1] - run.before[after.toordinal() - run.first + 1]

    def total_between(self, first: date, until: date, weights: tuple[int, ...]) -> int:
        """The sum of `weights[weekday]` over the working days of [first, until); a make-up day weighs as a Monday.

        Where `until` is earlier, minus the sum over [until, first).
        """
        run = self._shared_run(first, until)
        totals = run.totals_of(weights)
        return totals[until.toordinal() - run.first] - totals[first.toordinal() - run.first]

    def day_reaching(self, first: date, target: int, weights: tuple[int, ...]) -> tuple[date, int]:
        """The date on which the sum of weights, counted from the start of `first`, reaches `target` (> 0).

        Beside it the sum over [first, that date).
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

    def _shared_run(self, one: date, other: date) -> _Run:
        run = self._run(one)
        if self._runs.get(other.year) is not run:
            step = 1 if other.year > one.year else -1
            raise CalendarMissing(next(n for n in range(one.year, other.year + step, step) if n not in self._runs))
        return run
