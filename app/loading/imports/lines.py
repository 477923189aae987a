"""Lines of an import file, parsed and validated like the bodies of requests."""

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
from app.dossiers.externals import pair_key
from app.dossiers.operations import BODIES
from app.dossiers.schemas import ActIn, DossierIn, ExternalIn
from app.http.wire_types import Day, WireIn, validated
from app.text_input import Name

# Bytes; the limit of request bodies too.
LONGEST_LINE = 1_048_576

_ACTIONS = {action.value: action for action in Action}
_OPENING = frozenset({Action.SUBMIT, Action.RECEIVE})
# Fields of the first event. The other fields of a receipt stand on the line itself.
_OF_FIRST_EVENT = frozenset({"at", "officer", "note", "reason"})
# Fields of a receipt that stand on the line.
OF_LINE = DossierIn.model_fields.keys() - {"at", "note", "reason", "submit"}


class LineIn(WireIn):
    """The fields of a line besides those of the dossier."""

    code: Name | None = None
    external: list[ExternalIn] = Field(default_factory=list, max_length=20)
    stated_due_date: Day | None = None
    events: list[dict[str, Any]] = Field(min_length=1, max_length=1000)


# Cached, because Pydantic builds `model_fields` at each use.
_LINE_FIELDS = frozenset(LineIn.model_fields)


class EventIn(WireIn):
    """The field of an event that decides its body."""

    action: Annotated[str, Field(strict=True)]


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line of the file: its number from 1, its offset, and its bytes (None if it is too long)."""

    number: int
    offset: int
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Event:
    """An event after the first."""

    action: Action
    at: datetime
    body: ActIn


@dataclass(frozen=True, slots=True)
class Candidate:
    """A well-formed line. The rules have not been applied yet."""

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
        """The keys of the dossier: its code, and its external codes in the form for comparison."""
        own = [(self.code,)] if self.code else []
        return frozenset([*own, *map(pair_key, self.externals)])

    def require_code_of_its_day(self) -> None:
        """Raises Invalid if the day in the code is not that of the first event (rules §10)."""
        if self.code is None:
            return
        code_day, first_day = parse_code(self.code).date, local_date(self.at)
        if code_day != first_day:
            raise Invalid(
                "code_invalid", f"The code has the date {code_day}, the first event {first_day}.", pointer="/code"
            )


def raw_lines(path: Path) -> Iterator[RawLine]:
    """The lines of the file in order, without blank ones, each of limited size."""
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
    """Reads a line of `raw_lines` again."""
    file.seek(offset)
    return RawLine(number, offset, file.readline(LONGEST_LINE + 1))


def _skip_rest(file: BinaryIO, read: bytes) -> None:
    while read and not read.endswith(b"\n"):
        read = file.readline(LONGEST_LINE + 1)


def candidate(line: RawLine) -> Candidate:
    """The line as a dossier with its events. Raises Invalid with a pointer to the wrong field."""
    if line.raw is None:
        raise Invalid("line_too_long", f"A line has at most {LONGEST_LINE} bytes.")
    data = _parse(line.raw)
    head = {name: value for name, value in data.items() if name in _LINE_FIELDS}
    about = {name: value for name, value in data.items() if name not in _LINE_FIELDS or name == "external"}
    if unknown := sorted(about.keys() - OF_LINE):
        fields = ", ".join(sorted(OF_LINE | _LINE_FIELDS))
        raise Invalid("invalid", f"A line has no field {unknown[0]!r}; its fields: {fields}.", pointer=f"/{unknown[0]}")
    checked = validated(LineIn, head, "")
    code = None if checked.code is None else _code(checked.code)
    externals = tuple((external.system, external.code) for external in checked.external)
    if code is None and not externals:
        raise Invalid("code_needed", "A line needs a code or an external code that identifies the dossier.")
    if len(set(map(pair_key, externals))) < len(externals):
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


def _code(text: str) -> str:
    try:
        return str(parse_code(normalise_code(text)))
    except Invalid as error:
        raise Invalid(error.code, error.detail, pointer="/code") from None


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse)
    except RecursionError:
        raise Invalid("line_unreadable", "The line is nested too deeply.") from None
    except ValueError as error:  # not UTF-8, not JSON, or a number with thousands of digits
        raise Invalid("line_unreadable", f"The line is not JSON in UTF-8: {error}") from None
    if not isinstance(data, dict):
        raise Invalid("line_unreadable", "A line must be a JSON object.")
    return data


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _opening(about: Mapping[str, Any], first: Mapping[str, Any]) -> DossierIn:
    action = _action(0, first)
    if action not in _OPENING:
        raise Invalid("not_possible", "A history must begin with receive or submit.", pointer="/events/0/action")
    if unknown := sorted(first.keys() - _OF_FIRST_EVENT - {"action"}):
        raise Invalid(
            "invalid",
            f"The first event has no field {unknown[0]!r}; the other fields of a receipt stand on the line itself.",
            pointer=f"/events/0/{unknown[0]}",
        )
    given = {name: value for name, value in first.items() if name != "action"}
    return validated(DossierIn, {**about, **given, "submit": action is Action.SUBMIT}, "")


def _event(index: int, event: Mapping[str, Any]) -> Event:
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
    except ValidationError:
        # The time is checked first. The other errors are those of requests.
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
        raise Invalid("at_needed", "Each event of a history needs its time in `at`.", pointer=f"/events/{index}/at")
    return at
