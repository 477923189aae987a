"""Conditions on columns of JSON text for both databases: a key of an object, a member or a number of a list."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _HasKey(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


class _HasMember(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


class _HasNumber(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


def has_number(column: ColumnElement[Any], number: ColumnElement[int]) -> ColumnElement[bool]:
    """True for a JSON list of numbers with this one. On PostgreSQL an index by `jsonb_path_ops` serves it."""
    return _HasNumber(column, number)


def has_key(column: ColumnElement[Any], key: str) -> ColumnElement[bool]:
    """True for a JSON object with the key. The key becomes part of the statement, so it must be a constant."""
    return _HasKey(column, literal_column(f"'{key}'"))


def has_member(column: ColumnElement[Any], key: str, member: str) -> ColumnElement[bool]:
    """True for a JSON object with the text `member` in the list at `key`. Both must be constants."""
    return _HasMember(column, literal_column(f"'{key}'"), literal_column(f"'{member}'"))


@compiles(_HasKey, "sqlite")
def _key_on_sqlite(element: _HasKey, compiler: SQLCompiler, **options: Any) -> str:
    column, key = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} -> {key} IS NOT NULL)"


@compiles(_HasKey, "postgresql")
def _key_on_postgresql(element: _HasKey, compiler: SQLCompiler, **options: Any) -> str:
    column, key = (compiler.process(clause, **options) for clause in element.clauses)
    return f"coalesce(CAST({column} AS JSONB) ? {key}, false)"


@compiles(_HasMember, "sqlite")
def _member_on_sqlite(element: _HasMember, compiler: SQLCompiler, **options: Any) -> str:
    column, key, member = (compiler.process(clause, **options) for clause in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column} -> {key}) WHERE value = {member})"  # noqa: S608 - clauses, compiled


@compiles(_HasMember, "postgresql")
def _member_on_postgresql(element: _HasMember, compiler: SQLCompiler, **options: Any) -> str:
    column, key, member = (compiler.process(clause, **options) for clause in element.clauses)
    return f"coalesce(CAST({column} AS JSONB) -> {key} ? {member}, false)"


@compiles(_HasNumber, "sqlite")
def _number_on_sqlite(element: _HasNumber, compiler: SQLCompiler, **options: Any) -> str:
    column, number = (compiler.process(clause, **options) for clause in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {number})"  # noqa: S608 - clauses, compiled


@compiles(_HasNumber, "postgresql")
def _number_on_postgresql(element: _HasNumber, compiler: SQLCompiler, **options: Any) -> str:
    column, number = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IS NOT NULL AND CAST({column} AS JSONB) @> to_jsonb(CAST({number} AS BIGINT)))"
