"""Kinds of notices to applicants: every change of status and of the due date (rules §16)."""

from collections.abc import Mapping
from datetime import date

from app.domain.actions import CORRECTIONS, Action
from app.domain.localtime import local_date
from app.domain.state import Status
from app.notifications.outbox.events import Event

# Decree 224/2026/NĐ-CP, article 15.1.g: from this day on every change of status is announced at once.
_EVERY_CHANGE_SINCE = date(2026, 7, 1)

_SINCE_THE_BEGINNING: Mapping[Action, str] = {
    Action.RECEIVE: "received",
    Action.REQUEST_SUPPLEMENT: "papers_needed",
    Action.FINISH: "ready",
    Action.RESCHEDULE: "late",
}
_MORE: Mapping[Action, str] = {
    Action.SUBMIT: "submitted",
    Action.DECLINE: "declined",
    Action.FORWARD: "forwarded",
    Action.TAKE: "taken",
    Action.SUPPLEMENT: "papers_received",
    Action.REQUEST_PAYMENT: "payment_needed",
    Action.PAY: "paid",
    Action.REFUND: "refunded",
    Action.SUSPEND: "suspended",
    Action.RESUME: "resumed",
    Action.EXTEND: "redated",
    Action.APPLY_CONDITION: "redated",
    Action.TRANSFER: "forwarded",
    Action.RETURN: "returned",
    Action.WITHDRAW: "withdrawn",
    Action.DISCONTINUE: "discontinued",
    Action.REDATE: "redated",
    Action.OUTAGE: "redated",
    Action.SUCCEED: "redated",
}
# No event of its own: the end of the time to answer is near.
ANSWER_SOON = "answer_soon"
# These give a notice only with a new date, or with a request that changed.
NO_NOTICE = CORRECTIONS | {Action.PARTICULARS}
WITH_NOTICE = frozenset({*_SINCE_THE_BEGINNING, *_MORE})
# A notice that was sent about an entry made by mistake is taken back by another (rules §16).
TAKEN_BACK = "taken_back"
# A request that is corrected while it is open is sent again.
_REQUESTS: Mapping[Action, Status] = {
    Action.REQUEST_SUPPLEMENT: Status.AWAITING_SUPPLEMENT,
    Action.REQUEST_PAYMENT: Status.AWAITING_PAYMENT,
}


def kind_of(event: Event) -> str | None:
    """The kind of the notice about an event; None if the applicant gets none.

    There is one notice for a call. There is none about imported and voided entries, and about acts that change neither
    status nor date nor what is asked for.
    """
    entry, call = event.entry, event.call
    if call is None or event.voided or "imported" in entry.data.get("flags", ()):
        return None
    if (kind := _SINCE_THE_BEGINNING.get(entry.type)) is not None:
        return kind
    if not announces_every_change(event):
        return None
    if changes_request(event):
        return _SINCE_THE_BEGINNING.get(call.about.type) or _MORE[call.about.type]
    kind = _MORE.get(entry.type, "redated")
    if kind == "redated":
        return kind if call.dates_moved and call.after.open else None
    if entry.type is Action.TAKE and _is_acknowledged(event) and not call.dates_moved:
        return None
    return kind


def changes_request(event: Event) -> bool:
    """True for a correction of an open request for papers or money; a new time alone moves only the time to answer."""
    call = event.call
    if call is None or call.about is event.entry or call.after.status is not _REQUESTS.get(call.about.type):
        return False
    return event.entry.data.get("changes", {}).keys() != {"at"} or "answer_by" in call.about.data


def announces_every_change(event: Event) -> bool:
    """True from the day on which every change of status is announced, with the officer."""
    return local_date(event.entry.recorded_at) >= _EVERY_CHANGE_SINCE


def _is_acknowledged(event: Event) -> bool:
    """True if a hand-off was only acknowledged: there was a notice about the hand-off itself."""
    taken = event.entry.occurred_at
    return any(hand_off.taken_at == taken and hand_off.from_unit is not None for hand_off in event.state.hand_offs)
