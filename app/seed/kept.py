"""What the database keeps of each dossier, read a chunk at a time for the verification."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, bindparam, func, select

from app.database import Connection, Prepared
from app.tables import (
    applicants,
    code_ordinals,
    dossier_units,
    dossiers,
    entries,
    entry_texts,
    occurrences,
    spans,
)

# Dossiers held in memory at once.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """All rows that the database keeps of one dossier."""

    row: Any
    journal: Sequence[Any]
    texts: Mapping[int, Any]
    applicants: Mapping[int, Any]
    units: frozenset[int]
    spans: Sequence[Any]
    occurrences: Sequence[Any]


COUNT = Prepared(select(func.count()).select_from(dossiers))
_DOSSIERS = Prepared(
    select(dossiers).where(dossiers.c.id > bindparam("after")).order_by(dossiers.c.id).limit(bindparam("most"))
)
ORDINALS = Prepared(select(code_ordinals))


def _between(table: Table, *order: str) -> Prepared:
    ids = table.c.dossier_id
    return Prepared(
        select(table)
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
                {one.sequence: one for one in parts[entry_texts].get(row.id, [])},
                {one.number: one for one in parts[applicants].get(row.id, [])},
                frozenset(one.unit_id for one in parts[dossier_units].get(row.id, [])),
                parts[spans].get(row.id, []),
                parts[occurrences].get(row.id, []),
            )
            for row in rows
        ]
