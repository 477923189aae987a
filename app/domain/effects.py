"""Applies each type of journal entry to a dossier's state (rules §5–§9); `lifecycle.apply` selects by type."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from app.domain.actions import Action, Entry
from app.domain.deadline import ClockPolicy
from app.domain.errors import NotAllowed
from app.domain.regimes import regime_of
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
    """The state after the first entry of a journal, `submit` or `receive` (rules §8)."""
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
        return replace(state, submitted_at=entry.occurred_at, regime=regime_of(data.get("regime")))
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
        regime=regime_of(data.get("regime")),
        another_area=data.get("another_area", False),
        hand_offs=(first,) if first else (),
    )


def _decline(state: DossierState, entry: Entry) -> DossierState:
    return replace(state, status=Status.DECLINED, closed_at=entry.occurred_at)


def _forward(state: DossierState, entry: Entry) -> DossierState:
    to_unit = entry.data["to_unit"]
    moved = replace(state, status=Status.PROCESSING, stage=Stage.PROCESS, holder_unit=to_unit)
    pending = state.pending
    if pending and to_unit == pending.from_unit:
        return _date_step(replace(moved, hand_offs=_close_pending(state, pending)), entry.data)
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
    return replace(moved, hand_offs=(*_finish_step(state, entry.occurred_at), given))


def hand_off_number(state: DossierState) -> int:
    """The number of the next hand-off; a hand-off that was not taken frees its number and its share (rules §9)."""
    return 1 + sum(hand_off.state is not HandOffState.NOT_TAKEN for hand_off in state.hand_offs)


def step_before(state: DossierState) -> HandOff | None:
    """The last step that is done; it goes on if the pending hand-off is taken back (rules §9)."""
    done = [hand_off for hand_off in state.hand_offs if hand_off.state is HandOffState.DONE]
    return done[-1] if done else None


def _close_pending(state: DossierState, pending: HandOff) -> tuple[HandOff, ...]:
    """The hand-offs with the pending one closed as not taken, and the step before it under way again (rules §9)."""
    before = step_before(state)

    def after(hand_off: HandOff) -> HandOff:
        if hand_off is pending:
            return replace(hand_off, state=HandOffState.NOT_TAKEN)
        if hand_off is before:
            return replace(hand_off, state=HandOffState.TAKEN, done_at=None, verdict=None)
        return hand_off

    return tuple(after(hand_off) for hand_off in state.hand_offs)


def _exchange(hand_offs: tuple[HandOff, ...], old: HandOff, new: HandOff) -> tuple[HandOff, ...]:
    return tuple(new if hand_off is old else hand_off for hand_off in hand_offs)


def _finish_step(state: DossierState, at: datetime) -> tuple[HandOff, ...]:
    """The hand-offs with the present one done; a step with a share gets a verdict (rules §7, §9)."""
    current = state.current
    if current is None:
        return state.hand_offs
    judged = None
    if current.limit and current.due_date and current.due_at:
        judged = verdict(current.limit.unit, current.due_date, current.due_at, at)
    done = replace(current, state=HandOffState.DONE, done_at=at, verdict=judged)
    return _exchange(state.hand_offs, current, done)


def _take(state: DossierState, entry: Entry) -> DossierState:
    hand_offs, pending = state.hand_offs, state.pending
    if pending:
        taken = replace(pending, state=HandOffState.TAKEN, taken_at=entry.occurred_at)
        hand_offs = _exchange(hand_offs, pending, taken)
    status, waits = state.status, state.waits
    wait = state.open_wait
    if wait:  # work has begun, so the dossier returns to processing
        waits = (*waits[:-1], replace(wait, status_before=Status.PROCESSING))
    if status is Status.RECEIVED:
        status = Status.PROCESSING
    return replace(state, status=status, stage=Stage.PROCESS, hand_offs=hand_offs, waits=waits)


def _suspend(reason: SuspensionReason, status: Status | None) -> Callable[[DossierState, Entry], DossierState]:
    def begin(state: DossierState, entry: Entry) -> DossierState:
        supplement = reason is SuspensionReason.SUPPLEMENT
        if state.status is Status.SUBMITTED:
            return state  # no clock runs yet
        answer_by = _instant(entry.data.get("answer_by"))
        counts = entry.data["counts"]
        wait = Wait(reason, entry.occurred_at, counts, state.policy, state.status, answer_by=answer_by)
        return replace(
            state,
            status=status or state.status,
            stage=Stage.PROCESS if status else state.stage,
            waits=(*state.waits, wait),
            supplement_requests=state.supplement_requests + supplement,
        )

    return begin


def _resume(state: DossierState, entry: Entry) -> DossierState:
    wait = state.open_wait
    if wait is None:
        return state  # papers for a dossier that is only submitted
    ended = (*state.waits[:-1], replace(wait, end=entry.occurred_at))
    stage = Stage.RECEIVE if wait.status_before is Status.RECEIVED else Stage.PROCESS
    return replace(_date_step(state, entry.data), status=wait.status_before, stage=stage, waits=ended)


def _extend(state: DossierState, entry: Entry) -> DossierState:
    return replace(state, extension_days=state.extension_days + entry.data["days"])


def _apply_condition(state: DossierState, entry: Entry) -> DossierState:
    data = entry.data
    return replace(
        state,
        conditions=(*state.conditions, data["condition"]),
        condition_days=state.condition_days + data.get("added_days", 0),
        limit=limit_from(data["limit"]) if "limit" in data else state.limit,
    )


def _reschedule(state: DossierState, entry: Entry) -> DossierState:
    promised = date.fromisoformat(entry.data["promised_date"])
    return replace(state, promised_date=promised, apology_at=entry.occurred_at)


def _transfer(state: DossierState, entry: Entry) -> DossierState:
    unit = entry.data["to_unit"]
    if pending := state.pending:
        state = _date_step(replace(state, hand_offs=_close_pending(state, pending)), entry.data)
    hand_offs = state.hand_offs
    if current := state.current:
        hand_offs = _exchange(hand_offs, current, replace(current, to_unit=unit))
    return replace(state, responsible_unit=unit, holder_unit=unit, hand_offs=hand_offs)


def _finish(state: DossierState, entry: Entry) -> DossierState:
    state = _date_step(state, entry.data)
    judged = with_dates(state, entry.data)
    if state.limit is None or judged.due_date is None or judged.due_at is None:
        raise NotAllowed("not_possible", "The dossier has no time limit to be judged by.")
    wait = state.open_wait
    return replace(
        state,
        status=Status.FINISHED,
        stage=Stage.RETURN,
        holder_unit=state.counter_unit,
        waits=(*state.waits[:-1], replace(wait, end=entry.occurred_at)) if wait else state.waits,
        hand_offs=_finish_step(state, entry.occurred_at),
        finished_at=entry.occurred_at,
        outcome=entry.data["outcome"],
        verdict=verdict(state.limit.unit, judged.due_date, judged.due_at, entry.occurred_at),
    )


def _return(state: DossierState, entry: Entry) -> DossierState:
    return replace(state, status=Status.RETURNED, returned_at=entry.occurred_at, closed_at=entry.occurred_at)


def _end(status: Status) -> Callable[[DossierState, Entry], DossierState]:
    def end(state: DossierState, entry: Entry) -> DossierState:
        state = _date_step(state, entry.data)
        return replace(
            state, status=status, closed_at=entry.occurred_at, hand_offs=_finish_step(state, entry.occurred_at)
        )

    return end


def _succeed(state: DossierState, entry: Entry) -> DossierState:
    gone, successor = entry.data["from_unit"], entry.data["to_unit"]

    def now(unit: int) -> int:
        return successor if unit == gone else unit

    hand_offs = state.hand_offs
    if current := state.current:
        # Both ends of the pending hand-off change, so that it can still be taken, recalled or sent back.
        giver = current.from_unit
        from_unit = now(giver) if giver is not None and current is state.pending else giver
        hand_offs = _exchange(hand_offs, current, replace(current, from_unit=from_unit, to_unit=now(current.to_unit)))
    return replace(
        state,
        responsible_unit=now(state.responsible_unit),
        holder_unit=now(state.holder_unit),
        counter_unit=now(state.counter_unit),
        hand_offs=hand_offs,
    )


def _redate(state: DossierState, entry: Entry) -> DossierState:
    return _date_step(state, entry.data)


def _outage(state: DossierState, entry: Entry) -> DossierState:
    """The outage as a suspension among the others, in the order of their start (rules §5)."""
    span = entry.data.get("span")
    if span is None:
        return state
    start, end = (datetime.fromisoformat(span[name]) for name in ("from", "to"))
    wait = Wait(SuspensionReason.OUTAGE, start, entry.data["counts"], ClockPolicy.EXCLUDE, state.status, end)
    return _date_step(replace(state, waits=tuple(sorted((*state.waits, wait), key=_start))), entry.data)


def _start(wait: Wait) -> datetime:
    return wait.start


def _correct(state: DossierState, entry: Entry) -> DossierState:
    if "asked_by" not in entry.data:
        return state  # no approval is needed: `effective` has applied it
    correction = PendingCorrection(entry.sequence, entry.data["sequence"], entry.data["asked_by"], entry.recorded_at)
    return replace(state, corrections=(*state.corrections, correction))


def _decide_correction(state: DossierState, entry: Entry) -> DossierState:
    decided = entry.data["correction"]
    pending = tuple(correction for correction in state.corrections if correction.sequence != decided)
    return replace(state, corrections=pending)


def _unchanged(state: DossierState, _entry: Entry) -> DossierState:
    return state


APPLY: Mapping[Action, Callable[[DossierState, Entry], DossierState]] = {
    Action.RECEIVE: _receive,
    Action.DECLINE: _decline,
    Action.FORWARD: _forward,
    Action.TAKE: _take,
    Action.REQUEST_SUPPLEMENT: _suspend(SuspensionReason.SUPPLEMENT, Status.AWAITING_SUPPLEMENT),
    Action.SUPPLEMENT: _resume,
    Action.REQUEST_PAYMENT: _suspend(SuspensionReason.PAYMENT, Status.AWAITING_PAYMENT),
    Action.PAY: _resume,
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
    Action.PARTICULARS: _unchanged,
    Action.REDATE: _redate,
    Action.OUTAGE: _outage,
    Action.SUCCEED: _succeed,
}


def with_dates(state: DossierState, data: Mapping[str, Any]) -> DossierState:
    """The state with the deadline of an entry; a promise on or before the due date lapses (rules §6)."""
    dates = dates_in(state, data)
    return replace(state, **dates) if dates else state


def dates_in(state: DossierState, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the state that an entry's deadline sets; empty if the entry has none (rules §6, §13)."""
    deadline = data.get("deadline")
    if deadline is None:
        return {}
    due = date.fromisoformat(deadline["due_date"])
    keeps = state.promised_date is not None and state.promised_date > due
    # A clock starts, or stops again, together with a new deadline.
    started = {"clock_started_at": _instant(data["clock_started_at"])} if "clock_started_at" in data else {}
    return {
        **started,
        "original_due_date": date.fromisoformat(deadline["original_due_date"]),
        "due_date": due,
        "due_at": datetime.fromisoformat(deadline["due_at"]),
        "provisional": deadline["provisional"],
        "promised_date": state.promised_date if keeps else None,
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _step_dates(step: Mapping[str, Any] | None) -> dict[str, Any]:
    if not step or not step.get("limit"):
        return {}
    return {
        "limit": limit_from(step["limit"]),
        "due_date": date.fromisoformat(step["due_date"]),
        "due_at": datetime.fromisoformat(step["due_at"]),
    }


def _date_step(state: DossierState, data: Mapping[str, Any]) -> DossierState:
    """The state with the new due date of the present step, if the entry has one (rules §9)."""
    step, current = data.get("step"), state.current
    if not step or current is None:
        return state
    return replace(state, hand_offs=_exchange(state.hand_offs, current, replace(current, **_step_dates(step))))
