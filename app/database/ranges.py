"""The ranges of PostgreSQL's types, for SQLite, which would take any number and any text."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Integer, SmallInteger, String
from sqlalchemy.types import NullType, TypeEngine

from app.database.errors import ValueOutOfRange


def range_check(column_type: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """Gives its argument back, or raises ValueOutOfRange if PostgreSQL's `column_type` cannot hold it.

    None for types that hold whatever their processors let through.
    """
    if isinstance(column_type, Integer):
        bits = 63 if isinstance(column_type, BigInteger) else 15 if isinstance(column_type, SmallInteger) else 31
        return partial(_number, -(2**bits), 2**bits - 1)
    if isinstance(column_type, String | NullType):
        return _text
    return None


def _number(lowest: int, highest: int, value: int | None) -> int | None:
    if value is not None and not lowest <= value <= highest:
        raise ValueOutOfRange(f"not between {lowest} and {highest}: {value}")
    return value


def _text(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        raise ValueOutOfRange("a text contains the character NUL")
    return value
