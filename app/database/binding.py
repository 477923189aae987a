"""How values become the arguments of each database's driver: one by one, or a whole column at once."""

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
    """What makes a value of the type an argument of the driver; None where it is one already.

    It raises ValueOutOfRange for what PostgreSQL could not hold.
    """
    process: Processor | None = column_type.dialect_impl(dialect).bind_processor(dialect)
    # PostgreSQL checks ranges itself; SQLite is held to the same ones.
    check = range_check(column_type.dialect_impl(DIALECTS["postgresql"])) if dialect.name == "sqlite" else None
    if process is None or check is None:
        return process or check
    first, then = process, check
    return lambda value: then(first(value))


def check_of_many(column_type: TypeEngine[Any], dialect: Dialect) -> CheckOfMany | None:
    """Where `bind_processor` only checks: whether none of many values would be refused or changed by it."""
    if dialect.name != "sqlite" or column_type.dialect_impl(dialect).bind_processor(dialect) is not None:
        return None
    return all_in_range(column_type.dialect_impl(DIALECTS["postgresql"]))


def process_all(process: Processor, check: CheckOfMany | None, values: Sequence[Any]) -> Sequence[Any]:
    """The arguments for all values of a column."""
    return values if check is not None and check(values) else list(map(process, values))
