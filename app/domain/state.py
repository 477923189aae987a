"""A dossier's state: its statuses, stages, clock, suspensions and hand-offs (rules §8, §9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from app.domain.deadline import ClockPolicy, LimitUnit, TimeLimit
from app.domain.money import NO_MONEY, Money
from app.domain.regimes import FIRST, Regime
from app.domain.verdict import Verdict


class Status(StrEnum):
    """The status of a dossier (rules §8); `NATIONAL_STATUS` has the numbers of the national portal."""

    SUBMITTED = "submitted"
    RECEIVED = "received"
    DECLINED = "declined"
    PROCESSING = "processing"
    AWAITING_SUPPLEMENT = "awaiting_supplement"
    AWAITING_PAYMENT = "awaiting_payment"
    WITHDRAWN = "withdrawn"
    DISCONTINUED = "discontinued"
    FINISHED = "finished"
    RETURNED = "returned"
    ANNULLED = "annulled"


# The national portal has no number for a dossier that was entered by mistake.
NATIONAL_STATUS: Mapping[Status, int] = {
    status: number for number, status in enumerate(Status, start=1) if status is not Status.ANNULLED
}

OPEN = frozenset({Status.RECEIVED, Status.PROCESSING, Status.AWAITING_SUPPLEMENT, Status.AWAITING_PAYMENT})
PAYABLE = OPEN | {Status.SUBMITTED, Status.FINISHED, Status.RETURNED}
CLOSED = frozenset({Status.DECLINED, Status.WITHDRAWN, Status.DISCONTINUED, Status.RETURNED, Status.ANNULLED})


class Stage(StrEnum):
    """The three stages of a dossier; a closed dossier keeps its last (rules §8)."""

    RECEIVE = "receive"
    PROCESS = "process"
    RETURN = "return"


class Clock(StrEnum):
    """The state of the time limit (rules §8)."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDED = "ended"


class SuspensionReason(StrEnum):
    """The reason of a suspension (rules §5)."""

    SUPPLEMENT = "supplement"
    PAYMENT = "payment"
    VERIFICATION = "verification"
    OUTAGE = "outage"


class LateCause(StrEnum):
    """The cause of a result after the due date (rules §7)."""

    STAFF = "staff"
    MANY_DOSSIERS = "many_dossiers"
    COOPERATION = "cooperation"
    VERIFICATION = "verification"
    COMPLEX = "complex"
    UNCLEAR_LAW = "unclear_law"
    SYSTEM = "system"
    APPLICANT = "applicant"
    DISASTER = "disaster"
    OTHER = "other"


class Flag(StrEnum):
    """A mark that the journal leaves on a dossier (rules §8)."""

    BACKDATED = "backdated"
    IMPORTED = "imported"
    CORRECTED = "corrected"
    UNDONE = "undone"
    LATE_APOLOGY = "late_apology"
    REPEATED_SUPPLEMENT = "repeated_supplement"
    LATE_REQUEST = "late_request"
    LATE_HAND_ON = "late_hand_on"
    HOUR_ASSUMED = "hour_assumed"
    OLD_REGISTER = "old_register"
    ZEROS_RESTORED = "zeros_restored"


class HandOffState(StrEnum):
    """The state of a hand-off (rules §9)."""

    GIVEN = "given"
    TAKEN = "taken"
    DONE = "done"
    NOT_TAKEN = "not_taken"


def limit_from(data: Mapping[str, Any]) -> TimeLimit:
    """The time limit of stored data `{amount, unit}` (rules §4)."""
    amount, unit = data["amount"], data["unit"]
    if isinstance(amount, int | None) and isinstance(unit, str):
        return _limit(amount, unit)
    return TimeLimit(amount, LimitUnit(unit))


@lru_cache(maxsize=1024, typed=True)
def _limit(amount: int | None, unit: str) -> TimeLimit:
    """One record per limit, as there are few limits and many entries that name them."""
    return TimeLimit(amount, LimitUnit(unit))


def limit_data(limit: TimeLimit) -> dict[str, Any]:
    """The time limit as `{amount, unit}`, in journals and answers (rules §4)."""
    return {"amount": limit.amount, "unit": limit.unit.value}


@dataclass(frozen=True, slots=True)
class Wait:
    """One suspension of a dossier; `counts` is decided when it begins and stays (rules §5)."""

    reason: SuspensionReason
    start: datetime
    counts: bool
    policy: ClockPolicy
    status_before: Status
    end: datetime | None = None
    # The time by which the applicant has to answer, if the procedure names one.
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class HandOff:
    """One hand-off of a dossier to a unit, and the step of the route there (rules §9)."""

    number: int
    step: str | None
    from_unit: int | None
    to_unit: int
    given_at: datetime
    taken_at: datetime | None
    state: HandOffState
    limit: TimeLimit | None = None
    due_date: date | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    verdict: Verdict | None = None


