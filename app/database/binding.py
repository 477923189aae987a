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
ProcessorOfMany: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]


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


def processor_of_many(column_type: TypeEngine[Any], dialect: Dialect) -> ProcessorOfMany | None:
    """What `bind_processor` does, for all values of a column."""
    one = bind_processor(column_type, dialect)
    if one is None:
        return None
    process = column_type.dialect_impl(dialect).bind_processor(dialect)
    check = all_in_range(column_type.dialect_impl(DIALECTS["postgresql"])) if dialect.name == "sqlite" else None

    def process_all(values: Sequence[Any]) -> Sequence[Any]:
        if process is None and check is not None and check(values):
            return values
        return list(map(one, values))

    return process_all
