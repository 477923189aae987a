"""Time limits, suspensions and the deadline they give, as values (rules §4, §5)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.domain.errors import Invalid

LARGEST_AMOUNT = 366
MOST_MONTHS = 24


class LimitUnit(StrEnum):
    """In what a limit is counted (rules §4)."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    SAME_DAY = "same_day"
    WORKING_HOUR = "working_hour"


class ClockPolicy(StrEnum):
    """What a suspension does to the limit (rules §5)."""

    EXCLUDE = "exclude"
    RESTART = "restart"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A limit `{amount, unit}`: whole, 1–366 (months 1–24); null for `same_day` (rules §4).

    Anything else raises Invalid `limit_invalid`.
    """

    amount: int | None
    unit: LimitUnit

    def __post_init__(self) -> None:
        if not isinstance(self.unit, LimitUnit):
            raise Invalid("limit_invalid", f"{self.unit!r} is not a unit of time limits.")
        if self.unit is LimitUnit.SAME_DAY:
            if self.amount is not None:
                raise Invalid("limit_invalid", "A same_day limit has no amount.")
            return
        most = MOST_MONTHS if self.unit is LimitUnit.MONTH else LARGEST_AMOUNT
        if not isinstance(self.amount, int) or isinstance(self.amount, bool) or not 1 <= self.amount <= most:
            raise Invalid("limit_invalid", f"The amount of a limit in {self.unit} is a whole number from 1 to {most}.")


@dataclass(frozen=True, slots=True)
class Suspension:
    """A span that may not count against the limit; instants carry an offset, `end` is null while it is open.

    `counts` None: decide by the due date as it then stood; True or False: decided before, and kept. `policy` takes the
    place of the procedure's for this suspension: a refusal under an open one is judged under `exclude` (rules §7).
    """

    start: datetime
    end: datetime | None
    reason: str
    counts: bool | None = None
    policy: ClockPolicy | None = None


@dataclass(frozen=True, slots=True)
class AppliedSuspension:
    """What a suspension did: whether it counts, and by how much it moved the limit.

    `days_added` is in the limit's own kind of days (working days for `working_day` and `same_day`, else calendar days)
    before rolling to a working day and without the floor of rules §5; under `restart` it is the distance from the old
    end of the limit to the new one. For limits in hours it is null and `minutes_added` says it in session minutes.
    """

    start: datetime
    end: datetime | None
    reason: str
    policy: ClockPolicy
    counts: bool
    days_added: int | None
    minutes_added: int | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A due date and what it rests on.

    `due_at` is the end of the last session on `due_date`, or the exact minute for limits in hours, shown in +07:00;
    `original_due_date` is the one without suspensions and extensions; `provisional` says that a date in (receipt, due]
    lies in a year without an official calendar; `revisions` are the calendar revisions of the years of [receipt, due].
    """

    due_date: date
    due_at: datetime
    original_due_date: date
    provisional: bool
    revisions: tuple[int, ...]
    suspensions: tuple[AppliedSuspension, ...]
