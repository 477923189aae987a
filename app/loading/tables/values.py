"""Values of fields from cells, by the kind of the field and the values of the mapping."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from app.loading.cells.numbers import identity_number, telephone, whole_number
from app.loading.cells.sentences import refusal
from app.loading.cells.texts import exact_text_of, text_of
from app.loading.tables.fields import Field, Kind
from app.text_input import fold

folded = lru_cache(maxsize=20_000)(fold)

_BETWEEN_NAMES = re.compile(r"\s*[;\n]\s*")
_FORM = re.compile(r"(?P<name>.+?)\s*\((?P<copies>\d{1,3})?\s*(?P<form>[^()\d]+)\)")
PAPER_FORMS = {
    "bản chính": "original",
    "bản sao chứng thực": "certified_copy",
    "bản sao": "copy",
    "bản điện tử": "electronic",
}
_NUMBERED = re.compile(r"^(?:\d{1,2}[.)]|[-+*•])\s*")
# The text and the value of each entry of the mapping, by the folded text.
Values = Mapping[str, tuple[str, Any]]


def value_of(field: Field, cells: Sequence[Any], values: Values | None, pointer: str) -> Any:
    """The value of filled cells, None if the values of the mapping say so. Raises Invalid with a sentence."""
    if values is not None:
        text = text_of(cells[0], pointer) if len(cells) == 1 else _joined(cells, pointer)
        mapped = values.get(folded(text))
        if mapped is not None:
            return None if mapped[1] == "" else mapped[1]
    match field.kind:
        case Kind.TEXT:
            return text_of(cells[0], pointer) if len(cells) == 1 else _joined(cells, pointer)
        case Kind.CODE:
            return "".join(exact_text_of(cell, pointer) for cell in cells)
        case Kind.NUMBER:
            return whole_number(cells[0], pointer)
        case Kind.PEOPLE:
            return _people_of(_joined(cells, pointer))
        case Kind.DOCUMENTS:
            return papers_of(_joined(cells, pointer))
        case Kind.CHOICE | Kind.YES_OR_NO:
            return _choice(field, text_of(cells[0], pointer), values, pointer)
        case _:
            return cells[0]


def number_of_person(field: Field, cell: Any, pointer: str, *, is_person: bool) -> tuple[str, bool]:
    """An identity number or a telephone number, and True if its zeros were restored."""
    if field.kind is Kind.TELEPHONE:
        return telephone(cell, pointer)
    return identity_number(cell, pointer, is_person=is_person)


def moment_of(cells: Sequence[Any]) -> Any:
    """A date with its time from one or two cells, in the forms of `read_date`."""
    first = cells[0]
    if len(cells) == 1:
        return str(first) if isinstance(first, bool) else first
    second = cells[1]
    if isinstance(second, timedelta):
        second = time(int(second.total_seconds()) // 3600 % 24, int(second.total_seconds()) // 60 % 60)
    if isinstance(first, date) and isinstance(second, time):
        return datetime.combine(first, second)
    # Other texts are refused where the date is read.
    day = f"{first:%d/%m/%Y}" if isinstance(first, date) else first
    clock = f"{second:%H:%M:%S}" if isinstance(second, time) else second
    return f"{day} {clock}"


def papers_of(text: str) -> list[dict[str, Any]]:
    """The papers of a list with semicolons or line breaks between them, like: Tờ khai; Sơ đồ (2 bản sao)."""
    return [_paper(name) for name in _names_in(text)]


def _people_of(text: str) -> list[dict[str, Any]]:
    """The people of a list with semicolons or line breaks between their names."""
    return [{"name": name} for name in _names_in(text)]


def _names_in(text: str) -> list[str]:
    return [name for part in _BETWEEN_NAMES.split(text) if (name := _NUMBERED.sub("", part))]


def _paper(text: str) -> dict[str, Any]:
    match = _FORM.fullmatch(text)
    if match is None or (form := PAPER_FORMS.get(match["form"].lower())) is None:
        return {"name": text}
    return {"name": match["name"], "form": form, "copies": int(match["copies"] or 1)}


def _joined(cells: Sequence[Any], pointer: str) -> str:
    return ", ".join(text_of(cell, pointer) for cell in cells)


def _choice(field: Field, text: str, values: Values | None, pointer: str) -> Any:
    if text in field.choices:
        return text
    known = {key: text for key, (text, _value) in (values or {}).items()} | {each: each for each in field.choices}
    near = get_close_matches(folded(text), list(known), n=1, cutoff=0.6)
    advice = f"→ {known[near[0]]}?" if near else f"→ {', '.join(field.choices or ('true', 'false'))}."
    raise refusal("value_unmapped", pointer, value=text, right=advice)
