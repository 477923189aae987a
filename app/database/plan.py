"""Statements compiled for a dialect, and their rows."""

import keyword
import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import BindParameter, Dialect, Float, Insert, Table, TextClause, insert
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ReturnsRows
from sqlalchemy.types import TupleType, TypeEngine

from app.database.binding import DIALECTS, Processor, bind_processor, check_of_many, process_all

__all__ = ["DIALECTS", "Plan", "Prepared", "Row", "Statement", "insert_plan", "plan_for", "row_builder"]


class Row(tuple[Any, ...]):
    """One row: a tuple, with its values also as attributes by the keys of the statement's columns."""

    __slots__ = ()

    if TYPE_CHECKING:
        # A column may have the name of a tuple's method.
        count: Any
        index: Any

        def __getattr__(self, name: str) -> Any: ...


class Prepared:
    """A statement with `bindparam()`s, built once at import and compiled once for each dialect.

    `sqlite` is another statement for SQLite, with the same parameters and columns.
    `on_conflict_do_update` and `on_conflict_do_nothing` of `sqlalchemy.dialects.postgresql.insert` work on both
    dialects; those of SQLite's `insert` do not.
    """

    __slots__ = ("plans", "statements")

    def __init__(self, statement: ReturnsRows | TextClause, *, sqlite: ReturnsRows | TextClause | None = None) -> None:
        self.statements = {"postgresql": statement, "sqlite": statement if sqlite is None else sqlite}
        self.plans: dict[str, Plan] = {}


Statement: TypeAlias = Prepared | ReturnsRows | TextClause


def plan_for(statement: Statement, dialect: str) -> "Plan":
    """The plan of `statement`, cached for a prepared one and compiled for this call otherwise."""
    if not isinstance(statement, Prepared):
        return Plan(statement, dialect)
    plan = statement.plans.get(dialect)
    if plan is None:
        plan = statement.plans[dialect] = Plan(statement.statements[dialect], dialect)
    return plan


@lru_cache(maxsize=512)
def insert_plan(table: Table, names: tuple[str, ...], dialect: str, returning: str | None = None) -> "Plan":
    """The cached plan of an insert of the columns `names` that returns the column `returning`."""
    statement = insert(table)
    if returning is not None:
        statement = statement.returning(table.c[returning])
    return Plan(statement, dialect, names)


