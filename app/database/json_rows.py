"""Rows of a subquery as one JSON value, so that a statement carries them without a round trip of their own."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Subquery, Text, cast, extract, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from app.database.columns import Json


class JsonForms(NamedTuple):
    """The forms of a database: arrays, an array of rows, the seconds of an instant, a parameter with several texts."""

    array: Callable[..., ColumnElement[Any]]
    array_of_rows: Callable[..., ColumnElement[Any]]
    seconds: Callable[[ColumnElement[Any]], ColumnElement[int]]
    texts: TypeEngine[Any]
    is_among: Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[bool]]


class _Qualified(FunctionElement[Any]):
    type = Json()
    inherit_cache = True


def json_rows(forms: JsonForms, rows: Subquery) -> ColumnElement[Any]:
    """The rows of a subquery as an array of arrays, None without rows; also for RETURNING."""
    return _Qualified(select(forms.array_of_rows(forms.array(*rows.c))).scalar_subquery())


@compiles(_Qualified)
def _with_table_names(element: _Qualified, compiler: SQLCompiler, **options: Any) -> str:
    # In RETURNING on SQLite, SQLAlchemy leaves out the names of tables, also within a subquery.
    (clause,) = element.clauses
    return compiler.process(clause, **{**options, "include_table": True})


def _epoch(instant: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(extract("epoch", instant), BigInteger)


def _is_any(column: ColumnElement[Any], texts: ColumnElement[Any]) -> ColumnElement[bool]:
    return column == func.any(texts)


def _is_in_json(column: ColumnElement[Any], texts: ColumnElement[Any]) -> ColumnElement[bool]:
    return column.in_(select(func.json_each(texts).table_valued("value").c.value))


ON_POSTGRESQL = JsonForms(func.json_build_array, func.json_agg, _epoch, ARRAY(Text), _is_any)
# SQLite stores instants as seconds.
ON_SQLITE = JsonForms(func.json_array, func.json_group_array, lambda instant: instant, Json(), _is_in_json)
