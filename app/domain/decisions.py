"""Decides an action: gives the data of its journal entry with deadlines, or refuses it (rules §4–§9)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from app.domain.actions import ActionRequest
from app.domain.calendar import local, local_date
from app.domain.competent_agency import (
    clock_of_hand_back,
    clock_of_hand_off,
    clock_of_succession,
    clock_of_take,
    clock_of_transfer,
)
from app.domain.conditions import apply_condition
from app.domain.deadline import ClockPolicy, LimitUnit, compute
from app.domain.due_dates import (
    clock_start,
    current_deadline,
    current_step,
    deadline_data,
    deadline_of,
    redate,
    require_law,
    step_data,
)
from app.domain.duties import awaits_hand_on, hand_on_due
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.hand_offs import hand_off_number, step_before
from app.domain.lifecycle import CORRECTIONS, TRANSITIONS, Action, require_possible
from app.domain.payments import pay, refund, request_payment, require_fee_due
from app.domain.state import DossierState, limit_data
from app.domain.terms import Law
from app.domain.verdict import overdue
from app.domain.waits import begin_wait, end_wait, outage, request_supplement

# What `decide` adds to an action's own inputs; the rest of an entry's data are those inputs.
EFFECTS = frozenset(
    {
        "deadline",
        "step",
        "counts",
        "flags",
        "was",
        "clock_started_at",
        "added_days",
        "answer_by",
        "span",
        "promise",
        "asked",
    }
)

# Events up to this far ahead of the service's clock count as now (rules §8).
CLOCK_TOLERANCE = timedelta(minutes=5)


def event_time(request: ActionRequest, last: datetime | None) -> tuple[datetime, list[str]]:
    """The instant of the event, and its flags `backdated` or `imported` (rules §8).

    Raises Invalid for the future, and Conflict before the last event of the dossier.
    """
    require_past(request.at, request.recorded_at, "/at")
    at = min(request.at, request.recorded_at)
    if last is not None and at < last:
        raise Conflict(
            "before_last_event",
            f"The event cannot be earlier than the dossier's last one, at {local(last).isoformat()}.",
            pointer="/at",
        )
    if request.imported:
        return at, ["imported"]
    return at, ["backdated"] if request.recorded_at - at > CLOCK_TOLERANCE else []


def require_past(at: datetime, now: datetime, pointer: str) -> None:
    """Raises Invalid for an event ahead of `now`, with the service's time, so that a wrong clock can be set."""
    if at > now + CLOCK_TOLERANCE:
        ahead, time = round((at - now).total_seconds()), local(now).isoformat(timespec="seconds")
        raise Invalid(
            "in_the_future",
            f"The event is {timedelta(seconds=ahead)} (hours:minutes:seconds) ahead of the service's time, {time}. "
            "Set the clock that the event comes from.",
            pointer=pointer,
            service_time=time,
            ahead_seconds=ahead,
        )


def require_promise_ahead(request: ActionRequest) -> None:
    """Raises Invalid for a promised date before the day on which it is promised (rules §6)."""
    if request.action is not Action.RESCHEDULE:
        return
    day = local_date(request.at)
    if date.fromisoformat(request.inputs["promised_date"]) < day:
        raise Invalid(
            "promise_in_past",
            f"The promised date must not be before the day of the promise, {day}.",
            pointer="/promised_date",
        )


