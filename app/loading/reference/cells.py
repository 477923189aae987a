"""Values of cells: read as offices write them, and written in one form, so that equal data give equal bytes."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic_core import PydanticCustomError

from app.catalogue.bounds import HOURS_A_DAY
from app.domain.errors import Invalid
from app.http.messages import Title
from app.loading.cells.dates import DateForms, read_date
from app.loading.cells.numbers import whole_number
from app.loading.cells.sentences import sentence
from app.loading.cells.texts import exact_text_of, text_of
from app.loading.reference.columns import Column, Kind
from app.loading.reference.problems import Wrong, of_refusal, wrong
from app.text_input import fold, line, paragraph

Limit = tuple[int | None, str]
# Weekday (1 is Monday), from, to, True for reception only.
Opening = tuple[int, str, str, bool]

YES, NO = "có", "không"
UNDECIDED = "(chưa rõ đơn vị)"
_UNITS = {
    "ngày làm việc": "working_day",
    "ngày": "calendar_day",
    "giờ làm việc": "working_hour",
    "tháng": "month",
}
_WORDS = {unit: words for words, unit in _UNITS.items()}
_SAME_DAY = "trong ngày"
_LIMIT = re.compile(r"(\d{1,4})(?:[.,](5))?\s*(\D*)")
_DAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_CLOCK = r"(?:[01]?\d|2[0-3])[:hg][0-5]\d"
_PART = re.compile(rf"(T[2-7]|CN)(?:\s*[–-]\s*(T[2-7]|CN))?:?\s+((?:{_CLOCK}\s*[–-]\s*{_CLOCK}[,\s]*)+)(tiếp nhận)?")
_SPAN = re.compile(rf"({_CLOCK})\s*[–-]\s*({_CLOCK})")


def read_cell(column: Column, cell: Any, epoch: int) -> Any:
    """The value of a filled cell. Raises Wrong."""
    try:
        return _READERS[column.kind](column, cell, epoch)
    except Invalid as refusal:
        raise of_refusal(refusal, cell) from None
    except PydanticCustomError as error:
        raise Wrong(error.type, sentence(error.type, error.message(), str(cell)[:80])) from None


def _text(_column: Column, cell: Any, _epoch: int) -> str:
    return line(text_of(cell, ""))


def _paragraph(_column: Column, cell: Any, _epoch: int) -> str:
    return paragraph(text_of(cell, ""))


def _code(_column: Column, cell: Any, _epoch: int) -> str:
    return line(exact_text_of(cell, ""))


def _day(_column: Column, cell: Any, epoch: int) -> date:
    reading = read_date(cell, "", DateForms(epoch=epoch))
    if reading.at is not None:
        raise wrong("time_in_day", cell)
    return reading.day


def _number(_column: Column, cell: Any, _epoch: int) -> int:
    return whole_number(cell, "")


def _yes(_column: Column, cell: Any, _epoch: int) -> bool:
    text = fold(text_of(cell, ""))
    if text not in ("co", "khong", "x", "true", "false"):
        raise wrong("not_a_word", text_of(cell, ""), f"{YES}, {NO}")
    return text in ("co", "x", "true")


def _choice(column: Column, cell: Any, _epoch: int) -> Any:
    text = line(text_of(cell, ""))
    by_word = {word.casefold(): value for word, value in column.choices.items()}
    if text.casefold() not in by_word:
        if column.open:
            return text
        raise wrong("not_a_word", text, ", ".join(column.choices))
    return by_word[text.casefold()]


def _list(_column: Column, cell: Any, _epoch: int) -> tuple[str, ...]:
    return tuple(line(part) for part in text_of(cell, "").split(";") if part.strip())


def _limit(_column: Column, cell: Any, _epoch: int) -> Limit:
    text = " ".join(text_of(cell, "").split())
    if text.casefold() == _SAME_DAY:
        return None, "same_day"
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise wrong("limit_unclear", text)
    amount, half, words = int(match[1]), match[2], match[3].casefold().strip()
    if words in ("", UNDECIDED):
        raise wrong("limit_without_unit", text, amount)
    unit = _UNITS.get(words)
    if unit is None or (half and unit != "working_day"):
        raise wrong("limit_unclear", text)
    # As steps keep half days (rules §9).
    return (amount * HOURS_A_DAY + HOURS_A_DAY // 2, "working_hour") if half else (amount, unit)


def _week(_column: Column, cell: Any, _epoch: int) -> tuple[Opening, ...]:
    text = " ".join(text_of(cell, "").split())
    openings: list[Opening] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _PART.fullmatch(part)
        if match is None:
            raise wrong("sessions_unclear", part)
        first = _DAYS.index(match[1])
        last = _DAYS.index(match[2]) if match[2] else first
        for start, end in _SPAN.findall(match[3]):
            openings += [(day + 1, _clock(start), _clock(end), bool(match[4])) for day in range(first, last + 1)]
    return tuple(sorted(openings))


def _clock(text: str) -> str:
    hour, minute = re.split("[:hg]", text)
    return f"{int(hour):02}:{minute}"


_READERS: Mapping[Kind, Callable[[Column, Any, int], Any]] = {
    Kind.TEXT: _text,
    Kind.PARAGRAPH: _paragraph,
    Kind.CODE: _code,
    Kind.DAY: _day,
    Kind.NUMBER: _number,
    Kind.YES: _yes,
    Kind.CHOICE: _choice,
    Kind.LIST: _list,
    Kind.LIMIT: _limit,
    Kind.WEEK: _week,
}


def written(column: Column, value: Any) -> str | int | date | None:
    """The value as a cell has it; None for an empty one."""
    if value is None or value == ():
        return None
    match column.kind:
        case Kind.YES:
            return YES if value else NO
        case Kind.CHOICE:
            return next((word for word, choice in column.choices.items() if choice == value), str(value))
        case Kind.LIST:
            return "; ".join(value)
        case Kind.LIMIT:
            return limit_text(value)
        case Kind.WEEK:
            return _week_text(value)
        case _:
            content: str | int | date = value
            return content


def shown(column: Column, value: Any) -> str | None:
    """The value in a list of changes."""
    cell = written(column, value)
    return None if cell is None else str(cell)


def limit_text(limit: Limit) -> str:
    """A limit in words; one without a unit is marked as undecided."""
    amount, unit = limit
    return _SAME_DAY if unit == "same_day" else f"{amount} {_WORDS.get(unit, UNDECIDED)}"


def _week_text(week: tuple[Opening, ...]) -> str:
    parts = []
    for reception in (False, True):
        spans = [
            ", ".join(f"{start}–{end}" for day, start, end, only in week if day == number and only is reception)
            for number in range(1, 8)
        ]
        first = 0
        while first < len(spans):
            last = first
            while last + 1 < len(spans) and spans[last + 1] == spans[first]:
                last += 1
            if spans[first]:
                days = _DAYS[first] if first == last else f"{_DAYS[first]}–{_DAYS[last]}"
                parts.append(f"{days} {spans[first]}{' tiếp nhận' if reception else ''}")
            first = last + 1
    return "; ".join(parts)


def missing(column: Column) -> Wrong:
    """The refusal of an empty cell that is needed."""
    return Wrong("required", Title(f"Thiếu {column.heading}.", f"A value is missing: {column.heading}."))
