"""Actions on a dossier, roles, and the journal entry that records an action (rules §8, §13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """The role of a token (rules §8)."""

    CLERK = "clerk"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    REPORTER = "reporter"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """The type of a journal entry: an action of people, or one of the three below (rules §8)."""

    SUBMIT = "submit"
    RECEIVE = "receive"
    DECLINE = "decline"
    FORWARD = "forward"
    TAKE = "take"
    REQUEST_SUPPLEMENT = "request-supplement"
    SUPPLEMENT = "supplement"
    REQUEST_PAYMENT = "request-payment"
    PAY = "pay"
    REFUND = "refund"
    SUSPEND = "suspend"
    RESUME = "resume"
    EXTEND = "extend"
    APPLY_CONDITION = "apply-condition"
    RESCHEDULE = "reschedule"
    TRANSFER = "transfer"
    FINISH = "finish"
    RETURN = "return"
    WITHDRAW = "withdraw"
    DISCONTINUE = "discontinue"
    CORRECT = "correct"
    APPROVE_CORRECTION = "approve-correction"
    REJECT_CORRECTION = "reject-correction"
    VOID = "void"
    # Entries without a row in the table of transitions: changed particulars, a new calendar, a succeeded unit.
    PARTICULARS = "particulars"
    REDATE = "redate"
    OUTAGE = "outage"
    SUCCEED = "succeed"


# These concern the journal itself (rules §8).
CORRECTIONS = frozenset({Action.CORRECT, Action.APPROVE_CORRECTION, Action.REJECT_CORRECTION, Action.VOID})
# No person decides these about one dossier: a calendar was published, a system was out of order, a unit was succeeded.
AUTOMATIC = frozenset({Action.REDATE, Action.OUTAGE, Action.SUCCEED})
# These are no events of the dossier. A later event may have an earlier time than they have (rules §8).
NOT_EVENTS = CORRECTIONS | {Action.PARTICULARS, Action.REDATE, Action.OUTAGE}


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry: no personal data, units as ids (rules §13)."""

    sequence: int
    type: Action
    occurred_at: datetime
    recorded_at: datetime
    unit: int
    data: Mapping[str, Any]

    @property
    def replaces(self) -> bool:
        """True if the entry carries entries that it replaces; the journal replays with them from here on (rules §8).

        Approvals do, and voids at once. Corrections without a request do too: those of an import, and those from
        before approvals existed.
        """
        return "replaced" in self.data


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """A requested action: its `inputs` without texts, the names of its `texts`, and the rights behind it."""

    action: Action
    at: datetime
    recorded_at: datetime
    inputs: Mapping[str, Any]
    texts: frozenset[str] = frozenset()
    supervisor: bool = False
    imported: bool = False
    recorded_before: bool = False  # decided again after a correction
