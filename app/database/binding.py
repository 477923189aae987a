"""Converts values to arguments of each database's driver: one value, or a whole column."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.types import TypeEngine

from app.database.ranges import all_in_range, range_check

DIALECTS: Mapping[str, Dialect] = {
    "postgresql": asyncpg.dialect(),  # type: ignore[no-untyped-call]
    "sqlite": pysqlite.dialect(dbapi=sqlite3, paramstyle="qmark"),
}

Processor: TypeAlias = Callable[[Any], Any]
CheckOfMany: TypeAlias = Callable[[Sequence[Any]], bool]


def bind_processor(column_type: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    """The function that converts a value of the type to an argument of the driver; None if no conversion is needed.

    The function raises ValueOutOfRange for values that PostgreSQL does not accept.
    """
    process: Processor | None = column_type.dialect_impl(dialect).bind_processor(dialect)
    # PostgreSQL checks ranges itself. On SQLite the service checks the same ranges.
    check = range_check(column_type.dialect_impl(DIALECTS["postgresql"])) if dialect.name == "sqlite" else None
    if process is None or check is None:
        return process or check
    convert, verify = process, check
    return lambda value: verify(convert(value))


def check_of_many(column_type: TypeEngine[Any], dialect: Dialect) -> CheckOfMany | None:
    """A check of a whole column, for types that `bind_processor` only checks; None for the others.

    The check returns True if `bind_processor` accepts every value unchanged.
    """
    if dialect.name != "sqlite" or column_type.dialect_impl(dialect).bind_processor(dialect) is not None:
        return None
    return all_in_range(column_type.dialect_impl(DIALECTS["postgresql"]))


def process_all(process: Processor, check: CheckOfMany | None, values: Sequence[Any]) -> Sequence[Any]:
    """The arguments for all values of a column, after one check of the whole column where possible."""
    return values if check is not None and check(values) else list(map(process, values))
