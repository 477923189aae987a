"""Figures as a table: flat lines with stable names for programs, and the columns of a workbook for readers."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

from pydantic import BaseModel

Style = Literal["text", "number", "decimal", "rate"]
Line = Mapping[str, Any]

# The key of the line with the sum of the others.
TOTAL_KEY = "total"

# A spreadsheet takes a cell with such a first character for a formula; some also accept the full-width signs.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Without it Excel reads the file in a code page of Windows and garbles Vietnamese letters.
_BYTE_ORDER_MARK = "\ufeff"


class Column(NamedTuple):
    """A column of a workbook: the name in the lines, the heading in both languages, and the style of the values.

    An optional column is left out if no line has a value for it.
    """

    name: str
    vi: str
    en: str
    style: Style = "number"
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """The text above a workbook's table: the title, then the units, the period and the instant of the figures.

    `as_of` is also the workbook's date of creation, so that equal figures give equal bytes.
    """

    title: str
    lines: Sequence[str]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of an answer: CSV shows the `names`, a workbook the `columns`; `notes` explain the workbook."""

    heading: Heading
    names: Sequence[str]
    lines: Sequence[Line]
    columns: Sequence[Column] = ()
    notes: Sequence[str] = ()


def as_csv(table: Table) -> bytes:
    """A header line with the names, then the lines; UTF-8 with a byte order mark, quoted as in RFC 4180."""
    text = io.StringIO(newline="")
    text.write(_BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow(table.names)
    writer.writerows([_cell(line.get(name)) for name in table.names] for line in table.lines)
    return text.getvalue().encode()


def names_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The names of the model's fields as `flat` writes them: fields of a part as `part_field`."""
    for name, field in model.model_fields.items():
        annotations = (field.annotation, *get_args(field.annotation))
        part = next((kind for kind in annotations if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if part is None:
            yield f"{prefix}{field.alias or name}"
        else:
            yield from names_of(part, f"{prefix}{name}_")


def flat(row: BaseModel) -> dict[str, Any]:
    """The values of a row by their flat names; a histogram becomes `part_0`, `part_1`, …, `part_n_and_more`."""
    return dict(_flat("", row.model_dump(by_alias=True)))


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}_", value)
        elif isinstance(value, list):
            last = len(value) - 1
            for number, times in enumerate(value):
                yield f"{prefix}{name}_{number}{'_and_more' if number == last else ''}", times
        else:
            yield f"{prefix}{name}", value


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
