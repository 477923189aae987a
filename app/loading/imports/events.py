"""Events of a line: reads their dates, keeps what the rules do not know as notes, and validates their bodies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, ValidationError

from app.domain.errors import Invalid
from app.domain.lifecycle import CORRECTIONS, TRANSITIONS, Action
from app.domain.localtime import TZ
from app.domain.state import Flag, Status
from app.dossiers.operations import BODIES
from app.dossiers.schemas import ActIn, DossierIn
from app.http.wire_types import WireIn, validated
from app.loading.cells.dates import DateForms, instant_of, is_instant, read_date
from app.loading.cells.sentences import joined

HOUR_ASSUMED, OLD_REGISTER = Flag.HOUR_ASSUMED.value, Flag.OLD_REGISTER.value
# The summary of an import counts their lines.
COUNTED = frozenset({HOUR_ASSUMED, OLD_REGISTER, Flag.ZEROS_RESTORED.value})
# The action of an event that the rules do not know.
NOTE = "note"
NOT_WRITTEN = "Sổ cũ không ghi"

_ACTIONS = {action.value: action for action in Action}
_OPENING = frozenset({Action.SUBMIT, Action.RECEIVE})
_ENDS = frozenset({Action.FINISH, Action.WITHDRAW, Action.DISCONTINUE, Action.DECLINE})
# Words that old registers often lack (rules §8).
_GAPS = frozenset({"received_by", "reason", "request", "legal_basis"})


class EventIn(WireIn):
    """The field of an event that decides its body."""

    action: Annotated[str, Field(strict=True)]


@dataclass(frozen=True, slots=True)
class Event:
    """An event after the first; `index` is its place in the line."""

    index: int
    action: Action
    at: datetime
    body: ActIn
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatedEvent:
    """An event as the line has it, with its time in the form of the interface."""

    index: int
    data: dict[str, Any]
    flags: tuple[str, ...] = ()


def dated_events(events: Sequence[Mapping[str, Any]], forms: DateForms) -> list[DatedEvent]:
    """The events with instants. Of a date alone the hour is taken, and flagged. Raises Invalid for all odd dates."""
    last: datetime | None = None
    dated: list[DatedEvent] = []
    refusals: list[Invalid] = []
    for index, event in enumerate(events):
        try:
            dated.append(_dated(index, event, forms, last))
            last = _instant(str(dated[-1].data.get("at"))) or last
        except Invalid as refused:
            refusals.append(refused)
    if refusals:
        raise joined(refusals)
    return dated


def _dated(index: int, event: Mapping[str, Any], forms: DateForms, last: datetime | None) -> DatedEvent:
    data, value = dict(event), event.get("at")
    promised = data.get("promised_date")
    if promised is not None and not isinstance(promised, bool | list | dict):
        data["promised_date"] = read_date(promised, f"/events/{index}/promised_date", forms).day
    if is_instant(value) or value is None or isinstance(value, bool | list | dict):
        return DatedEvent(index, data)
    at, is_assumed = instant_of(value, f"/events/{index}/at", forms, last)
    return DatedEvent(index, {**data, "at": at.isoformat()}, (HOUR_ASSUMED,) if is_assumed else ())


def _instant(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def kept_events(events: Sequence[DatedEvent]) -> list[DatedEvent]:
    """The events that the rules know. The others stand in the note of the event before (rules §8)."""
    kept: list[DatedEvent] = []
    ended: Action | None = None
    for event in events:
        action = _ACTIONS.get(str(event.data.get("action"))) if kept else None
        if kept and (event.data.get("action") == NOTE or _is_after_end(action, ended)):
            before = kept[-1]
            note = "\n".join(filter(None, [before.data.get("note"), _as_note(event)]))
            flags = tuple(sorted({*before.flags, OLD_REGISTER}))
            kept[-1] = DatedEvent(before.index, {**before.data, "note": note}, flags)
            continue
        kept.append(event)
        ended = action if action in _ENDS or action is Action.RETURN else ended
    return kept


def _is_after_end(action: Action | None, ended: Action | None) -> bool:
    if action is None or ended is None or action in CORRECTIONS:
        return False
    return ended is not Action.FINISH or Status.FINISHED not in TRANSITIONS[action].sources


def _as_note(event: DatedEvent) -> str:
    """The event in words: its day, and its fields as the line has them."""
    at = _instant(str(event.data.get("at", "")))
    day = f"{at.astimezone(TZ):%d/%m/%Y}: " if at is not None and at.tzinfo is not None else ""
    fields = [str(value) for name, value in event.data.items() if name not in ("action", "at") and value]
    action = event.data["action"]
    return day + "; ".join(fields if action == NOTE else [action, *fields])


def opening_body(about: Mapping[str, Any], first: Mapping[str, Any], known: frozenset[str]) -> DossierIn:
    """The body of the receipt: the line, and the known fields of its first event."""
    action = _action(0, first)
    if action not in _OPENING:
        raise Invalid("not_possible", "A history must begin with receive or submit.", pointer="/events/0/action")
    if unknown := sorted(first.keys() - known - {"action"}):
        raise Invalid(
            "invalid",
            f"The first event has no field {unknown[0]!r}; the other fields of a receipt stand on the line itself.",
            pointer=f"/events/0/{unknown[0]}",
        )
    given = {name: value for name, value in first.items() if name != "action"}
    return validated(DossierIn, {**about, **given, "submit": action is Action.SUBMIT}, "")


def event_of(dated: DatedEvent) -> Event:
    """A validated event after the first. Gaps of old registers are filled and flagged."""
    index, event = dated.index, dated.data
    action = _action(index, event)
    if action is Action.OUTAGE:
        raise Invalid(
            "not_importable",
            "Import the dossier without the outage, and record the outage by POST /api/v1/outages while it is open.",
            pointer=f"/events/{index}/action",
        )
    if action is Action.SUBMIT or action not in BODIES:
        raise Invalid(
            "not_possible", f"{action} is not possible after the first event.", pointer=f"/events/{index}/action"
        )
    if action in CORRECTIONS:
        raise Invalid(
            "not_importable",
            "Import a corrected history in its right form, without the correction.",
            pointer=f"/events/{index}/action",
        )
    given = {name: value for name, value in event.items() if name != "action"}
    try:
        body = BODIES[action].model_validate(given)
    except ValidationError as error:
        # The time is checked first. The other errors are those of requests.
        at = at_of(index, event)
        gaps = {str(item["loc"][-1]) for item in error.errors() if item["type"] == "missing"} & _GAPS
        body = validated(BODIES[action], given | dict.fromkeys(gaps, NOT_WRITTEN), f"/events/{index}")
        flags = (*dated.flags, OLD_REGISTER) if gaps else dated.flags
        return Event(index, action, at, body, tuple(sorted(set(flags))))
    return Event(index, action, body.at or at_of(index, event), body, dated.flags)


def _action(index: int, event: Mapping[str, Any]) -> Action:
    name = event.get("action")
    if isinstance(name, str) and name in _ACTIONS:
        return _ACTIONS[name]
    name = validated(EventIn, {"action": name}, f"/events/{index}").action
    try:
        return Action(name)
    except ValueError:
        raise Invalid("invalid", f"There is no action {name[:40]!r}.", pointer=f"/events/{index}/action") from None


def at_of(index: int, event: Mapping[str, Any]) -> datetime:
    """The time of an event. Raises Invalid without one."""
    at = validated(ActIn, {"at": event.get("at")}, f"/events/{index}").at
    if at is None:
        raise Invalid("at_needed", "Each event of a history needs its time in `at`.", pointer=f"/events/{index}/at")
    return at
