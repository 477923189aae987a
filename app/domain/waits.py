"""Decides suspensions: their begin and end, requests for papers, and outages of a system (rules §5, §15)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.actions import ActionRequest
from app.domain.deadline import ClockPolicy, compute
from app.domain.due_dates import current_deadline, current_step, deadline_data, deadline_of, require_law
from app.domain.duties import asking_due
from app.domain.errors import NotAllowed
from app.domain.state import Clock, DossierState, Status, SuspensionReason, Wait
from app.domain.terms import Law
from app.domain.verdict import overdue


def begin_wait(state: DossierState, request: ActionRequest, _law: Law | None) -> dict[str, Any]:
    """Effects of a suspension that begins: whether it counts (rules §5)."""
    if state.status is Status.SUBMITTED:
        return {}
    limit, due_date, due_at = current_deadline(state)
    late = not state.awaits_agency and overdue(limit.unit, due_date, due_at, request.at, False)
    return {"counts": state.policy is not ClockPolicy.RUN and not late}


def end_wait(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """Effects of the end of a suspension: the due date after it (rules §5)."""
    wait = state.open_wait
    if wait is None:
        return {}
    law = require_law(law)
    waits = (*state.waits[:-1], replace(wait, end=request.at))
    due = deadline_of(state, law, waits=waits)
    return {"deadline": deadline_data(due, law), **current_step(state, law, waits)}


def request_supplement(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """Effects of a request for papers (rules §5).

    Raises NotAllowed `supplement_ceiling` and `supplement_requests_used_up`.
    """
    _require_below_ceiling(state, request)
    flags = ["late_request"] if law is not None and _is_late_request(state, request, law) else []
    effects = {**begin_wait(state, request, law), **({"flags": flags} if flags else {})}
    if state.status is Status.SUBMITTED:
        return effects
    law = require_law(law)
    within = law.terms.special.supplement_within
    if within is not None:
        effects["answer_by"] = compute(request.at, within, law.calendar, law.sessions).due_at.isoformat()
    if state.supplement_requests < law.terms.max_supplement_requests:
        return effects
    if not (request.supervisor and "legal_basis" in request.texts):
        raise NotAllowed(
            "supplement_requests_used_up",
            "The procedure allows no more requests for papers; another one needs a supervisor and a legal basis.",
        )
    return {**effects, "flags": [*flags, "repeated_supplement"]}


def _require_below_ceiling(state: DossierState, request: ActionRequest) -> None:
    most = state.regime.most_supplement_requests
    if most is None or state.supplement_requests < most or request.inputs.get("guidance_not_followed"):
        return
    raise NotAllowed(
        "supplement_ceiling",
        f"Papers were asked for {most} times, which is the ceiling. A further request is possible only if the "
        "applicant did not follow the guidance; say so in `guidance_not_followed`, with the reason.",
        pointer="/guidance_not_followed",
    )


def _is_late_request(state: DossierState, request: ActionRequest, law: Law) -> bool:
    due = asking_due(state, law.calendar, law.sessions)
    return due is not None and request.at > due


def outage(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """Effects of an announced outage: a suspension for its first part outside other suspensions (rules §5).

    None if the limit did not run then.
    """
    law = require_law(law)
    if not law.terms.special.outage_suspends or not state.open or state.clock is not Clock.RUNNING:
        return {}
    start, end = _free_part(state, *(datetime.fromisoformat(request.inputs[name]) for name in ("from", "to")))
    if start >= end:
        return {}
    before = tuple(wait for wait in state.waits if wait.start < start)
    due = deadline_of(state, law, waits=before)
    unit = current_deadline(state).limit.unit
    counts = not overdue(unit, due.due_date, due.due_at, start, False)
    wait = Wait(SuspensionReason.OUTAGE, start, counts, ClockPolicy.EXCLUDE, state.status, end)
    waits = (*state.waits, wait)
    return {
        "span": {"from": start.isoformat(), "to": end.isoformat()},
        "counts": counts,
        "deadline": deadline_data(deadline_of(state, law, waits=waits), law),
        **current_step(state, law, waits),
    }


def _free_part(state: DossierState, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The first part of a span with a running limit; it is empty if the start is not before the end."""
    if state.counted_from is not None:
        start = max(start, state.counted_from)
    for wait in sorted(state.waits, key=lambda wait: wait.start):
        if wait.end is None and wait.start <= start:
            return end, end
        if wait.end is not None and wait.start <= start < wait.end:
            start = wait.end
        elif start < wait.start < end:
            end = wait.start
    return start, end
