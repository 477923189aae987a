"""What the database keeps of each dossier, read a chunk at a time for the verification."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Table, Text, TypeDecorator, bindparam, func, select, type_coerce

from app.audit.verification.difference import Difference
from app.database import Connection, Json, Prepared
from app.database.tables import (
    applicants,
    code_ordinals,
    dossier_units,
    dossiers,
    entries,
    entry_texts,
    externals,
    occurrences,
    purges,
    rating_comments,
    spans,
)

# Dossiers held in memory at once.
_CHUNK = 500
# Of each table so many dossiers are named whose rows have lost them.
_MOST_ORPHANS = 100
_SHOWN = 80


class Unreadable(str):
    """The beginning of what stands where JSON should stand and is none."""

    __slots__ = ()


class LenientJson(TypeDecorator[Any]):
    """JSON, or what stands in its place: a row that somebody broke shall not hide the others."""

    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        return _read


def _read(value: Any) -> Any:
    try:
        return None if value is None else json.loads(value)
    except (ValueError, TypeError, RecursionError):
        return Unreadable(str(value)[:_SHOWN])


def _columns(table: Table) -> list[ColumnElement[Any]]:
    columns: list[ColumnElement[Any]] = [
        type_coerce(column, LenientJson()).label(column.name) if isinstance(column.type, Json) else column
        for column in table.c
    ]
    # The data of an entry as they are written too, which its hash is of.
    return [*columns, type_coerce(table.c.data, Text()).label("data_text")] if table is entries else columns


@dataclass(frozen=True, slots=True)
class Kept:
    """All rows that the database keeps of one dossier."""

    row: Any
    journal: Sequence[Any]
    texts: Mapping[int, Any]
    applicants: Mapping[int, Any]
    units: Mapping[int, bool]
    spans: Sequence[Any]
    occurrences: Sequence[Any]
    purged: Any | None  # its row of `purges`
    comments: Sequence[Any]  # of its rating


COUNT = Prepared(select(func.count()).select_from(dossiers))
_DOSSIERS = Prepared(
    select(*_columns(dossiers))
    .where(dossiers.c.id > bindparam("after"))
    .order_by(dossiers.c.id)
    .limit(bindparam("most"))
)
ORDINALS = Prepared(select(code_ordinals))


def _between(table: Table, *order: str) -> Prepared:
    ids = table.c.dossier_id
    return Prepared(
        select(*_columns(table))
        .where(ids >= bindparam("first"), ids <= bindparam("last"))
        .order_by(ids, *(table.c[name] for name in order))
    )


_PARTS = {
    table: _between(table, order)
    for table, order in (
        (entries, "sequence"),
        (entry_texts, "sequence"),
        (applicants, "number"),
        (dossier_units, "unit_id"),
        (spans, "number"),
        (occurrences, "number"),
        (purges, "purged_at"),
        (rating_comments, "dossier_id"),
    )
}


async def chunks(connection: Connection) -> AsyncIterator[list[Kept]]:
    """All dossiers by id, so many at a time that memory is bounded."""
    after = 0
    while rows := await connection.all(_DOSSIERS, after=after, most=_CHUNK):
        first, after = rows[0].id, rows[-1].id
        parts: dict[Table, dict[int, list[Any]]] = {}
        for table, statement in _PARTS.items():
            by_dossier = parts[table] = defaultdict(list)
            for row in await connection.all(statement, first=first, last=after):
                by_dossier[row.dossier_id].append(row)
        yield [
            Kept(
                row,
                parts[entries].get(row.id, []),
                {item.sequence: item for item in parts[entry_texts].get(row.id, [])},
                {item.number: item for item in parts[applicants].get(row.id, [])},
                {item.unit_id: item.held for item in parts[dossier_units].get(row.id, [])},
                parts[spans].get(row.id, []),
                parts[occurrences].get(row.id, []),
                next(iter(parts[purges].get(row.id, [])), None),
                parts[rating_comments].get(row.id, []),
            )
            for row in rows
        ]


def _orphans(table: Table) -> Prepared:
    lost = table.c.dossier_id
    return Prepared(
        select(lost, func.count().label("number"))
        .select_from(table.outerjoin(dossiers, dossiers.c.id == lost))
        .where(dossiers.c.id.is_(None))
        .group_by(lost)
        .order_by(lost)
        .limit(_MOST_ORPHANS)
    )


_ORPHANS = {table.name: _orphans(table) for table in (*_PARTS, externals)}


async def orphans(connection: Connection) -> list[Difference]:
    """Rows of dossiers that are not there: the database's keys forbid them, somebody has put the keys off."""
    return [
        Difference(f"dossier {row.dossier_id}, which is gone", None, name, "no row", f"{row.number} of its rows")
        for name, statement in _ORPHANS.items()
        for row in await connection.all(statement)
    ]
