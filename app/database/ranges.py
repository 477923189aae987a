"""Checks the ranges of PostgreSQL's types on SQLite, which accepts any number and any text."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Integer, SmallInteger, String
from sqlalchemy.types import NullType, TypeEngine

from app.database.errors import ValueOutOfRange


def range_check(column_type: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """A function that returns its argument, or raises ValueOutOfRange if it is out of range for `column_type`.

    None for types without a range.
    """
    if isinstance(column_type, Integer):
        lowest, highest = _bounds(column_type)
        return partial(_number, lowest, highest)
    if isinstance(column_type, String | NullType):
        return _text
    return None


def all_in_range(column_type: TypeEngine[Any]) -> Callable[[Sequence[Any]], bool] | None:
    """A function that returns True if `range_check` accepts all values, in one pass."""
    if isinstance(column_type, Integer):
        lowest, highest = _bounds(column_type)
        return partial(_numbers, lowest, highest)
    if isinstance(column_type, String | NullType):
        return _texts
    return None


def _bounds(column_type: Integer) -> tuple[int, int]:
    bits = 63 if isinstance(column_type, BigInteger) else 15 if isinstance(column_type, SmallInteger) else 31
    return -(2**bits), 2**bits - 1


def _numbers(lowest: int, highest: int, values: Sequence[int | None]) -> bool:
    present = [value for value in values if value is not None]
    return not present or (lowest <= min(present) and max(present) <= highest)


def _texts(values: Sequence[Any]) -> bool:
    kinds = set(map(type, values))
    if str not in kinds and kinds <= _NO_TEXTS:
        return True
    if not kinds <= _TEXTS:
        return False  # the caller checks each value
    return "\0" not in "".join(filter(None, values))


def _number(lowest: int, highest: int, value: int | None) -> int | None:
    if value is not None and not lowest <= value <= highest:
        raise ValueOutOfRange(f"not between {lowest} and {highest}: {value}")
    return value


_TEXTS = {str, type(None)}
_NO_TEXTS = {int, float, bool, type(None)}


def _text(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        raise ValueOutOfRange("the text contains the character NUL")
    return value
