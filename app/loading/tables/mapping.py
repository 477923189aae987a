"""The mapping file: which columns of a table fill which fields and events, in TOML that a person edits."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as PydanticField

from app.domain.errors import Invalid
from app.loading.cells.dates import DateForms, hour_from, zone_from
from app.loading.cells.encodings import Stated
from app.loading.tables.fields import ACTIONS, Field, Kind, fields_of_dossier, fields_of_event

Text = Annotated[str, PydanticField(min_length=1)]
Columns = Text | Annotated[list[Text], PydanticField(min_length=1)]
Value = str | int | bool
# A draft has it where a person has to fill in something.
TO_FILL = "?"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FilePart(_Part):
    """How the file is built. `header_rows`: by default the first row with all columns of the mapping."""

    sheets: list[Text] | None = None
    header_rows: list[Annotated[int, PydanticField(ge=1)]] | None = PydanticField(None, max_length=3)
    encoding: Stated | None = None
    separator: Literal[",", ";", "\t", "|"] | None = None
    fill_down: list[Text] = PydanticField(default_factory=list)
    blank: list[str] = PydanticField(default_factory=lambda: ["-", "–", "—", "…", "..."])


class DatesPart(_Part):
    """How cells write dates."""

    time_zone: str = "+07:00"
    hour: str = "08:00"
    first: Literal["day", "month"] = "day"
    two_digits_from: Annotated[int, PydanticField(ge=1900, le=2100)] | None = None
    epoch: Literal[1900, 1904] | None = None
    swapped: list[Text] = PydanticField(default_factory=list)

    def forms(self, epoch: int) -> DateForms:
        """The forms of dates; `epoch` is that of the workbook."""
        return DateForms(
            zone_from(self.time_zone),
            hour_from(self.hour),
            self.first == "month",
            self.two_digits_from,
            self.epoch or epoch,
        )


class ExternalPart(_Part):
    """A code of the dossier in another system."""

    system: Text
    code: Columns


class EventPart(BaseModel):
    """An event, if its cells have a date and `when` is true. The other members are its fields."""

    model_config = ConfigDict(extra="allow", strict=True)

    action: Text | None = None
    action_column: Text | None = None
    at: Columns
    when: dict[str, str | list[str]] = PydanticField(default_factory=dict)
    without_date: Literal["refuse", "note"] = "refuse"


class MappingPart(_Part):
    """The whole file."""

    file: FilePart = PydanticField(default_factory=FilePart)
    dates: DatesPart = PydanticField(default_factory=DatesPart)
    fields: dict[str, Any]
    external: list[ExternalPart] = PydanticField(default_factory=list, max_length=20)
    events: list[EventPart] = PydanticField(min_length=1, max_length=200)
    values: dict[str, dict[str, Value]] = PydanticField(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filling:
    """A field, and the columns or the constant that fill it. `where` is its place in the mapping."""

    field: Field
    columns: tuple[str, ...]
    constant: Any
    where: str


@dataclass(frozen=True, slots=True)
class MappedEvent:
    """An event of the mapping with its fields. `action` None: the cell of `action_column` names it."""

    action: str | None
    action_column: str | None
    at: tuple[str, ...]
    when: Mapping[str, Sequence[str]]
    keeps_undated: bool
    fillings: tuple[Filling, ...]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A checked mapping."""

    file: FilePart
    dates: DatesPart
    fillings: tuple[Filling, ...]
    externals: tuple[tuple[str, Filling], ...]
    events: tuple[MappedEvent, ...]
    values: Mapping[str, Mapping[str, Value]]

    def columns(self) -> Iterator[str]:
        """Each column that the mapping names, some more than once."""
        fillings = [*self.fillings, *(filling for _system, filling in self.externals)]
        for event in self.events:
            yield from (*event.at, *event.when, *([event.action_column] if event.action_column else []))
            fillings += event.fillings
        for filling in fillings:
            yield from filling.columns
        yield from (*self.file.fill_down, *self.dates.swapped, *self.values)