def decide(state: DossierState | None, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """The data of the entry for the request: its inputs and their effects.

    `law` may be None only while the dossier is submitted. Raises NotAllowed if the state or the law forbids the action,
    and Invalid for a wrong input.
    """
    if request.action in (Action.SUBMIT, Action.RECEIVE):
        require_fee_due(state, request)
    if request.action is Action.RECEIVE:
        if state is not None:
            require_possible(state, request.action)
        channel = request.inputs["channel"] if state is None else state.channel
        return {**request.inputs, **_receive(channel, request, require_law(law))}
    if state is None:
        return dict(request.inputs)
    if request.action in TRANSITIONS and request.action not in CORRECTIONS:
        require_possible(state, request.action)
    decider = _DECIDERS.get(request.action)
    return {**request.inputs, **(decider(state, request, law) if decider else {})}


# --- One decision per action with effects -----------------------------------------------------------------------------


def _receive(channel: str, request: ActionRequest, law: Law) -> dict[str, Any]:
    limit = law.terms.limit_of(channel, request.inputs.get("limits_of"), request.inputs.get("traits", ()))
    if limit is None:
        raise Invalid(
            "channel_not_offered",
            f"The procedure cannot be requested by this channel ({channel}).",
            pointer="/channel",
        )
    policy, cut_off = law.terms.clock_policy, law.terms.special.cut_off
    due = compute(request.at, limit, law.calendar, law.sessions, policy=policy, cut_off=cut_off)
    effects: dict[str, Any] = {
        "procedure_version": law.terms.version,
        "limit": limit_data(limit),
        "clock_policy": law.terms.clock_policy.value,
        "deadline": deadline_data(due, law),
    }
    step = step_data(1, request.at, law)
    return {**effects, "step": step} if step else effects


def _forward(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    to_unit, pending = request.inputs["to_unit"], state.pending
    if to_unit == state.holder_unit:
        raise Invalid("already_there", "The dossier is already at this unit.", pointer="/to_unit")
    if pending:
        if to_unit != pending.from_unit:
            raise NotAllowed(
                "not_taken_yet",
                "The last hand-off is not taken yet: it can be taken, recalled or sent back, but not passed on.",
            )
        return {**_step_before(state, law), **clock_of_hand_back(state, request, law)}
    law = require_law(law)
    step = step_data(hand_off_number(state), request.at, law)
    return {
        **({"step": step} if step else {}),
        **clock_of_hand_off(state, request, law),
        **_hand_on(state, request, law),
    }


def _hand_on(state: DossierState, request: ActionRequest, law: Law) -> dict[str, Any]:
    """The flag of a dossier that the counter handed on late (rules §15)."""
    due = hand_on_due(state, law.calendar, law.sessions) if awaits_hand_on(state) else None
    return {"flags": ["late_hand_on"]} if due is not None and request.at > due else {}


def _take(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    late = _hand_on(state, request, law) if law is not None else {}
    return {**late, **clock_of_take(state, request, law)}


def _step_before(state: DossierState, law: Law | None) -> dict[str, Any]:
    """The step that goes on after a hand-off was taken back, without the suspended days (rules §9)."""
    before = step_before(state)
    if before is None or before.limit is None:
        return {}
    return {"step": step_data(before.number, before.given_at, require_law(law), state.waits)}


def _extend(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    law, days, (limit, due_date, _due_at) = require_law(law), request.inputs["days"], current_deadline(state)
    if limit.unit is LimitUnit.WORKING_HOUR:
        raise NotAllowed("extension_not_possible", "A limit in hours cannot be extended.")
    if not state.awaits_agency and local_date(request.at) > due_date:
        raise NotAllowed("deadline_passed", f"The due date, {due_date}, has passed: it cannot be extended now.")
    left = law.terms.max_extension - state.extension_days
    if days > left:
        raise NotAllowed(
            "extension_not_possible",
            f"The procedure allows {left} more days of extension, not {days}.",
            pointer="/days",
        )
    return {"deadline": deadline_data(deadline_of(state, law, more_days=days), law)}


def _reschedule(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    law, promised = require_law(law), date.fromisoformat(request.inputs["promised_date"])
    due_date = current_deadline(state).due_date
    if promised <= due_date:
        raise Invalid(
            "promise_not_later",
            f"The promised date must be after the due date, {due_date}.",
            pointer="/promised_date",
        )
    if not law.calendar.is_working_day(promised):
        raise Invalid("promise_on_day_off", "The promised date must be a working day.", pointer="/promised_date")
    # The time of recording counts. An imported apology was recorded elsewhere at its own time (rules §6).
    told_at = request.at if request.imported else request.recorded_at
    last = due_date - timedelta(days=1)
    if not state.regime.apology_by_calendar_day:
        last = law.calendar.previous_working_day(due_date)
    late = local_date(told_at) > last
    return {"flags": ["late_apology"]} if late else {}


def _transfer(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    if request.inputs["to_unit"] == state.responsible_unit:
        raise Invalid("already_there", "This unit is responsible for the dossier already.", pointer="/to_unit")
    return {**(_step_before(state, law) if state.pending else {}), **clock_of_transfer(state, request, law)}


def _end(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """A step that ends during a suspension is judged as if the suspension had ended then (rules §7, §9)."""
    if state.open_wait is None or state.current is None or state.current.limit is None:
        return {}
    return current_step(state, require_law(law), (*state.waits[:-1], replace(state.open_wait, end=request.at)))


def _finish(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    is_refusal, wait = request.inputs["outcome"] == "refused", state.open_wait
    if wait and not is_refusal:
        raise NotAllowed("suspended", "While the dossier waits it can be finished as refused only.")
    effects: dict[str, Any] = {}
    limit, due_date, due_at = current_deadline(state)
    if state.awaits_agency:
        # The clock never started: the limit is counted as if it started now (rules §15).
        effects = clock_start(state, request.at, require_law(law))
        due_date = date.fromisoformat(effects["deadline"]["due_date"])
        due_at = datetime.fromisoformat(effects["deadline"]["due_at"])
    elif wait and wait.counts:
        # Judged as if the suspension ended now under `exclude`, for every policy (rules §7).
        law = require_law(law)
        waits = (*state.waits[:-1], replace(wait, end=request.at, policy=ClockPolicy.EXCLUDE))
        due = deadline_of(state, law, waits=waits)
        due_date, due_at = due.due_date, due.due_at
        effects = {"deadline": deadline_data(due, law)}
    recorded_late = overdue(limit.unit, due_date, due_at, request.recorded_at, False)
    in_time = not overdue(limit.unit, due_date, due_at, request.at, False)
    justified = request.imported or (request.supervisor and request.texts & {"reason", "note"})
    if recorded_late and in_time and not justified:
        raise NotAllowed(
            "finish_recorded_late",
            "A finish recorded after the due date but dated on or before it needs a supervisor and a reason.",
        )
    return {**effects, **_end(state, request, law)}


def _redate(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    return redate(state, require_law(law), request.inputs.get("decision"), local_date(request.at)) or {}


_DECIDERS: Mapping[Action, Callable[[DossierState, ActionRequest, Law | None], dict[str, Any]]] = {
    Action.FORWARD: _forward,
    Action.TAKE: _take,
    Action.REQUEST_SUPPLEMENT: request_supplement,
    Action.REQUEST_PAYMENT: request_payment,
    Action.SUSPEND: begin_wait,
    Action.SUPPLEMENT: end_wait,
    Action.PAY: pay,
    Action.REFUND: refund,
    Action.RESUME: end_wait,
    Action.EXTEND: _extend,
    Action.APPLY_CONDITION: apply_condition,
    Action.RESCHEDULE: _reschedule,
    Action.TRANSFER: _transfer,
    Action.FINISH: _finish,
    Action.WITHDRAW: _end,
    Action.DISCONTINUE: _end,
    Action.REDATE: _redate,
    Action.OUTAGE: outage,
    Action.SUCCEED: clock_of_succession,
}
