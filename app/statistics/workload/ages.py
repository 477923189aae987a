"""Ages of open dossiers in bands of working days: the dates between the bands, computed once for one day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from app.domain.calendar import WorkingCalendar, at_minute, local_date

# The most working days of each band; the last band has no upper end.
OVERDUE_BANDS = {"up_to_2": 2, "from_3_to_5": 5, "from_6_to_10": 10, "from_11_to_20": 20}
SUSPENDED_BANDS = {"up_to_5": 5, "from_6_to_10": 10, "from_11_to_20": 20}
LAST_BAND = "over_20"

# The full working days before today in the window.
WINDOW_DAYS = 60


@dataclass(frozen=True, slots=True)
class Dates:
    """The instants between the groups of open dossiers at `now`; each but `now` begins a local day.

    A dossier is due today if it becomes overdue after `today` and up to `after_today`, and due soon up to `after_soon`
    (rules §7). It is older than a band if it was overdue by `due_since`, or suspended before `suspended_since`. It is
    idle if its last event was before `moved_since`.
    """

    now: datetime
    today: datetime
    after_today: datetime
    after_soon: datetime
    due_since: dict[str, datetime]
    suspended_since: dict[str, datetime]
    moved_since: datetime


def dates_of(calendar: WorkingCalendar, now: datetime, due_soon_days: int, idle_days: int) -> Dates:
    """The dates at an instant; raises CalendarMissing for a year without a calendar."""
    today = local_date(now)
    # worked[k] is the k-th working day back from today, with today as the first if it is one. There are at most k
    # working days in (day, today] exactly if the day is not before worked[k].
    worked = [*islice(_back(calendar, today), max(*OVERDUE_BANDS.values(), *SUSPENDED_BANDS.values(), idle_days) + 1)]
    return Dates(
        now=now,
        today=at_minute(today, 0),
        after_today=day_end(today),
        after_soon=day_end(calendar.add_working_days(today, due_soon_days)),
        due_since={band: at_minute(worked[most], 0) for band, most in OVERDUE_BANDS.items()},
        suspended_since={band: at_minute(worked[most], 0) for band, most in SUSPENDED_BANDS.items()},
        moved_since=at_minute(worked[idle_days - 1], 0),
    )


def day_end(day: date) -> datetime:
    """The first instant after a local date."""
    return at_minute(day + timedelta(days=1), 0)


def window(calendar: WorkingCalendar, today: date) -> tuple[date, date]:
    """The first of the last full working days, and yesterday; raises CalendarMissing."""
    *_, first = islice(_back(calendar, today - timedelta(days=1)), WINDOW_DAYS)
    return first, today - timedelta(days=1)


def _back(calendar: WorkingCalendar, day: date) -> Iterator[date]:
    """The working days on or before a date, the latest first."""
    following = day + timedelta(days=1)
    while True:
        following = calendar.previous_working_day(following)
        yield following
