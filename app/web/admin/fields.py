"""Fields of the forms of administration: how a field is shown, and the value that its text has in the API."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from app.lookup.texts import Words
from app.web.staff.forms import Form, moment, number, paper_rows, papers, unit_code

Kind = Literal[
    "line", "text", "number", "date", "moment", "unit", "choice", "check", "lines", "hours", "limit", "papers"
]
Choices = Mapping[str, Words]

WEEKDAYS = range(1, 8)
# Marks hours for receipts only. They count towards no limit.
ONLY_RECEPTION = "*"
_SPAN = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*(\*?)\s*")


class Field(NamedTuple):
    """A field of a form. `blank` is its value in the API if it is left blank; without one the field is left out."""

    name: str
    label: Words
    kind: Kind = "line"
    required: bool = False
    choices: Choices = MappingProxyType({})
    hint: Words | None = None
    blank: Any = ...


def body_of(fields: Sequence[Field], form: Form) -> dict[str, Any]:
    """The body for the API from the fields of a form. A text without a value of its kind stays: the API refuses it."""
    return dict(_values(fields, form))


def _values(fields: Sequence[Field], form: Form) -> Iterator[tuple[str, Any]]:
    for field in fields:
        value = _value(field, form)
        if value is None:
            value = field.blank
        if value is not ...:
            yield field.name, value


def _value(field: Field, form: Form) -> Any:
    match field.kind:
        case "check":
            return field.name in form
        case "papers":
            return papers(form)
        case "hours":
            return _hours(field.name, form)
        case "limit":
            return limit_of(field.name, form)
    text = form.get(field.name)
    return None if text is None else _parsed(field.kind, text)


def _parsed(kind: Kind, text: str) -> Any:
    match kind:
        case "number":
            return number(text)
        case "moment":
            return moment(text)
        case "unit":
            return unit_code(text)
        case "lines":
            return [line for line in map(str.strip, text.splitlines()) if line]
    return text


def limit_of(name: str, form: Form) -> Mapping[str, Any] | None:
    """The time limit of an amount and a unit; None if no unit is chosen and no amount is filled in."""
    amount, unit = form.get(f"{name}-amount"), form.get(f"{name}-unit")
    if amount is None and unit is None:
        return None
    return {"amount": None if amount is None else number(amount), "unit": unit}


def _hours(name: str, form: Form) -> list[dict[str, Any]] | None:
    """The opening hours of the seven rows; None if all are blank. A row that cannot be read is passed on as it is."""
    sessions = []
    for weekday in WEEKDAYS:
        for part in filter(None, re.split(r"[;,]", form.get(f"{name}-{weekday}", ""))):
            span = _SPAN.fullmatch(part)
            begin, end = (f"{int(span[1]):02}:{span[2]}", f"{int(span[3]):02}:{span[4]}") if span else (part, part)
            only = bool(span and span[5])
            sessions.append({"weekday": weekday, "from": begin, "to": end, "reception_only": only})
    return sessions or None


def texts_of(fields: Sequence[Field], record: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the fields for a record of the API, as they are filled in."""
    texts: dict[str, str] = {}
    for field in fields:
        value = record.get(field.name)
        if value is None:
            continue
        match field.kind:
            case "hours":
                texts |= _hour_texts(field.name, value)
            case "limit":
                texts |= {f"{field.name}-amount": str(value["amount"] or ""), f"{field.name}-unit": value["unit"]}
            case "unit":
                texts[field.name] = f"{value['code']} {value['name']}" if isinstance(value, Mapping) else str(value)
            case "check":
                texts |= {field.name: "1"} if value else {}
            case "lines":
                texts[field.name] = "\n".join(value)
            case _:
                texts[field.name] = str(value)
    return texts


def _hour_texts(name: str, sessions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for session in sessions:
        span = f"{session['from']}-{session['to']}{ONLY_RECEPTION if session['reception_only'] else ''}"
        row = f"{name}-{session['weekday']}"
        texts[row] = f"{texts[row]}; {span}" if row in texts else span
    return texts


def shown(fields: Sequence[Field], texts: Form, errors: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """The fields for the template, in one language."""
    return [
        {
            "name": field.name,
            "label": field.label.say(language),
            "kind": field.kind,
            "required": field.required,
            "choices": [(key, words.say(language)) for key, words in field.choices.items()],
            "hint": field.hint.say(language) if field.hint else "",
            "text": texts.get(field.name, ""),
            "texts": texts,
            "error": errors.get(field.name, ""),
            "rows": paper_rows(texts) if field.kind == "papers" else [],
        }
        for field in fields
    ]
