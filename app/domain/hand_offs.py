"""Changes the hand-offs of a dossier: gives, takes, finishes and takes back steps (rules §9)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from app.domain.state import DossierState, HandOff, HandOffState, current_hand_off, limit_from
from app.domain.verdict import verdict

HandOffs = tuple[HandOff, ...]


def first_step(step: Mapping[str, Any] | None, unit: int, at: datetime) -> HandOffs:
    """The hand-offs after a receipt: the first step of the route counts as taken; none without a route (rules §9)."""
    if not step:
        return ()
    return (HandOff(1, step["name"], None, unit, at, at, HandOffState.TAKEN, **_dates_of(step)),)


def given(state: DossierState, to_unit: int, step: Mapping[str, Any] | None, at: datetime) -> HandOffs:
    """The hand-offs with the present step done and a new one given (rules §9)."""
    name = step["name"] if step else None
    number, giver = hand_off_number(state), state.holder_unit
    new = HandOff(number, name, giver, to_unit, at, None, HandOffState.GIVEN, **_dates_of(step))
    return (*finished(state.hand_offs, at), new)


def hand_off_number(state: DossierState) -> int:
    """The number of the next hand-off; a hand-off that was not taken frees its number and its share (rules §9)."""
    return 1 + sum(hand_off.state is not HandOffState.NOT_TAKEN for hand_off in state.hand_offs)


def step_before(state: DossierState) -> HandOff | None:
    """The last step that is done; it goes on if the pending hand-off is taken back (rules §9)."""
    done = [hand_off for hand_off in state.hand_offs if hand_off.state is HandOffState.DONE]
    return done[-1] if done else None


def taken_back(state: DossierState, pending: HandOff) -> HandOffs:
    """The hand-offs with the pending one closed as not taken, and the step before it under way again (rules §9)."""
    hand_offs = exchange(state.hand_offs, pending, replace(pending, state=HandOffState.NOT_TAKEN))
    before = step_before(state)
    if before is None:
        return hand_offs
    return exchange(hand_offs, before, replace(before, state=HandOffState.TAKEN, done_at=None, verdict=None))


def finished(hand_offs: HandOffs, at: datetime) -> HandOffs:
    """The hand-offs with the present one done; a step with a share gets a verdict (rules §7, §9)."""
    current = current_hand_off(hand_offs)
    if current is None:
        return hand_offs
    judged = None
    if current.limit and current.due_date and current.due_at:
        judged = verdict(current.limit.unit, current.due_date, current.due_at, at)
    return exchange(hand_offs, current, replace(current, state=HandOffState.DONE, done_at=at, verdict=judged))


def dated(hand_offs: HandOffs, data: Mapping[str, Any]) -> HandOffs:
    """The hand-offs with the new due date of the present step, if the entry has one (rules §9)."""
    step, current = data.get("step"), current_hand_off(hand_offs)
    if not step or current is None:
        return hand_offs
    return exchange(hand_offs, current, replace(current, **_dates_of(step)))


def exchange(hand_offs: HandOffs, old: HandOff, new: HandOff) -> HandOffs:
    """The hand-offs with one exchanged."""
    return tuple(new if hand_off is old else hand_off for hand_off in hand_offs)


def _dates_of(step: Mapping[str, Any] | None) -> dict[str, Any]:
    if not step or not step.get("limit"):
        return {}
    return {
        "limit": limit_from(step["limit"]),
        "due_date": date.fromisoformat(step["due_date"]),
        "due_at": datetime.fromisoformat(step["due_at"]),
    }
