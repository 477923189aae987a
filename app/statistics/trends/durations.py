"""Durations of finished dossiers in working days, and the lengths of their limits."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from app.database import Row
from app.domain.calendar import DEFAULT_SESSIONS, WorkingCalendar
from app.domain.deadline import LimitUnit, TimeLimit, compute
from app.domain.due_dates import suspensions
from app.domain.localtime import at_minute, local_date
from app.dossiers.details import instant_of, wait_of

# Limits in days do not depend on the minute of the receipt.
_NOON = 12 * 60


class Duration(NamedTuple):
    """The time of a dossier in working days; dossiers with equal durations are counted together.

    `gross` is from the receipt, `net` from the start of the clock and without suspensions (rules §11).
    `length` is the limit in working days, None for a limit in hours or of the same day (`limit_unit`).
    """

    gross: int
    net: int
    length: int | None
    limit_unit: str
    suspended: bool


class _Special(NamedTuple):
    """The date on which the clock started, the working days of all waits after it, and the days added to the limit."""

    started: date
    waited: int
    added: int
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
            special = self._special(rest, received, finished) if rest else _Special(received, 0, 0, False)
            net = self.days(special.started, finished) - special.waited
            length = self.length(special.started, amount, unit, special.added)
            by_key[key][Duration(gross, net, length, unit, special.suspended)] += dossiers
        return by_key

    def _special(self, rest: str, received: date, finished: date) -> "_Special":
        details = json.loads(rest)
        since = instant_of(details.get("clock_started_at")) or at_minute(received, 0)
        waits = [wait_of(data) for data in details.get("waits", ())]
        # Rules §5: the days after a wait began, up to the day on which it ended, under every policy.
        waited = sum(
            self.days(local_date(span.start), local_date(span.end)) for span in suspensions(waits, since) if span.end
        )
        # A dossier may be finished before the session with which its clock would have started.
        started = min(local_date(since), finished)
        added = details.get("extension_days", 0) + details.get("condition_days", 0)
        return _Special(started, waited, added, bool(waits))

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