def current_hand_off(hand_offs: Sequence[HandOff]) -> HandOff | None:
    """The present hand-off: given or taken, not done (rules §9)."""
    for hand_off in reversed(hand_offs):
        if hand_off.state is HandOffState.TAKEN or hand_off.state is HandOffState.GIVEN:
            return hand_off
    return None


@dataclass(frozen=True, slots=True)
class PendingCorrection:
    """A correction without a decision: its entry, the entry to correct, its client and its time (rules §8)."""

    sequence: int
    entry: int
    client: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DossierState:
    """The state of a dossier: the replay of its journal (rules §13); units are ids."""

    status: Status
    stage: Stage
    receiving_unit: int
    responsible_unit: int
    holder_unit: int
    counter_unit: int
    channel: str
    last_occurred_at: datetime
    submitted_at: datetime | None = None
    received_at: datetime | None = None
    procedure_version: int | None = None
    limit: TimeLimit | None = None
    policy: ClockPolicy = ClockPolicy.EXCLUDE
    original_due_date: date | None = None
    due_date: date | None = None
    due_at: datetime | None = None
    provisional: bool = False
    extension_days: int = 0
    regime: Regime = FIRST
    another_area: bool = False
    clock_started_at: datetime | None = None
    conditions: tuple[str, ...] = ()
    condition_days: int = 0
    supplement_requests: int = 0
    # True once papers were asked for, also while the dossier is only submitted; watched by some regimes.
    papers_asked: bool = False
    waits: tuple[Wait, ...] = ()
    hand_offs: tuple[HandOff, ...] = ()
    promised_date: date | None = None
    apology_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: str | None = None
    verdict: Verdict | None = None
    late_cause: str | None = None
    returned_at: datetime | None = None
    closed_at: datetime | None = None
    corrections: tuple[PendingCorrection, ...] = ()
    money: Money = NO_MONEY
    flags: frozenset[str] = frozenset()
    version: int = 1

    @property
    def open(self) -> bool:
        """Received and not finished, withdrawn or discontinued (rules §8)."""
        return self.status in OPEN

    @property
    def closed(self) -> bool:
        """Declined, withdrawn, discontinued, returned or annulled: corrections and money remain (rules §8)."""
        return self.status in CLOSED

    @property
    def open_wait(self) -> Wait | None:
        """The suspension that is open now (rules §5)."""
        last = self.waits[-1] if self.waits else None
        return last if last and last.end is None and self.open else None

    @property
    def protected(self) -> bool:
        """A counting suspension is open: the dossier cannot newly become overdue (rules §5)."""
        wait = self.open_wait
        return wait is not None and wait.counts

    @property
    def awaits_agency(self) -> bool:
        """Received for another area, and not yet with the competent agency: no clock runs (rules §15, rule 15.4)."""
        return self.another_area and self.clock_started_at is None

    @property
    def outstanding(self) -> int:
        """Money that is due and not paid, in đồng; 0 once the dossier ended without a result (rules §19)."""
        return self.money.outstanding if self.status in PAYABLE else 0

    @property
    def added_days(self) -> int:
        """Days that extensions and conditions have added to the limit, in its own unit (rules §4, §5)."""
        return self.extension_days + self.condition_days

    @property
    def counted_from(self) -> datetime | None:
        """The instant from which the limit is counted; before the agency has the dossier, its receipt (rules §15)."""
        return self.clock_started_at or self.received_at

    @property
    def clock(self) -> Clock:
        """The clock; under policy `run` a suspension is only recorded and the clock runs (rules §5, §8)."""
        if self.status in (Status.SUBMITTED, Status.DECLINED) or self.received_at is None:
            return Clock.ENDED if self.status is Status.WITHDRAWN else Clock.NOT_STARTED
        if not self.open:
            return Clock.ENDED
        if self.awaits_agency:
            return Clock.NOT_STARTED
        waiting = self.open_wait
        return Clock.SUSPENDED if waiting and waiting.policy is not ClockPolicy.RUN else Clock.RUNNING

    @property
    def current(self) -> HandOff | None:
        """The present hand-off: given or taken, not done (rules §9)."""
        return current_hand_off(self.hand_offs)

    @property
    def pending(self) -> HandOff | None:
        """The hand-off that was given and is not yet taken (rules §9)."""
        current = self.current
        return current if current and current.state is HandOffState.GIVEN else None
