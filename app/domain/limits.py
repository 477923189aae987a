"""Time limits, suspensions and deadlines as values (rules §4, §5)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.domain.errors import Invalid

LARGEST_AMOUNT = 366
MOST_MONTHS = 24


class LimitUnit(StrEnum):
    """The unit of a limit (rules §4)."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    SAME_DAY = "same_day"
    WORKING_HOUR = "working_hour"


class ClockPolicy(StrEnum):
    """The effect of suspensions on the limit (rules §5)."""

    EXCLUDE = "exclude"
    RESTART = "restart"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A limit `{amount, unit}` (rules §4): the amount is 1 to 366, for months 1 to 24, and null for `same_day`.

    Other values raise Invalid `limit_invalid`.
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
class CutOff:
    """A time of day after which the next working day is day 0 (rules §4).

    Either `minute` of the day, or `before_closing` minutes before the end of the day's last session. A receipt at
    exactly that minute is in time. Other values raise Invalid `cut_off_invalid`.
    """

    minute: int | None = None
    before_closing: int | None = None

    def __post_init__(self) -> None:
        given = [value for value in (self.minute, self.before_closing) if value is not None]
        if len(given) != 1 or not 0 <= given[0] < 24 * 60:
            raise Invalid("cut_off_invalid", "A cut-off is a time of day, or minutes before closing.")


@dataclass(frozen=True, slots=True)
class Suspension:
    """A span that may be outside the limit (rules §5); instants have an offset, `end` is None while it is open.

    `counts` None: the due date of that moment decides. True or False: decided before. `policy` replaces the policy of
    the procedure for this suspension, as for a refusal during a suspension (rules §7).
    """

    start: datetime
    end: datetime | None
    reason: str
    counts: bool | None = None
    policy: ClockPolicy | None = None


@dataclass(frozen=True, slots=True)
class AppliedSuspension:
    """The effect of a suspension: `counts`, and the distance of the move of the limit (rules §5).

    `days_added` are working days for `working_day` and `same_day`, otherwise calendar days. They are counted before the
    move to a working day and without the earliest due date of rules §5. Under `restart` they are the distance from the
    old end of the limit to the new one. For limits in hours they are None, and `minutes_added` are session minutes.
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
    """A due date and its basis (rules §3 to §5).

    `due_at`: the end of the last session on `due_date`, for hours the exact minute, with offset +07:00.
    `original_due_date`: the due date without suspensions and extensions. `provisional`: a date in (receipt, due] is in
    a year without an official calendar. `revisions`: the calendar revisions of all years of [receipt, due].
    """

    due_date: date
    due_at: datetime
    original_due_date: date
    provisional: bool
    revisions: tuple[int, ...]
    suspensions: tuple[AppliedSuspension, ...]
