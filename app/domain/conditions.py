"""Decides named conditions of a procedure version, which lengthen the limit of a dossier (rules §4)."""

from dataclasses import replace
from typing import Any

from app.domain.actions import ActionRequest
from app.domain.calendar import local_date
from app.domain.due_dates import current_deadline, deadline_data, deadline_of, require_law
from app.domain.errors import Invalid, NotAllowed
from app.domain.limits import LimitUnit, TimeLimit
from app.domain.state import DossierState, limit_data
from app.domain.terms import Condition, Law


def apply_condition(state: DossierState, request: ActionRequest, law: Law | None) -> dict[str, Any]:
    """Effects of a condition: another limit, or days that are added, with the new deadline.

    Raises Invalid `unknown_condition`. Raises NotAllowed `condition_applied`, `deadline_passed`, `condition_shortens`
    and `days_not_addable`.
    """
    law, due_date = require_law(law), current_deadline(state).due_date
    condition = law.terms.condition(request.inputs["condition"])
    if condition is None:
        possible = ", ".join(condition.code for condition in law.terms.special.conditions) or "none"
        raise Invalid(
            "unknown_condition", f"The procedure has no such condition; it has: {possible}.", pointer="/condition"
        )
    if condition.code in state.conditions:
        raise NotAllowed("condition_applied", f"The condition {condition.code} was applied already.")
    if not state.awaits_agency and local_date(request.at) > due_date:
        raise NotAllowed("deadline_passed", f"The due date, {due_date}, has passed: no condition can be applied now.")
    _require_countable(state, condition)
    if condition.limit is not None:
        due = deadline_of(replace(state, limit=condition.limit), law)
        if due.due_date < due_date:
            raise NotAllowed("condition_shortens", f"The condition {condition.code} would shorten the limit.")
        return {"limit": limit_data(condition.limit), "deadline": deadline_data(due, law)}
    due = deadline_of(state, law, more_days=condition.days)
    return {"added_days": condition.days, "deadline": deadline_data(due, law)}


def is_applicable(state: DossierState, condition: Condition) -> bool:
    """True if the condition was not applied yet, and counts in a unit that goes with the limit of the dossier."""
    return condition.code not in state.conditions and not _mixes_days_and_hours(state, condition)


def _require_countable(state: DossierState, condition: Condition) -> None:
    """Raises NotAllowed `days_not_addable` for days and hours in one limit."""
    if not _mixes_days_and_hours(state, condition):
        return
    if condition.limit is None:
        detail = f"The condition {condition.code} adds days, but the limit of the dossier is in hours."
    else:
        detail = (
            f"The condition {condition.code} has a limit in hours, but {state.added_days} days were added to the limit "
            "of the dossier."
        )
    raise NotAllowed("days_not_addable", detail, pointer="/condition")


def _mixes_days_and_hours(state: DossierState, condition: Condition) -> bool:
    limit = condition.limit or state.limit
    return _in_hours(limit) and bool(condition.days or state.added_days)


def _in_hours(limit: TimeLimit | None) -> bool:
    return limit is not None and limit.unit is LimitUnit.WORKING_HOUR
