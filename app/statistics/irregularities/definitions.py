"""Which patterns are looked for, what they are counted out of, and where each of them begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Pattern(StrEnum):
    """What is looked for, in the order in which it is shown."""

    FINISHED_IN_BULK = "finished_in_bulk"
    FINISH_RECORDED_LATE = "finish_recorded_late"
    FINISHED_OUTSIDE_HOURS = "finished_outside_hours"
    FINISHED_AT_ONCE = "finished_at_once"
    RETURNED_AT_ONCE = "returned_at_once"
    NOT_RETURNED = "not_returned"
    TIME_SUSPENDED = "time_suspended"
    SUPPLEMENT_AT_THE_END = "supplement_at_the_end"
    SUPPLEMENT_AGAIN = "supplement_again"
    RESCHEDULE_RECORDED_LATE = "reschedule_recorded_late"
    LATE_CORRECTED = "late_corrected"


Measure = Literal["finishes", "results", "seconds", "supplement_requests", "reschedules", "corrections"]

# What the share of each is out of.
OUT_OF: Mapping[Pattern, Measure] = {
    Pattern.FINISHED_IN_BULK: "finishes",
    Pattern.FINISH_RECORDED_LATE: "finishes",
    Pattern.FINISHED_OUTSIDE_HOURS: "finishes",
    Pattern.FINISHED_AT_ONCE: "finishes",
    Pattern.RETURNED_AT_ONCE: "finishes",
    Pattern.NOT_RETURNED: "results",
    Pattern.TIME_SUSPENDED: "seconds",
    Pattern.SUPPLEMENT_AT_THE_END: "supplement_requests",
    Pattern.SUPPLEMENT_AGAIN: "supplement_requests",
    Pattern.RESCHEDULE_RECORDED_LATE: "reschedules",
    Pattern.LATE_CORRECTED: "corrections",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on something is counted: finishes, minutes, hours of the clock, working days."""

    bulk_finishes: int
    bulk_minutes: int
    recorded_hours: int
    unreturned_days: int
