"""A dossier's state: its statuses, stages, clock, suspensions and hand-offs (rules §8, §9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from app.domain.deadline import ClockPolicy, LimitUnit, TimeLimit
from app.domain.verdict import Verdict


class Status(StrEnum):
    """Where a dossier stands; `NATIONAL_STATUS` gives the national portal's number of each."""

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


NATIONAL_STATUS = {status: number for number, status in enumerate(Status, start=1)}

OPEN = frozenset({Status.RECEIVED, Status.PROCESSING, Status.AWAITING_SUPPLEMENT, Status.AWAITING_PAYMENT})
CLOSED = frozenset({Status.DECLINED, Status.WITHDRAWN, Status.DISCONTINUED, Status.RETURNED})


class Stage(StrEnum):
    """The three parts of a dossier's way; a closed one keeps its last."""

    RECEIVE = "receive"
    PROCESS = "process"
    RETURN = "return"


class Clock(StrEnum):
    """What the legal time limit does just now."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    SUSPENDED = "suspended"
    ENDED = "ended"


class SuspensionReason(StrEnum):
    """Why a dossier waits (rules §5)."""

    SUPPLEMENT = "supplement"
    PAYMENT = "payment"
    VERIFICATION = "verification"


class HandOffState(StrEnum):
    """How far a hand-off has come (rules §9)."""

    GIVEN = "given"
    TAKEN = "taken"
    DONE = "done"
    NOT_TAKEN = "not_taken"


def limit_from(data: Mapping[str, Any]) -> TimeLimit:
    """The time limit kept as `{amount, unit}`."""
    amount, unit = data["amount"], data["unit"]
    if isinstance(amount, int | None) and isinstance(unit, str):
        return _limit(amount, unit)
    return TimeLimit(amount, LimitUnit(unit))


@lru_cache(maxsize=1024, typed=True)
def _limit(amount: int | None, unit: str) -> TimeLimit:
    """The same record for the same limit: there are few, and each entry that sets one names it."""
    return TimeLimit(amount, LimitUnit(unit))


def limit_data(limit: TimeLimit) -> dict[str, Any]:
    """The time limit as `{amount, unit}`, as journals and answers keep it."""
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


@dataclass(frozen=True, slots=True)
class HandOff:
    """A dossier passing to a unit, and the step it does there."""

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


@dataclass(frozen=True, slots=True)
class PendingCorrection:
    """A correction that nobody has decided yet: its entry, the entry it would replace, the client that asks for it."""

    sequence: int
    entry: int
    client: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DossierState:
    """What a dossier's journal replays to; units are ids."""

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
    supplement_requests: int = 0
    waits: tuple[Wait, ...] = ()
    hand_offs: tuple[HandOff, ...] = ()
    promised_date: date | None = None
    apology_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: str | None = None
    verdict: Verdict | None = None
    returned_at: datetime | None = None
    closed_at: datetime | None = None
    corrections: tuple[PendingCorrection, ...] = ()
    flags: frozenset[str] = frozenset()
    version: int = 1

    @property
    def open(self) -> bool:
        """Received and not finished, withdrawn or discontinued (rules §8)."""
        return self.status in OPEN

    @property
    def closed(self) -> bool:
        """Nothing is left to do for it, but a correction."""
        return self.status in CLOSED

    @property
    def open_wait(self) -> Wait | None:
        """The suspension that is open now."""
        last = self.waits[-1] if self.waits else None
        return last if last and last.end is None and self.open else None

    @property
    def protected(self) -> bool:
        """A counting suspension is open: the dossier cannot newly become overdue (rules §5)."""
        waiting = self.open_wait
        return waiting is not None and waiting.counts

    @property
    def clock(self) -> Clock:
        """The legal clock; under policy `run` a suspension is only recorded and the clock goes on (rules §5)."""
        if self.status in (Status.SUBMITTED, Status.DECLINED) or self.received_at is None:
            return Clock.ENDED if self.status is Status.WITHDRAWN else Clock.NOT_STARTED
        if not self.open:
            return Clock.ENDED
        waiting = self.open_wait
        return Clock.SUSPENDED if waiting and waiting.policy is not ClockPolicy.RUN else Clock.RUNNING

    @property
    def current(self) -> HandOff | None:
        """The hand-off under way: given or taken, not done."""
        for one in reversed(self.hand_offs):
            if one.state is HandOffState.TAKEN or one.state is HandOffState.GIVEN:
                return one
        return None

    @property
    def pending(self) -> HandOff | None:
        """The hand-off that was given and not yet taken."""
        current = self.current
        return current if current and current.state is HandOffState.GIVEN else None
