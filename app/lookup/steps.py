"""The steps of a dossier that the public sees, each as a text with facts from its journal entry."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from string import Formatter
from typing import Any, NamedTuple

from app.catalogue.cache import Reference
from app.domain.lifecycle import CORRECTIONS, Action
from app.lookup.texts import PROMISE_MOVED, REFUSED, STEPS, day_text


class JournalStep(NamedTuple):
    """The part of a journal entry that a look-up needs; `type` is the value of an Action."""

    type: str
    at: datetime
    unit: int
    data: Mapping[str, Any]


# The values of the places {…} in public texts.
_PLACES: Mapping[str, Callable[[Reference, int, JournalStep, str], object]] = {
    "counter": lambda reference, receiving_unit, _step, _language: reference.units[receiving_unit].full_name,
    "unit": lambda reference, _receiving_unit, step, _language: reference.units[step.unit].full_name,
    "to": lambda reference, _receiving_unit, step, _language: reference.units[step.data["to_unit"]].full_name,
    "gone": lambda reference, _receiving_unit, step, _language: reference.units[step.data["from_unit"]].full_name,
    "days": lambda _reference, _receiving_unit, step, _language: step.data["days"],
    "promised": lambda _reference, _receiving_unit, step, language: _day(step.data["promised_date"], language),
    "due": lambda _reference, _receiving_unit, step, language: _day(step.data["deadline"]["due_date"], language),
}
_WITHOUT_DATA = frozenset({"counter", "unit"})


def _places_of(text: str) -> tuple[str, ...]:
    return tuple(name for _text, name, _format, _conversion in Formatter().parse(text) if name)


_PLACES_OF: Mapping[str, tuple[str, ...]] = {action.value: _places_of(words.vi) for action, words in STEPS.items()}
# Only entries of these types are read with their data: for a place in the text, for the outcome, for a correction.
TYPES_WITH_DATA = frozenset(
    {action for action in STEPS if set(_PLACES_OF[action]) - _WITHOUT_DATA}
    | {Action.FINISH, Action.OUTAGE}
    | CORRECTIONS - {Action.REJECT_CORRECTION}
)


def is_public(step: JournalStep) -> bool:
    """True if the public sees the step."""
    # After a correction, a new calendar may have changed nothing, and a succession may have moved nothing.
    if "voided" in step.data:
        return False
    match step.type:
        case Action.REDATE | Action.OUTAGE:
            return "deadline" in step.data or "promise" in step.data
        case Action.SUCCEED:
            return bool(step.data["from_unit"] != step.data["to_unit"])
    return step.type in STEPS


def step_text(reference: Reference, receiving_unit: int, step: JournalStep, language: str) -> str:
    """The text of a public step in "vi" or "en"."""
    if step.type == Action.FINISH and step.data["outcome"] == "refused":
        return REFUSED.say(language)
    if "promise" in step.data:
        return PROMISE_MOVED.say(language, promised=_day(step.data["promise"], language))
    facts = {name: _PLACES[name](reference, receiving_unit, step, language) for name in _PLACES_OF[step.type]}
    return STEPS[Action(step.type)].say(language, **facts)


def _day(text: str, language: str) -> str:
    return day_text(date.fromisoformat(text), language)