class Plan:
    """One statement for one dialect: its SQL, the conversion of values to arguments and of records to rows."""

    __slots__ = (
        "_arguments",
        "_checks",
        "_expanding",
        "_optional",
        "_processors",
        "_required",
        "build",
        "columns",
        "sql",
        "table",
    )

    def __init__(
        self, statement: ReturnsRows | TextClause, dialect: str, column_keys: Sequence[str] | None = None
    ) -> None:
        target = DIALECTS[dialect]
        compiled = _compile(statement, target, column_keys)
        names = compiled.positiontup or []
        binds = {name: compiled.binds[name] for name in names}
        self.sql = str(compiled)
        self.table: Table | None = getattr(statement, "table", None)
        self.build = _row_builder(statement, target)
        # IN lists are expanded for each call, once their values are known.
        self._expanding = compiled if compiled.post_compile_params else None
        self._processors = {name: bind_processor(bind.type, target) for name, bind in binds.items()}
        self._required = {name for name, bind in binds.items() if bind.required}
        self._optional = {name: bind.value for name, bind in binds.items() if not (bind.required or bind.unique)}
        self._arguments = tuple(self._argument(name, binds[name]) for name in names)
        self._checks = {name: check for name, bind in binds.items() if (check := check_of_many(bind.type, target))}
        self.columns = self._column_names() if column_keys is not None else ()

    def bind(self, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The SQL and its arguments in order. Raises TypeError for a missing or unknown parameter."""
        if self._optional or parameters.keys() != self._required:
            parameters = self._complete(parameters)
        if self._expanding is not None:
            return self._expand(self._expanding, parameters)
        return self.sql, [
            constant if name is None else parameters[name] if process is None else process(parameters[name])
            for name, process, constant in self._arguments
        ]

    def bind_many(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Sequence[Any]]:
        """The arguments of each of `rows`, for the same SQL."""
        if self._expanding is not None:
            raise TypeError("a statement with an IN list runs for one row at a time")
        names = [name for name, _process, _constant in self._arguments if name is not None]
        if self._optional or len(names) < max(len(self._arguments), 2) or not rows:
            return [self.bind(row)[1] for row in rows]
        for row in rows:
            if row.keys() != self._required:
                self._complete(row)
        # Column by column takes a third of the time of row by row.
        columns: list[Sequence[Any]] = list(zip(*map(itemgetter(*names), rows), strict=True))
        for position, (name, process, _constant) in enumerate(self._arguments):
            if process is not None and name is not None:
                columns[position] = process_all(process, self._checks.get(name), columns[position])
        return list(zip(*columns, strict=True))

    def _column_names(self) -> tuple[str, ...]:
        """The columns of an insert in the order of its arguments; empty if an argument is no plain column value."""
        names = [name for name, _process, _constant in self._arguments]
        if self.table is None or self._optional or self._expanding is not None or None in names:
            return ()
        return tuple(self.table.c[name].name for name in names if name is not None)

    def _argument(self, name: str, bind: BindParameter[Any]) -> tuple[str | None, Processor | None, Any]:
        """Name, processor and no constant for a parameter; otherwise no name, no processor and the constant."""
        process = self._processors[name]
        if not bind.unique or self._expanding is not None:
            return name, process, None
        return None, None, bind.value if process is None else process(bind.value)

    def _complete(self, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        completed = {**self._optional, **parameters}
        expected = self._required | self._optional.keys()
        if completed.keys() != expected:
            missing, unknown = sorted(expected - completed.keys()), sorted(completed.keys() - expected)
            raise TypeError(f"wrong parameters: missing {missing}, unknown {unknown}")
        return completed

    def _expand(self, compiled: SQLCompiler, parameters: Mapping[str, Any]) -> tuple[str, list[Any]]:
        state = compiled.construct_expanded_state(dict(parameters))
        origins = {name: origin for origin, names in state.parameter_expansion.items() for name in names}
        arguments = []
        for name in state.positiontup or ():
            origin = origins.get(name, name)
            # The compiler processes the parts of a tuple, because each has its own type.
            of_tuple = isinstance(compiled.binds[origin].type, TupleType)
            process = state.processors.get(name) if of_tuple else self._processors[origin]
            value = state.parameters[name]
            arguments.append(value if process is None else process(value))
        return state.statement, arguments


def row_builder(names: Sequence[str]) -> Callable[[Sequence[Any]], Row]:
    """A function that builds rows from values that need no processing."""
    return partial(tuple.__new__, _row_class(tuple(names)))


def _compile(statement: ReturnsRows | TextClause, dialect: Dialect, column_keys: Sequence[str] | None) -> SQLCompiler:
    if isinstance(statement, Insert) and not len(statement.exported_columns):
        # Without this the compiler adds a RETURNING clause for the key.
        statement = statement.inline()
    compiled = statement.compile(dialect=dialect, column_keys=column_keys)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"not a statement: {statement!r}")
    prefetched = [*compiled.insert_prefetch, *compiled.update_prefetch]
    if prefetched:
        raise TypeError(f"Python defaults are not supported; give the values or use server_default: {prefetched}")
    return compiled


def _row_builder(statement: ReturnsRows | TextClause, dialect: Dialect) -> Callable[[Sequence[Any]], Row] | None:
    """A function that builds rows from the statement's records; None if only the database knows the columns."""
    if isinstance(statement, TextClause):
        return None
    columns = list(statement.exported_columns.items())
    processors = [
        (position, process)
        for position, (_, column) in enumerate(columns)
        if (process := _result_processor(column.type, dialect)) is not None
    ]
    names = []
    for name, column in columns:
        # SQLAlchemy appends a number to the second of two equal names.
        if column.key is not None and re.fullmatch(rf"{re.escape(column.key)}_\d+", name):
            raise ValueError(f"two columns named {column.key}: label one of them")
        names.append(name)
    new = row_builder(names)
    if not processors:
        return new

    def build(record: Sequence[Any]) -> Row:
        values = list(record)
        for position, process in processors:
            values[position] = process(values[position])
        return new(values)

    return build


def _result_processor(column_type: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    implementation = column_type.dialect_impl(dialect)
    # Processors of numbers need PostgreSQL's type code: 701 double precision, 1700 numeric.
    code = 701 if isinstance(implementation, Float) else 1700
    process: Processor | None = implementation.result_processor(dialect, code)
    return process


@lru_cache(maxsize=1024)
def _row_class(names: tuple[str, ...]) -> type[Row]:
    fields = [_field(name) for name in names]
    if len(set(fields)) < len(fields):
        raise ValueError(f"columns with equal names: {', '.join(names)}")
    plain = namedtuple("Row", fields)  # type: ignore[misc]  # the fields are known at run time only
    return type("Row", (plain, Row), {"__slots__": ()})


def _field(name: str) -> str:
    """The attribute name of a column: its name, changed to a valid identifier if necessary."""
    identifier = re.sub(r"\W", "_", name).lstrip("_") or "column"
    if keyword.iskeyword(identifier):
        return f"{identifier}_"
    return f"column_{identifier}" if identifier[0].isdigit() else identifier
