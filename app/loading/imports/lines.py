"""One line of an import file: read without trusting it, and checked like the bodies of requests."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn

from pydantic import Field, ValidationError

from app.domain.codes import normalise_code, parse_code
from app.domain.errors import Invalid
from app.domain.lifecycle import CORRECTIONS, Action
from app.domain.localtime import local_date
from app.dossiers.operations import BODIES
from app.dossiers.schemas import ActIn, DossierIn, ExternalIn
from app.http.wire_types import Day, WireIn, validated
from app.text_input import Name

# A line longer than this is no dossier; bodies of requests have the same bound.
LONGEST_LINE = 1_048_576

_ACTIONS = {action.value: action for action in Action}
_OPENING = frozenset({Action.SUBMIT, Action.RECEIVE})
# The first event says when and by whom; what the dossier is about stands beside the events.
_OF_FIRST_EVENT = frozenset({"at", "officer", "note", "reason"})
_OF_LINE = DossierIn.model_fields.keys() - {"at", "note", "reason", "submit"}


class LineIn(WireIn):
    """What a line holds besides the dossier's own fields."""

    code: Name | None = None
    external: list[ExternalIn] = Field(default_factory=list, max_length=20)
    stated_due_date: Day | None = None
    events: list[dict[str, Any]] = Field(min_length=1, max_length=1000)


# A property of the class that is made anew at each use.
_LINE_FIELDS = frozenset(LineIn.model_fields)


class EventIn(WireIn):
    """What of an event says which body it has."""

    action: Annotated[str, Field(strict=True)]


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as it stands in the file: its number from 1, where it begins, and its bytes; None where it is too long."""

    number: int
    offset: int
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Event:
    """One event after the first."""

    action: Action
    at: datetime
    body: ActIn


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that is well formed; whether it is lawful is not yet known."""

    number: int
    raw: bytes
    code: str | None
    externals: tuple[tuple[str, str], ...]
    stated_due_date: date | None
    at: datetime
    opening: DossierIn
    events: tuple["Event", ...]

    @property
    def keys(self) -> frozenset[tuple[str, ...]]:
        """By what the dossier is known: its code here, its codes elsewhere."""
        own = [(self.code,)] if self.code else []
        return frozenset([*own, *self.externals])

    def require_code_of_its_day(self) -> None:
        """Raises Invalid where the code is of another day than the first event, which dates it (rules §10)."""
        if self.code is None:
            return
        borne, first = parse_code(self.code).date, local_date(self.at)
        if borne != first:
            raise Invalid("code_invalid", f"The code is of {borne}, the first event of {first}.", pointer="/code")


def raw_lines(path: Path) -> Iterator[RawLine]:
    """The lines of the file that are not blank, in order, each of bounded size."""
    with path.open("rb") as file:
        number = 0
        while True:
            offset = file.tell()
            raw = file.readline(LONGEST_LINE + 1)
            if not raw:
                return
            number += 1
            if len(raw) > LONGEST_LINE:
                _skip_rest(file, raw)
                yield RawLine(number, offset, None)
            elif raw.strip():
                yield RawLine(number, offset, raw)


def line_at(file: BinaryIO, number: int, offset: int) -> RawLine:
    """A line that `raw_lines` gave, once more."""
    file.seek(offset)
    return RawLine(number, offset, file.readline(LONGEST_LINE + 1))


def _skip_rest(file: BinaryIO, read: bytes) -> None:
    while read and not read.endswith(b"\n"):
        read = file.readline(LONGEST_LINE + 1)


def candidate(line: RawLine) -> Candidate:
    """The line as a dossier with its events; raises Invalid with a pointer to what does not fit."""
    if line.raw is None:
        raise Invalid("line_too_long", f"A line has at most {LONGEST_LINE} bytes.")
    data = _parsed(line.raw)
    head = {name: value for name, value in data.items() if name in _LINE_FIELDS}
    about = {name: value for name, value in data.items() if name not in _LINE_FIELDS or name == "external"}
    if unknown := sorted(about.keys() - _OF_LINE):
        known = ", ".join(sorted(_OF_LINE | _LINE_FIELDS))
        raise Invalid("invalid", f"A line has no field {unknown[0]!r}; it may have: {known}.", pointer=f"/{unknown[0]}")
    checked = validated(LineIn, head, "")
    code = None if checked.code is None else str(parse_code(normalise_code(checked.code)))
    externals = tuple((one.system, one.code) for one in checked.external)
    if code is None and not externals:
        raise Invalid("code_needed", "A line needs a code or an external, by which it is known again.")
    if len(set(externals)) < len(externals):
        raise Invalid("external_twice", "The same external code is given twice.", pointer="/external")
    return Candidate(
        line.number,
        line.raw,
        code,
        externals,
        checked.stated_due_date,
        _at(0, checked.events[0]),
        _opening(about, checked.events[0]),
        tuple(_event(index, event) for index, event in enumerate(checked.events) if index),
    )


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw.decode("utf-8-sig"), parse_constant=_refused)
    except RecursionError:
        raise Invalid("line_unreadable", "The line is nested too deeply.") from None
    except ValueError as error:  # not UTF-8, not JSON, or a number of thousands of digits
        raise Invalid("line_unreadable", f"The line is no JSON in UTF-8: {error}") from None
    if not isinstance(data, dict):
        raise Invalid("line_unreadable", "A line is a JSON object.")
    return data


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _opening(about: Mapping[str, Any], first: Mapping[str, Any]) -> DossierIn:
    action = _action(0, first)
    if action not in _OPENING:
        raise Invalid("not_possible", "A history begins with receive or submit.", pointer="/events/0/action")
    if unknown := sorted(first.keys() - _OF_FIRST_EVENT - {"action"}):
        raise Invalid(
            "invalid",
            f"The first event has no field {unknown[0]!r}; what the dossier is about stands beside the events.",
            pointer=f"/events/0/{unknown[0]}",
        )
    given = {name: value for name, value in first.items() if name != "action"}
    return validated(DossierIn, {**about, **given, "submit": action is Action.SUBMIT}, "")


def _event(index: int, event: Mapping[str, Any]) -> Event:
    action = _action(index, event)
    if action is Action.SUBMIT or action not in BODIES:
        raise Invalid("not_possible", f"{action} is no later event.", pointer=f"/events/{index}/action")
    if action in CORRECTIONS:
        raise Invalid(
            "not_importable",
            "A corrected history is imported as it is right, without the correction.",
            pointer=f"/events/{index}/action",
        )
    given = {name: value for name, value in event.items() if name != "action"}
    try:
        body = BODIES[action].model_validate(given)
    except ValidationError:
        # When it happened is looked at first, and what does not fit is said as in requests.
        return Event(action, _at(index, event), validated(BODIES[action], given, f"/events/{index}"))
    return Event(action, body.at or _at(index, event), body)


def _action(index: int, event: Mapping[str, Any]) -> Action:
    name = event.get("action")
    if isinstance(name, str) and name in _ACTIONS:
        return _ACTIONS[name]
    name = validated(EventIn, {"action": name}, f"/events/{index}").action
    try:
        return Action(name)
    except ValueError:
        raise Invalid("invalid", f"There is no action {name[:40]!r}.", pointer=f"/events/{index}/action") from None


def _at(index: int, event: Mapping[str, Any]) -> datetime:
    at = validated(ActIn, {"at": event.get("at")}, f"/events/{index}").at
    if at is None:
        raise Invalid("at_needed", "Each event of a history says when it happened.", pointer=f"/events/{index}/at")
    return at
