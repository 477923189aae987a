"""Lines of an import file, parsed and validated like the bodies of requests."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from pydantic import Field

from app.domain.codes import normalise_code, parse_code
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.dossiers.externals import pair_key
from app.dossiers.schemas import DossierIn, ExternalIn
from app.http.wire_types import Day, WireIn, validated
from app.loading.cells.damage import converted_strings, refuse_damage
from app.loading.cells.dates import DateForms, read_date
from app.loading.cells.letters import is_odd
from app.loading.imports.events import Event, at_of, dated_events, event_of, kept_events, opening_body
from app.text_input import Name

# Bytes; the limit of request bodies too.
LONGEST_LINE = 1_048_576

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


@dataclass(frozen=True, slots=True)
class Options:
    """How a file writes dates, and the letters of its old font (None: Unicode)."""

    forms: DateForms = field(default_factory=DateForms)
    letters: str | None = None


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line of the file: its number from 1, its offset, and its bytes (None if it is too long)."""

    number: int
    offset: int
    raw: bytes | None


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
    flags: tuple[str, ...] = ()

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


def candidate(line: RawLine, options: Options) -> Candidate:
    """The line as a dossier with its events. Raises Invalid with a pointer to the wrong field."""
    if line.raw is None:
        raise Invalid("line_too_long", f"A line has at most {LONGEST_LINE} bytes.")
    return candidate_of(line.number, line.raw, _parse(line.raw, options), options)


def candidate_of(number: int, raw: bytes, data: Mapping[str, Any], options: Options) -> Candidate:
    """The parsed line as a dossier with its events. Raises Invalid with a pointer to the wrong field."""
    head = {name: value for name, value in data.items() if name in _LINE_FIELDS}
    about = {name: value for name, value in data.items() if name not in _LINE_FIELDS or name == "external"}
    if unknown := sorted(about.keys() - OF_LINE):
        fields = ", ".join(sorted(OF_LINE | _LINE_FIELDS))
        raise Invalid("invalid", f"A line has no field {unknown[0]!r}; its fields: {fields}.", pointer=f"/{unknown[0]}")
    if (stated := head.get("stated_due_date")) is not None and not isinstance(stated, list | dict | bool):
        head["stated_due_date"] = read_date(stated, "/stated_due_date").day
    checked = validated(LineIn, head, "")
    code = None if checked.code is None else _code(checked.code)
    externals = tuple((external.system, external.code) for external in checked.external)
    if code is None and not externals:
        raise Invalid("code_needed", "A line needs a code or an external code that identifies the dossier.")
    if len(set(map(pair_key, externals))) < len(externals):
        raise Invalid("external_twice", "The same external code is given twice.", pointer="/external")
    first, *later = kept_events(dated_events(checked.events, options.forms))
    return Candidate(
        number,
        raw,
        code,
        externals,
        checked.stated_due_date,
        at_of(0, first.data),
        opening_body(about, first.data, _OF_FIRST_EVENT),
        tuple(event_of(event) for event in later),
        first.flags,
    )


def _code(text: str) -> str:
    try:
        return str(parse_code(normalise_code(text)))
    except Invalid as error:
        raise Invalid(error.code, error.detail, pointer="/code") from None


def _parse(raw: bytes, options: Options) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
        data = _DECODER.decode(text)
    except RecursionError:
        raise Invalid("line_unreadable", "The line is nested too deeply.") from None
    except ValueError as error:  # not UTF-8, not JSON, or a number with thousands of digits
        raise Invalid("line_unreadable", f"The line is not JSON in UTF-8: {error}") from None
    if not isinstance(data, dict):
        raise Invalid("line_unreadable", "A line must be a JSON object.")
    if options.letters is not None:
        converted = converted_strings(data, options.letters)
        return dict(converted)
    if is_odd(text) or "\\u" in text:
        refuse_damage(data)
    return data


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid("duplicate_key", f"The line has the key {twice!r} twice in one object.", pointer=f"/{twice}")
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse)
