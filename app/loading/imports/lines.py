"""Lines of an import, validated like the bodies of requests."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import Field

from app.domain.codes import normalise_code, parse_code
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.dossiers.externals import pair_key
from app.dossiers.schemas import DossierIn, ExternalIn
from app.http.wire_types import Day, WireIn, validated
from app.loading.cells.dates import DateForms, read_date
from app.loading.cells.records import Record
from app.loading.imports.events import OLD_REGISTER, Event, at_of, dated_events, event_of, kept_events, opening_body
from app.loading.imports.people import without_wrong_kinds
from app.text_input import Name

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
class Candidate:
    """A well-formed line. The rules have not been applied yet."""

    record: Record
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


def candidate(record: Record, forms: DateForms) -> Candidate:
    """The record as a dossier with its events. Raises Invalid with a pointer to the wrong field."""
    data = record.data()
    head = {name: value for name, value in data.items() if name in _LINE_FIELDS}
    about = {name: value for name, value in data.items() if name not in _LINE_FIELDS or name == "external"}
    if unknown := sorted(about.keys() - OF_LINE):
        fields = ", ".join(sorted(OF_LINE | _LINE_FIELDS))
        raise Invalid("invalid", f"A line has no field {unknown[0]!r}; its fields: {fields}.", pointer=f"/{unknown[0]}")
    if (stated := head.get("stated_due_date")) is not None and not isinstance(stated, list | dict | bool):
        head["stated_due_date"] = read_date(stated, "/stated_due_date", forms).day
    checked = validated(LineIn, head, "")
    code = None if checked.code is None else _code(checked.code)
    externals = tuple((external.system, external.code) for external in checked.external)
    if code is None and not externals:
        raise Invalid("code_needed", "A line needs a code or an external code that identifies the dossier.")
    if len(set(map(pair_key, externals))) < len(externals):
        raise Invalid("external_twice", "The same external code is given twice.", pointer="/external")
    first, *later = kept_events(dated_events(checked.events, forms))
    about, is_odd_paper = without_wrong_kinds(about)
    return Candidate(
        record,
        code,
        externals,
        checked.stated_due_date,
        at_of(0, first.data),
        opening_body(about, first.data, _OF_FIRST_EVENT),
        tuple(event_of(event) for event in later),
        (*first.flags, *record.flags(), *([OLD_REGISTER] if is_odd_paper else [])),
    )


def _code(text: str) -> str:
    try:
        return str(parse_code(normalise_code(text)))
    except Invalid as error:
        raise Invalid(error.code, error.detail, pointer="/code") from None
