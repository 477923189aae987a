"""Applies each type of journal entry to a dossier's state: the branches of `lifecycle.apply` (rules §5–§9)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from app.domain.actions import Action, Entry
from app.domain.deadline import ClockPolicy
from app.domain.errors import NotAllowed
from app.domain.state import (
    DossierState,
    HandOff,
    HandOffState,
    PendingCorrection,
    Stage,
    Status,
    SuspensionReason,
    Wait,
    limit_from,
)
from app.domain.verdict import verdict


def begin(entry: Entry) -> DossierState:
    data = entry.data
    state = DossierState(
        status=Status.SUBMITTED,
        stage=Stage.RECEIVE,
        receiving_unit=data["receiving_unit"],
        responsible_unit=data["responsible_unit"],
        holder_unit=data["receiving_unit"],
        counter_unit=data["receiving_unit"],
        channel=data["channel"],
        last_occurred_at=entry.occurred_at,
    )
    if entry.type is Action.SUBMIT:
        return replace(state, submitted_at=entry.occurred_at)
    return _receive(state, entry)


def _receive(state: DossierState, entry: Entry) -> DossierState:
    data = entry.data
    step = data.get("step")
    first = (
        HandOff(
            number=1,
            step=step["name"],
            from_unit=None,
            to_unit=state.holder_unit,
            given_at=entry.occurred_at,
            taken_at=entry.occurred_at,
            state=HandOffState.TAKEN,
            **_step_dates(step),
        )
        if step
        else None
    )
    return replace(
        state,
        status=Status.RECEIVED,
        received_at=entry.occurred_at,
        channel=data.get("channel", state.channel),
        responsible_unit=data.get("responsible_unit", state.responsible_unit),
        procedure_version=data["procedure_version"],
        limit=limit_from(data["limit"]),
        policy=ClockPolicy(data["clock_policy"]),
        hand_offs=(first,) if first else (),
    )


def _decline(state: DossierState, entry: Entry) -> DossierState:
    return replace(state, status=Status.DECLINED, closed_at=entry.occurred_at)


def _forward(state: DossierState, entry: Entry) -> DossierState:
    to_unit = entry.data["to_unit"]
    moved = replace(state, status=Status.PROCESSING, stage=Stage.PROCESS, holder_unit=to_unit)
    pending = state.pending
    if pending and to_unit == pending.from_unit:
        return _step_dated(replace(moved, hand_offs=_taken_back(state, pending)), entry.data)
    step = entry.data.get("step")
    given = HandOff(
        number=hand_off_number(state),
        step=step["name"] if step else None,
        from_unit=state.holder_unit,
        to_unit=to_unit,
        given_at=entry.occurred_at,
        taken_at=None,
        state=HandOffState.GIVEN,
        **_step_dates(step),
    )
    return replace(moved, hand_offs=(*_step_done(state, entry.occurred_at), given))


def hand_off_number(state: DossierState) -> int:
    """The number of the next hand-off: one that was not taken frees its number, and its share, again (rules §9)."""
    return 1 + sum(one.state is not HandOffState.NOT_TAKEN for one in state.hand_offs)


def step_before(state: DossierState) -> HandOff | None:
    """The step that was done when the pending hand-off was given: it goes on if that is taken back."""
    done = [one for one in state.hand_offs if one.state is HandOffState.DONE]
    return done[-1] if done else None


def _taken_back(state: DossierState, pending: HandOff) -> tuple[HandOff, ...]:
    """The pending hand-off closes as not taken, and the step before it goes on as if it had not been given."""
    goes_on = step_before(state)

    def now(one: HandOff) -> HandOff:
        if one is pending:
            return replace(one, state=HandOffState.NOT_TAKEN)
        return replace(one, state=HandOffState.TAKEN, done_at=None, verdict=None) if one is goes_on else one

    return tuple(now(one) for one in state.hand_offs)


def _step_done(state: DossierState, at: datetime) -> tuple[HandOff, ...]:
    """The hand-offs with the one under way done, judged like a dossier where it has a share (rules §7, §9)."""
    current = state.current
    if current is None:
        return state.hand_offs
    judged = None
    if current.limit and current.due_date and current.due_at:
        judged = verdict(current.limit.unit, current.due_date, current.due_at, at)
    done = replace(current, state=HandOffState.DONE, done_at=at, verdict=judged)
    return tuple(done if one is current else one for one in state.hand_offs)


def _take(state: DossierState, entry: Entry) -> DossierState:
    hand_offs, pending = state.hand_offs, state.pending
    if pending:
        taken = replace(pending, state=HandOffState.TAKEN, taken_at=entry.occurred_at)
        hand_offs = tuple(taken if one is pending else one for one in hand_offs)
    status, waits = state.status, state.waits
    waiting = state.open_wait
    if waiting:  # the work has begun, so that is what the dossier goes back to
        waits = (*waits[:-1], replace(waiting, status_before=Status.PROCESSING))
    if status is Status.RECEIVED:
        status = Status.PROCESSING
    return replace(state, status=status, stage=Stage.PROCESS, hand_offs=hand_offs, waits=waits)


def _waits(reason: SuspensionReason, status: Status | None) -> Callable[[DossierState, Entry], DossierState]:
    def begin(state: DossierState, entry: Entry) -> DossierState:
        supplement = reason is SuspensionReason.SUPPLEMENT
        if state.status is Status.SUBMITTED:
            return state  # no clock runs yet, so there is nothing to suspend
        waiting = Wait(reason, entry.occurred_at, entry.data["counts"], state.policy, state.status)
        return replace(
            state,
            status=status or state.status,
            stage=Stage.PROCESS if status else state.stage,
            waits=(*state.waits, waiting),
            supplement_requests=state.supplement_requests + supplement,
        )

    return begin


def _resume(state: DossierState, entry: Entry) -> DossierState:
    waiting = state.open_wait
    if waiting is None:
        return state  # a supplement to what is only submitted
    ended = (*state.waits[:-1], replace(waiting, end=entry.occurred_at))
    stage = Stage.RECEIVE if waiting.status_before is Status.RECEIVED else Stage.PROCESS
    return replace(_step_dated(state, entry.data), status=waiting.status_before, stage=stage, waits=ended)


def _extend(state: DossierState, entry: Entry) -> DossierState:
    return replace(state, extension_days=state.extension_days + entry.data["days"])


def _reschedule(state: DossierState, entry: Entry) -> DossierState:
    promised = date.fromisoformat(entry.data["promised_date"])
    return replace(state, promised_date=promised, apology_at=entry.occurred_at)


def _transfer(state: DossierState, entry: Entry) -> DossierState:
    unit = entry.data["to_unit"]
    if pending := state.pending:  # whoever it was given to will not take it any more
        state = _step_dated(replace(state, hand_offs=_taken_back(state, pending)), entry.data)
    current = state.current
    hand_offs = tuple(replace(one, to_unit=unit) if one is current else one for one in state.hand_offs)
    return replace(state, responsible_unit=unit, holder_unit=unit, hand_offs=hand_offs)


def _finish(state: DossierState, entry: Entry) -> DossierState:
    state = _step_dated(state, entry.data)
    judged = dated(state, entry.data)
    if state.limit is None or judged.due_date is None or judged.due_at is None:
        raise NotAllowed("not_possible", "The dossier has no time limit to be judged by.")
    waiting = state.open_wait
    return replace(
        state,
        status=Status.FINISHED,
        stage=Stage.RETURN,
        holder_unit=state.counter_unit,
        waits=(*state.waits[:-1], replace(waiting, end=entry.occurred_at)) if waiting else state.waits,
        hand_offs=_step_done(state, entry.occurred_at),
        finished_at=entry.occurred_at,
        outcome=entry.data["outcome"],
        verdict=verdict(state.limit.unit, judged.due_date, judged.due_at, entry.occurred_at),
    )


def _return(state: DossierState, entry: Entry) -> DossierState:
    return replace(state, status=Status.RETURNED, returned_at=entry.occurred_at, closed_at=entry.occurred_at)


def _end(status: Status) -> Callable[[DossierState, Entry], DossierState]:
    def end(state: DossierState, entry: Entry) -> DossierState:
        state = _step_dated(state, entry.data)
        return replace(
            state, status=status, closed_at=entry.occurred_at, hand_offs=_step_done(state, entry.occurred_at)
        )

    return end


def _succeed(state: DossierState, entry: Entry) -> DossierState:
    gone, successor = entry.data["from_unit"], entry.data["to_unit"]

    def now(unit: int) -> int:
        return successor if unit == gone else unit

    def passed_on(one: HandOff) -> HandOff:
        # Of a hand-off under way both ends pass on, so that it can still be taken, recalled or sent back.
        from_unit = now(one.from_unit) if one.from_unit is not None and one is pending else one.from_unit
        return replace(one, from_unit=from_unit, to_unit=now(one.to_unit))

    current, pending = state.current, state.pending
    hand_offs = tuple(passed_on(one) if one is current else one for one in state.hand_offs)
    return replace(
        state,
        responsible_unit=now(state.responsible_unit),
        holder_unit=now(state.holder_unit),
        counter_unit=now(state.counter_unit),
        hand_offs=hand_offs,
    )


def _redate(state: DossierState, entry: Entry) -> DossierState:
    return _step_dated(state, entry.data)


def _correct(state: DossierState, entry: Entry) -> DossierState:
    if "asked_by" not in entry.data:
        return state  # it asks nobody: `effective` has carried it out
    asked = PendingCorrection(entry.sequence, entry.data["sequence"], entry.data["asked_by"], entry.recorded_at)
    return replace(state, corrections=(*state.corrections, asked))


def _decide_correction(state: DossierState, entry: Entry) -> DossierState:
    decided = entry.data["correction"]
    return replace(state, corrections=tuple(one for one in state.corrections if one.sequence != decided))


def _unchanged(state: DossierState, _entry: Entry) -> DossierState:
    return state


APPLY: Mapping[Action, Callable[[DossierState, Entry], DossierState]] = {
    Action.RECEIVE: _receive,
    Action.DECLINE: _decline,
    Action.FORWARD: _forward,
    Action.TAKE: _take,
    Action.REQUEST_SUPPLEMENT: _waits(SuspensionReason.SUPPLEMENT, Status.AWAITING_SUPPLEMENT),
    Action.SUPPLEMENT: _resume,
    Action.REQUEST_PAYMENT: _waits(SuspensionReason.PAYMENT, Status.AWAITING_PAYMENT),
    Action.PAY: _resume,
    Action.SUSPEND: _waits(SuspensionReason.VERIFICATION, None),
    Action.RESUME: _resume,
    Action.EXTEND: _extend,
    Action.RESCHEDULE: _reschedule,
    Action.TRANSFER: _transfer,
    Action.FINISH: _finish,
    Action.RETURN: _return,
    Action.WITHDRAW: _end(Status.WITHDRAWN),
    Action.DISCONTINUE: _end(Status.DISCONTINUED),
    Action.CORRECT: _correct,
    Action.APPROVE_CORRECTION: _decide_correction,
    Action.REJECT_CORRECTION: _decide_correction,
    Action.PARTICULARS: _unchanged,
    Action.REDATE: _redate,
    Action.SUCCEED: _succeed,
}


def dated(state: DossierState, data: Mapping[str, Any]) -> DossierState:
    """The state with the deadline the entry set; a promise no later than the due date lapses (rules §6)."""
    dates = dates_set(state, data)
    return replace(state, **dates) if dates else state


def dates_set(state: DossierState, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the state that the deadline of an entry sets; none where it set no deadline."""
    deadline = data.get("deadline")
    if deadline is None:
        return {}
    due = date.fromisoformat(deadline["due_date"])
    keeps = state.promised_date is not None and state.promised_date > due
    return {
        "original_due_date": date.fromisoformat(deadline["original_due_date"]),
        "due_date": due,
        "due_at": datetime.fromisoformat(deadline["due_at"]),
        "provisional": deadline["provisional"],
        "promised_date": state.promised_date if keeps else None,
    }


def _step_dates(step: Mapping[str, Any] | None) -> dict[str, Any]:
    if not step or not step.get("limit"):
        return {}
    return {
        "limit": limit_from(step["limit"]),
        "due_date": date.fromisoformat(step["due_date"]),
        "due_at": datetime.fromisoformat(step["due_at"]),
    }


def _step_dated(state: DossierState, data: Mapping[str, Any]) -> DossierState:
    """The step under way with the due date that the entry gave it anew."""
    step, current = data.get("step"), state.current
    if not step or current is None:
        return state
    dated = replace(current, **_step_dates(step))
    return replace(state, hand_offs=tuple(dated if one is current else one for one in state.hand_offs))
