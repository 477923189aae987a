"""Gives the fields of a dossier's state that each type of journal entry changes (rules §5–§9)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeAlias

from app.domain import hand_offs, money
from app.domain.actions import Action, Entry
from app.domain.deadline import ClockPolicy
from app.domain.errors import NotAllowed
from app.domain.money import NO_MONEY, Money
from app.domain.regimes import regime_of
from app.domain.state import (
    DossierState,
    HandOffState,
    PendingCorrection,
    Stage,
    Status,
    SuspensionReason,
    Wait,
    current_hand_off,
    limit_from,
)
from app.domain.verdict import Verdict, verdict

# Fields of a DossierState with their new values. `lifecycle.apply` makes one copy of the state with them.
Changes: TypeAlias = dict[str, Any]
Effect: TypeAlias = Callable[[DossierState, Entry], Changes]


def begin(entry: Entry) -> Changes:
    """The fields of the first state of a dossier: after `submit` or `receive`, or annulled (rules §8)."""
    data = entry.data
    unit = data["receiving_unit"]
    opening: Changes = {
        "status": Status.SUBMITTED,
        "stage": Stage.RECEIVE,
        "receiving_unit": unit,
        "responsible_unit": data["responsible_unit"],
        "holder_unit": unit,
        "counter_unit": unit,
        "channel": data["channel"],
        "money": money.received(NO_MONEY, data),
    }
    if "voided" in data:
        return {**opening, "status": Status.ANNULLED, "closed_at": _instant(data["voided"])}
    if entry.type is Action.SUBMIT:
        return {**opening, "submitted_at": entry.occurred_at, "regime": regime_of(data.get("regime"))}
    return {**opening, **_received(entry, unit, NO_MONEY)}


def _received(entry: Entry, holder: int, before: Money) -> Changes:
    data = entry.data
    return {
        **{name: data[name] for name in ("channel", "responsible_unit") if name in data},
        "status": Status.RECEIVED,
        "received_at": entry.occurred_at,
        "procedure_version": data["procedure_version"],
        "limit": limit_from(data["limit"]),
        "policy": ClockPolicy(data["clock_policy"]),
        "regime": regime_of(data.get("regime")),
        "another_area": data.get("another_area", False),
        "hand_offs": hand_offs.first_step(data.get("step"), holder, entry.occurred_at),
        "money": money.received(before, data),
    }


def _receive(state: DossierState, entry: Entry) -> Changes:
    return _received(entry, state.holder_unit, state.money)


def _decline(_state: DossierState, entry: Entry) -> Changes:
    return {"status": Status.DECLINED, "closed_at": entry.occurred_at}


def _forward(state: DossierState, entry: Entry) -> Changes:
    to_unit, pending = entry.data["to_unit"], state.pending
    if pending and to_unit == pending.from_unit:
        changed = hand_offs.dated(hand_offs.taken_back(state, pending), entry.data)
    else:
        changed = hand_offs.given(state, to_unit, entry.data.get("step"), entry.occurred_at)
    return {"status": Status.PROCESSING, "stage": Stage.PROCESS, "holder_unit": to_unit, "hand_offs": changed}


def _take(state: DossierState, entry: Entry) -> Changes:
    changes: Changes = {"stage": Stage.PROCESS}
    if state.status is Status.RECEIVED:
        changes["status"] = Status.PROCESSING
    if pending := state.pending:
        taken = replace(pending, state=HandOffState.TAKEN, taken_at=entry.occurred_at)
        changes["hand_offs"] = hand_offs.exchange(state.hand_offs, pending, taken)
    if wait := state.open_wait:  # work has begun, so the dossier returns to processing
        changes["waits"] = (*state.waits[:-1], replace(wait, status_before=Status.PROCESSING))
    return changes


def _suspend(reason: SuspensionReason, status: Status | None) -> Effect:
    def suspend(state: DossierState, entry: Entry) -> Changes:
        # Kept only where it matters, so that rows of before stay what their journals give.
        asked = reason is SuspensionReason.SUPPLEMENT and state.regime.asking_watched
        if state.status is Status.SUBMITTED:
            return {"papers_asked": True} if asked else {}  # no clock runs yet
        answer_by = _instant(entry.data.get("answer_by"))
        counts = entry.data["counts"]
        wait = Wait(reason, entry.occurred_at, counts, state.policy, state.status, answer_by=answer_by)
        changes: Changes = {"waits": (*state.waits, wait)}
        if status is not None:
            changes |= {"status": status, "stage": Stage.PROCESS}
        if reason is SuspensionReason.SUPPLEMENT:
            changes |= {"supplement_requests": state.supplement_requests + 1, "papers_asked": asked}
        if reason is SuspensionReason.PAYMENT:
            changes["money"] = money.asked(state.money, entry.data)
        return changes

    return suspend


def _resume(state: DossierState, entry: Entry) -> Changes:
    wait = state.open_wait
    if wait is None:
        return {}  # papers for a dossier that is only submitted
    return {
        "status": wait.status_before,
        "stage": Stage.RECEIVE if wait.status_before is Status.RECEIVED else Stage.PROCESS,
        "waits": (*state.waits[:-1], replace(wait, end=entry.occurred_at)),
        "hand_offs": hand_offs.dated(state.hand_offs, entry.data),
    }


def _pay(state: DossierState, entry: Entry) -> Changes:
    waits = state.status is Status.AWAITING_PAYMENT
    sums = {"money": money.paid(state.money, entry.data, waits=waits)}
    meets = waits and money.meets_request(state.money, entry.data.get("amount"))
    return {**_resume(state, entry), **sums} if meets else sums


def _refund(state: DossierState, entry: Entry) -> Changes:
    return {"money": money.refunded(state.money, entry.data)}


def _extend(state: DossierState, entry: Entry) -> Changes:
    return {"extension_days": state.extension_days + entry.data["days"]}


def _apply_condition(state: DossierState, entry: Entry) -> Changes:
    data = entry.data
    return {
        "conditions": (*state.conditions, data["condition"]),
        "condition_days": state.condition_days + data.get("added_days", 0),
        "limit": limit_from(data["limit"]) if "limit" in data else state.limit,
    }


def _reschedule(_state: DossierState, entry: Entry) -> Changes:
    return {"promised_date": date.fromisoformat(entry.data["promised_date"]), "apology_at": entry.occurred_at}


def _transfer(state: DossierState, entry: Entry) -> Changes:
    unit, changed = entry.data["to_unit"], state.hand_offs
    if pending := state.pending:
        changed = hand_offs.dated(hand_offs.taken_back(state, pending), entry.data)
    if current := current_hand_off(changed):
        changed = hand_offs.exchange(changed, current, replace(current, to_unit=unit))
    return {"responsible_unit": unit, "holder_unit": unit, "hand_offs": changed}


def _finish(state: DossierState, entry: Entry) -> Changes:
    at, dates = entry.occurred_at, dates_in(entry.data, state.promised_date)
    due_date, due_at = dates.get("due_date", state.due_date), dates.get("due_at", state.due_at)
    if state.limit is None or due_date is None or due_at is None:
        raise NotAllowed("not_possible", "The dossier has no time limit to be judged by.")
    judged = verdict(state.limit.unit, due_date, due_at, at)
    changes: Changes = {
        "status": Status.FINISHED,
        "stage": Stage.RETURN,
        "holder_unit": state.counter_unit,
        "hand_offs": hand_offs.finished(hand_offs.dated(state.hand_offs, entry.data), at),
        "finished_at": at,
        "outcome": entry.data["outcome"],
        "verdict": judged,
        # A correction may make the dossier timely; then its cause has no meaning.
        "late_cause": entry.data.get("late_cause") if judged is Verdict.LATE else None,
    }
    if wait := state.open_wait:
        changes["waits"] = (*state.waits[:-1], replace(wait, end=at))
    return changes


def _return(_state: DossierState, entry: Entry) -> Changes:
    return {"status": Status.RETURNED, "returned_at": entry.occurred_at, "closed_at": entry.occurred_at}


def _end(status: Status) -> Effect:
    def end(state: DossierState, entry: Entry) -> Changes:
        at = entry.occurred_at
        ended = hand_offs.finished(hand_offs.dated(state.hand_offs, entry.data), at)
        return {"status": status, "closed_at": at, "hand_offs": ended}

    return end


def _succeed(state: DossierState, entry: Entry) -> Changes:
    gone, successor = entry.data["from_unit"], entry.data["to_unit"]

    def now(unit: int) -> int:
        return successor if unit == gone else unit

    changed = state.hand_offs
    if current := state.current:
        # Both ends of the pending hand-off change, so that it can still be taken, recalled or sent back.
        giver = current.from_unit
        from_unit = now(giver) if giver is not None and current is state.pending else giver
        moved = replace(current, from_unit=from_unit, to_unit=now(current.to_unit))
        changed = hand_offs.exchange(changed, current, moved)
    return {
        "responsible_unit": now(state.responsible_unit),
        "holder_unit": now(state.holder_unit),
        "counter_unit": now(state.counter_unit),
        "hand_offs": changed,
    }


def _redate(state: DossierState, entry: Entry) -> Changes:
    changes: Changes = {"hand_offs": hand_offs.dated(state.hand_offs, entry.data)}
    if "promise" in entry.data:
        changes["promised_date"] = date.fromisoformat(entry.data["promise"])
    return changes


def _outage(state: DossierState, entry: Entry) -> Changes:
    """The outage as a suspension beside the others; an open one stays the last (rules §5)."""
    span = entry.data.get("span")
    if span is None:
        return {}
    start, end = (datetime.fromisoformat(span[name]) for name in ("from", "to"))
    outage = Wait(SuspensionReason.OUTAGE, start, entry.data["counts"], ClockPolicy.EXCLUDE, state.status, end)
    closed = [wait for wait in state.waits if wait.end is not None]
    waits = (*closed, outage, *state.waits[len(closed) :])
    return {"waits": waits, "hand_offs": hand_offs.dated(state.hand_offs, entry.data)}


def _correct(state: DossierState, entry: Entry) -> Changes:
    if "asked_by" not in entry.data:
        return {}  # no approval is needed: `effective` has applied it
    correction = PendingCorrection(entry.sequence, entry.data["sequence"], entry.data["asked_by"], entry.recorded_at)
    return {"corrections": (*state.corrections, correction)}


def _decide_correction(state: DossierState, entry: Entry) -> Changes:
    decided = entry.data["correction"]
    return {"corrections": tuple(correction for correction in state.corrections if correction.sequence != decided)}


def _unchanged(_state: DossierState, _entry: Entry) -> Changes:
    return {}


APPLY: Mapping[Action, Effect] = {
    Action.RECEIVE: _receive,
    Action.DECLINE: _decline,
    Action.FORWARD: _forward,
    Action.TAKE: _take,
    Action.REQUEST_SUPPLEMENT: _suspend(SuspensionReason.SUPPLEMENT, Status.AWAITING_SUPPLEMENT),
    Action.SUPPLEMENT: _resume,
    Action.REQUEST_PAYMENT: _suspend(SuspensionReason.PAYMENT, Status.AWAITING_PAYMENT),
    Action.PAY: _pay,
    Action.REFUND: _refund,
    Action.SUSPEND: _suspend(SuspensionReason.VERIFICATION, None),
    Action.RESUME: _resume,
    Action.EXTEND: _extend,
    Action.APPLY_CONDITION: _apply_condition,
    Action.RESCHEDULE: _reschedule,
    Action.TRANSFER: _transfer,
    Action.FINISH: _finish,
    Action.RETURN: _return,
    Action.WITHDRAW: _end(Status.WITHDRAWN),
    Action.DISCONTINUE: _end(Status.DISCONTINUED),
    Action.CORRECT: _correct,
    Action.APPROVE_CORRECTION: _decide_correction,
    Action.REJECT_CORRECTION: _decide_correction,
    Action.VOID: _correct,
    Action.PARTICULARS: _unchanged,
    Action.REDATE: _redate,
    Action.OUTAGE: _outage,
    Action.SUCCEED: _succeed,
}


def dates_in(data: Mapping[str, Any], promised_date: date | None) -> Changes:
    """The fields that the deadline of an entry sets; empty if the entry has none (rules §13).

    A promise on or before the due date lapses (rules §6).
    """
    deadline = data.get("deadline")
    if deadline is None:
        return {}
    due = date.fromisoformat(deadline["due_date"])
    changes: Changes = {
        "original_due_date": date.fromisoformat(deadline["original_due_date"]),
        "due_date": due,
        "due_at": datetime.fromisoformat(deadline["due_at"]),
        "provisional": deadline["provisional"],
        "promised_date": promised_date if promised_date is not None and promised_date > due else None,
    }
    # A clock starts, or stops again, together with a new deadline.
    if "clock_started_at" in data:
        changes["clock_started_at"] = _instant(data["clock_started_at"])
    return changes


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
