"""Durations of finished dossiers in working days, and the lengths of their limits."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from app.database import Row
from app.domain.calendar import DEFAULT_SESSIONS, WorkingCalendar
from app.domain.deadline import LimitUnit, TimeLimit, compute
from app.domain.localtime import at_minute, local_date
from app.dossiers.details import wait_of

# Limits in days do not depend on the minute of the receipt.
_NOON = 12 * 60


class Duration(NamedTuple):
    """The time of a dossier in working days; dossiers with equal durations are counted together.

    `length` is the limit in working days, None for a limit in hours or of the same day (`limit_unit`).
    """

    gross: int
    net: int
    length: int | None
    limit_unit: str
    suspended: bool


class DurationMeter:
    """Measures dossiers by one calendar; raises CalendarMissing for a year that the calendar lacks."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self._calendar = calendar
        self._days: dict[tuple[date, date], int] = {}
        self._lengths: dict[tuple[date, int | None, str, int], int | None] = {}

    def durations(self, rows: Iterable[Row]) -> dict[int | str, Counter[Duration]]:
        """The durations by key, from the rows of `queries.finished`."""
        by_key: dict[int | str, Counter[Duration]] = defaultdict(Counter)
        for key, received, finished, amount, unit, rest, dossiers in rows:
            gross = self.days(received, finished)
            waited, added, suspended = self._special(rest) if rest else (0, 0, False)
            length = self.length(received, amount, unit, added)
            by_key[key][Duration(gross, gross - waited, length, unit, suspended)] += dossiers
        return by_key

    def _special(self, rest: str) -> tuple[int, int, bool]:
        """The working days of all waits, the days added to the limit, and true if the dossier ever waited."""
        details = json.loads(rest)
        waits = [wait_of(data) for data in details.get("waits", ())]
        # Rules §5: the days after a wait began, up to the day on which it ended, under every policy.
        waited = sum(self.days(local_date(wait.start), local_date(wait.end)) for wait in waits if wait.end)
        return waited, details.get("extension_days", 0) + details.get("condition_days", 0), bool(waits)

    def days(self, after: date, until: date) -> int:
        """The working days in (after, until]."""
        dates = after, until
        days = self._days.get(dates)
        if days is None:
            days = self._days[dates] = self._calendar.working_days_between(after, until)
        return days

    def length(self, received: date, amount: int | None, unit: str, added: int) -> int | None:
        """A limit with the days added to it in working days; None for a limit in hours or of the same day.

        A limit in calendar days or months has the working days up to the due date that it gives (rules §4).
        """
        key = received, amount, unit, added
        if key not in self._lengths:
            self._lengths[key] = self._length(received, TimeLimit(amount, LimitUnit(unit)), added)
        return self._lengths[key]

    def _length(self, received: date, limit: TimeLimit, added: int) -> int | None:
        if limit.unit is LimitUnit.WORKING_DAY:
            return (limit.amount or 0) + added
        if limit.unit not in (LimitUnit.CALENDAR_DAY, LimitUnit.MONTH):
            return None
        at = at_minute(received, _NOON)
        due = compute(at, limit, self._calendar, DEFAULT_SESSIONS, extension_days=added)
        return self.days(received, due.due_date)
