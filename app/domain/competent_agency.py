"""Starts and stops the clock of a dossier for another area: when the competent agency has it (rules §15).

The agency is the responsible unit. Each function gives the effects of one action on that clock.
"""

from typing import Any

from app.domain.actions import ActionRequest
from app.domain.calendar import next_session
from app.domain.due_dates import clock_start, require_law
from app.domain.state import DossierState
from app.domain.terms import Law


def clock_of_hand_off(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """The clock starts at the latest with the first session after the agency was given the dossier (rule 15.5)."""
    if not state.awaits_agency or request.inputs["to_unit"] != state.responsible_unit:
        return {}
    return _next_session(state, request, law)


def clock_of_hand_back(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """A hand-off taken back before the clock started undoes the start (rule 15.6).

    After a succession the unit that gets it back may be the agency itself.
    """
    start = state.clock_started_at
    if start is None:
        return clock_of_hand_off(state, request, law)
    return clock_start(state, None, require_law(law)) if request.at < start else {}


def clock_of_take(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """The agency takes the dossier before the clock has started: it starts now (rule 15.5)."""
    start = state.clock_started_at
    if not state.another_area or not _with_agency(state) or (start is not None and request.at >= start):
        return {}
    return clock_start(state, request.at, require_law(law))


def clock_of_transfer(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """A transfer gives the dossier to the agency (rule 15.5)."""
    return _next_session(state, request, law) if state.awaits_agency and state.open else {}


def clock_of_succession(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """A succession that makes the holder the responsible unit gives the dossier to the agency (rule 15.6)."""
    gone, successor = request.inputs["from_unit"], request.inputs["to_unit"]
    holder, responsible = (successor if unit == gone else unit for unit in (state.holder_unit, state.responsible_unit))
    if not state.awaits_agency or not state.open or _with_agency(state) or holder != responsible:
        return {}
    return _next_session(state, request, law)


def _with_agency(state: DossierState) -> bool:
    return state.holder_unit == state.responsible_unit


def _next_session(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    law = require_law(law)
    return clock_start(state, next_session(request.at, law.calendar, law.sessions), law)
