"""Actions on a dossier, the roles that take them, and the journal entry that keeps each (rules §8, §13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a token lets its client do (rules §8)."""

    CLERK = "clerk"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    REPORTER = "reporter"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What people do to a dossier (rules §8)."""

    SUBMIT = "submit"
    RECEIVE = "receive"
    DECLINE = "decline"
    FORWARD = "forward"
    TAKE = "take"
    REQUEST_SUPPLEMENT = "request-supplement"
    SUPPLEMENT = "supplement"
    REQUEST_PAYMENT = "request-payment"
    PAY = "pay"
    SUSPEND = "suspend"
    RESUME = "resume"
    EXTEND = "extend"
    RESCHEDULE = "reschedule"
    TRANSFER = "transfer"
    FINISH = "finish"
    RETURN = "return"
    WITHDRAW = "withdraw"
    DISCONTINUE = "discontinue"
    CORRECT = "correct"
    APPROVE_CORRECTION = "approve-correction"
    REJECT_CORRECTION = "reject-correction"
    # Not actions on the status: mended particulars, a published calendar, a succeeded unit.
    PARTICULARS = "particulars"
    REDATE = "redate"
    SUCCEED = "succeed"


# What is said of the journal itself: an entry is wrong, and whether that was found to be so.
CORRECTIONS = frozenset({Action.CORRECT, Action.APPROVE_CORRECTION, Action.REJECT_CORRECTION})
# These say nothing of when the dossier itself moved on, so a later event may be dated before them.
NOT_EVENTS = CORRECTIONS | {Action.PARTICULARS, Action.REDATE}


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry as the law sees it: no personal data, units as ids (rules §13)."""

    sequence: int
    type: Action
    occurred_at: datetime
    recorded_at: datetime
    unit: int
    data: Mapping[str, Any]

    @property
    def replaces(self) -> bool:
        """Whether from this entry on the journal replays as corrected: it carries the entries that it replaces.

        An approval does, and a correction that asks nobody: what an import puts in its place, and what was written
        before corrections had to be approved.
        """
        return "replaced" in self.data
