"""Irregularities that the figures look for, the denominators of their shares, and their thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Irregularity(StrEnum):
    """The irregularities in the order of the answer."""

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
    VOIDED = "voided"


Denominator = Literal["finishes", "results", "seconds", "supplement_requests", "reschedules", "corrections"]

DENOMINATORS: Mapping[Irregularity, Denominator] = {
    Irregularity.FINISHED_IN_BULK: "finishes",
    Irregularity.FINISH_RECORDED_LATE: "finishes",
    Irregularity.FINISHED_OUTSIDE_HOURS: "finishes",
    Irregularity.FINISHED_AT_ONCE: "finishes",
    Irregularity.RETURNED_AT_ONCE: "finishes",
    Irregularity.NOT_RETURNED: "results",
    Irregularity.TIME_SUSPENDED: "seconds",
    Irregularity.SUPPLEMENT_AT_THE_END: "supplement_requests",
    Irregularity.SUPPLEMENT_AGAIN: "supplement_requests",
    Irregularity.RESCHEDULE_RECORDED_LATE: "reschedules",
    Irregularity.LATE_CORRECTED: "corrections",
    Irregularity.VOIDED: "corrections",
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The limits from which on events count: numbers of finishes, minutes, hours of the clock, working days."""

    bulk_finishes: int
    bulk_minutes: int
    recorded_hours: int
    unreturned_days: int
