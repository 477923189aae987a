"""How long finished dossiers took, in working days, and how long their limits were."""

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

# Any minute will do: limits in days do not look at the hour.
_NOON = 12 * 60


class Taken(NamedTuple):
    """What a dossier took, in working days; dossiers that took the same are counted together.

    `length` is its limit in working days, None where it is told in hours or is the day itself (`limit_unit`).
    """

    gross: int
    net: int
    length: int | None
    limit_unit: str
    suspended: bool


class Measure:
    """Measures dossiers by one calendar. Where a year is needed that it does not have, CalendarMissing names it."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self._calendar = calendar
        self._days: dict[tuple[date, date], int] = {}
        self._lengths: dict[tuple[date, int | None, str, int], int | None] = {}

    def taken(self, rows: Iterable[Row]) -> dict[int | str, Counter[Taken]]:
        """What the dossiers of each key took, from what `queries.finished` counted."""
        found: dict[int | str, Counter[Taken]] = defaultdict(Counter)
        for key, received, finished, amount, unit, rest, dossiers in rows:
            gross = self.days(received, finished)
            waited, extension, suspended = self._special(rest) if rest else (0, 0, False)
            length = self.length(received, amount, unit, extension)
            found[key][Taken(gross, gross - waited, length, unit, suspended)] += dossiers
        return found

    def _special(self, rest: str) -> tuple[int, int, bool]:
        """The working days that a dossier waited, the days its limit was extended by, and whether it ever waited."""
        kept = json.loads(rest)
        waits = [wait_of(one) for one in kept.get("waits", ())]
        # Rules §5: the days after it began, up to the one on which it ended, whatever the policy makes of them.
        waited = sum(self.days(local_date(one.start), local_date(one.end)) for one in waits if one.end)
        return waited, kept.get("extension_days", 0), bool(waits)

    def days(self, after: date, until: date) -> int:
        """The working days in (after, until]."""
        dates = after, until
        found = self._days.get(dates)
        if found is None:
            found = self._days[dates] = self._calendar.working_days_between(after, until)
        return found

    def length(self, received: date, amount: int | None, unit: str, extension: int) -> int | None:
        """A limit with its extension in working days; None for one in hours or of the same day.

        One in calendar days or months is as long as there are working days until the due date it gives (rules §4).
        """
        key = received, amount, unit, extension
        if key not in self._lengths:
            self._lengths[key] = self._length(received, TimeLimit(amount, LimitUnit(unit)), extension)
        return self._lengths[key]

    def _length(self, received: date, limit: TimeLimit, extension: int) -> int | None:
        if limit.unit is LimitUnit.WORKING_DAY:
            return (limit.amount or 0) + extension
        if limit.unit not in (LimitUnit.CALENDAR_DAY, LimitUnit.MONTH):
            return None
        at = at_minute(received, _NOON)
        due = compute(at, limit, self._calendar, DEFAULT_SESSIONS, extension_days=extension)
        return self.days(received, due.due_date)
