"""Reads NDJSON: one dossier a line, in each encoding of whole files."""

import json
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from app.domain.errors import Invalid
from app.loading.cells.damage import converted_strings, refuse_damage
from app.loading.cells.dates import DateForms
from app.loading.cells.encodings import Encoding, encoding_of
from app.loading.cells.letters import is_odd
from app.loading.cells.records import Place

# Bytes; the limit of request bodies too.
LONGEST_LINE = 1_048_576


@dataclass(frozen=True, slots=True)
class JsonLine:
    """A line of the file: its number from 1, and its bytes (None if it is too long)."""

    number: int
    raw: bytes | None
    letters: str | None

    def data(self) -> dict[str, Any]:
        """The object of the line. Raises Invalid for other content and for damaged text."""
        if self.raw is None:
            raise Invalid("line_too_long", f"A line has at most {LONGEST_LINE} bytes.")
        return _parse(self.raw, self.letters)

    def place(self, _pointer: str) -> Place:
        """The line. The pointer itself leads to the field."""
        return Place(self.number, is_line=True)

    def value(self, pointer: str) -> str:
        """The value of the field, empty for objects and lists."""
        try:
            value: Any = self.data()
            for step in pointer.split("/")[1:]:
                value = value[int(step)] if isinstance(value, list) else value[step]
        except (Invalid, LookupError, TypeError, ValueError):
            return ""
        return "" if isinstance(value, dict | list) or value is None else str(value)

    def text(self) -> str | None:
        """The line as the file has it."""
        return None if self.raw is None else self.raw.decode("utf-8", "backslashreplace").rstrip("\r\n")

    def flags(self) -> Sequence[str]:
        """No flags: the line says all itself."""
        return ()


class JsonLines:
    """A file of JSON lines. `encoding` None: found."""

    # The lines with a code come first.
    has_codes = True

    def __init__(self, path: Path, encoding: str | None, forms: DateForms) -> None:
        self._path = path
        self._encoding = _encoding(path, encoding)
        self.forms = forms

    def count(self) -> int:
        """The number of lines."""
        return sum(1 for _line in self.records())

    def records(self, only: Container[int] | None = None) -> Iterator[JsonLine]:
        """The lines in order, without blank ones; `only` those with these numbers."""
        read = _raw_lines if self._encoding.codec == Encoding().codec else _decoded_lines
        for number, raw in read(self._path, self._encoding.codec):
            if only is None or number in only:
                yield JsonLine(number, raw, self._encoding.letters)

    def notes(self) -> Sequence[str]:
        """Nothing: each line is loaded or rejected."""
        return ()

    def close(self) -> None:
        """Nothing stays open between two readings."""


def _encoding(path: Path, stated: str | None) -> Encoding:
    try:
        return encoding_of(path, stated)
    except Invalid:
        if stated is not None:
            raise
        # JSON is UTF-8. Lines that are not are rejected alone.
        return Encoding()


def _decoded_lines(path: Path, codec: str) -> Iterator[tuple[int, bytes | None]]:
    """The lines of a file in another encoding, in UTF-8."""
    with TextIOWrapper(path.open("rb"), codec, "replace", newline="\n") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            raw = line.encode()
            if len(raw) > LONGEST_LINE:
                while line and not line.endswith("\n"):
                    line = file.readline(LONGEST_LINE + 1)
                yield number, None
            elif raw.strip():
                yield number, raw


def _raw_lines(path: Path, _codec: str) -> Iterator[tuple[int, bytes | None]]:
    """The numbered lines of the file, without blank ones, each of limited size."""
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(raw) > LONGEST_LINE:
                _skip_rest(file, raw)
                yield number, None
            elif raw.strip():
                yield number, raw


def _skip_rest(file: BinaryIO, read: bytes) -> None:
    while read and not read.endswith(b"\n"):
        read = file.readline(LONGEST_LINE + 1)


def _parse(raw: bytes, letters: str | None) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
        data = _DECODER.decode(text)
    except RecursionError:
        raise Invalid("line_unreadable", "The line is nested too deeply.") from None
    except ValueError as error:  # not UTF-8, not JSON, or a number with thousands of digits
        raise Invalid("line_unreadable", f"The line is not JSON in UTF-8: {error}") from None
    if not isinstance(data, dict):
        raise Invalid("line_unreadable", "A line must be a JSON object.")
    if letters is not None:
        return dict(converted_strings(data, letters))
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