def read_mapping(path: Path) -> TableMapping:
    """The mapping of a file. Raises Invalid `mapping_invalid` with the place of the first mistake."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        part = MappingPart.model_validate(content)
    except UnicodeDecodeError:
        raise _mistake("", "the file is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise _mistake("", str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        raise _mistake(".".join(map(str, first["loc"])), str(first["msg"])) from None
    return _checked(part)


def _checked(part: MappingPart) -> TableMapping:
    _require_filled(part.model_dump(), "")
    fillings = tuple(_fillings(part.fields, fields_of_dossier(), "fields"))
    externals = tuple(
        (external.system, Filling(Field("external", Kind.CODE), _listed(external.code), None, f"external.{number}"))
        for number, external in enumerate(part.external)
    )
    events = tuple(_event(event, f"events.{number}") for number, event in enumerate(part.events))
    names = {filling.field.name for filling in fillings}
    if "code" not in names and not externals:
        raise _mistake("external", "a dossier needs a code: [fields] code, or an [[external]] with system and code")
    for needed in ("procedure", "receiving_unit", "applicant.name"):
        if needed not in names:
            raise _mistake(f"fields.{needed}", 'a column, or { value = "…" } for all rows, is needed')
    return TableMapping(part.file, part.dates, fillings, externals, events, part.values)


def _require_filled(value: Any, where: str) -> None:
    """Raises Invalid for a part of a draft that nobody has filled in."""
    if value == TO_FILL:
        raise _mistake(where, f"{TO_FILL!r} is still to be filled in")
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        _require_filled(member, f"{where}.{name}".lstrip("."))


def _event(event: EventPart, where: str) -> MappedEvent:
    if (event.action is None) == (event.action_column is None):
        raise _mistake(where, "an event needs either action or action_column")
    known = _fields_of_action(event.action, f"{where}.action")
    when = {column: [texts] if isinstance(texts, str) else texts for column, texts in event.when.items()}
    return MappedEvent(
        event.action,
        event.action_column,
        _listed(event.at),
        when,
        event.without_date == "note",
        tuple(_fillings(event.model_extra or {}, known, where)),
    )


def _fields_of_action(action: str | None, where: str) -> Mapping[str, Field]:
    if action is None:
        return {name: field for each in ACTIONS for name, field in fields_of_event(each).items()}
    if action not in ACTIONS:
        raise _mistake(where, f"there is no action {action!r}{_nearest(action, ACTIONS)}")
    return fields_of_event(action)


def _fillings(given: Mapping[str, Any], known: Mapping[str, Field], where: str) -> Iterator[Filling]:
    """The fields with their columns; nested tables have dotted names."""
    for name, columns, constant in _flat(given, where):
        field = known.get(name)
        if field is None:
            raise _mistake(f"{where}.{name}", f"there is no such field{_nearest(name, known)}")
        if constant is not None and field.choices and constant not in field.choices:
            raise _mistake(f"{where}.{name}", f"the value is one of: {', '.join(field.choices)}")
        yield Filling(field, columns, constant, f"{where}.{name}")


def _flat(given: Mapping[str, Any], where: str, prefix: str = "") -> Iterator[tuple[str, tuple[str, ...], Any]]:
    for name, value in given.items():
        dotted = f"{prefix}{name}"
        if isinstance(value, dict) and value.keys() != {"value"}:
            yield from _flat(value, where, f"{dotted}.")
        elif isinstance(value, dict) and isinstance(value["value"], str | int | bool):
            yield dotted, (), value["value"]
        elif isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value)):
            yield dotted, _listed(value), None
        else:
            raise _mistake(f"{where}.{dotted}", 'write a column, a list of columns, or { value = "…" }')


def _listed(columns: str | list[str]) -> tuple[str, ...]:
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _nearest(name: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(known)}"


def _mistake(where: str, message: str) -> Invalid:
    return Invalid("mapping_invalid", f"The mapping is wrong{f' at {where}' if where else ''}: {message}.")
