"""Reads all rows of each dossier for the verification, one chunk of dossiers at a time."""

import json
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Dialect, Table, Text, TypeDecorator, bindparam, func, select, type_coerce

from app.database import Connection, Json, Prepared
from app.database.readable import ForeignRow, readable
from app.database.tables import (
    applicants,
    dossier_units,
    dossiers,
    entries,
    entry_texts,
    externals,
    occurrences,
    participants,
    payments,
    purges,
    rating_comments,
    spans,
)

T = TypeVar("T")

# Dossiers in memory at the same time.
_CHUNK = 500
_SHOWN = 80


class Unreadable(str):
    """The beginning of a text that should be JSON and is not."""

    __slots__ = ()


class LenientJson(TypeDecorator[Any]):
    """JSON, or an Unreadable in its place: a broken row must not prevent checks of the others."""

    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        return _decoded


def _decoded(value: Any) -> Any:
    try:
        return None if value is None else json.loads(value)
    except (ValueError, TypeError, RecursionError):
        return Unreadable(str(value)[:_SHOWN])


# --- Rows, with their types in a database without tampering ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A row of `entries`; `data_text` is the column `data` as text, as the hash covers it."""

    sequence: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    unit_id: int
    client: str
    data: Any
    data_text: str
    changes_from: datetime | None
    corrects: int | None
    applicant_number: int | None
    applicant_hash: str | None
    text_hash: str | None
    hash: str

    def hashed(self) -> dict[str, Any]:
        """The row as `app.dossiers.chain.entry_content` takes it."""
        return {name: getattr(self, name) for name in StoredEntry.__slots__} | {"data": self.data_text}


@dataclass(frozen=True, slots=True)
class StoredText:
    """A row of `entry_texts`."""

    sequence: int
    salt: str
    content: Any


@dataclass(frozen=True, slots=True)
class StoredApplicant:
    """A row of `applicants`."""

    number: int
    salt: str
    kind: str
    name: str
    name_folded: str
    identity_kind: str | None
    identity_encrypted: str | None
    identity_hash: str | None
    phone: str | None
    phone_key: str | None
    email: str | None
    address: str | None
    commune_unit_id: int | None
    commune_text: str | None


@dataclass(frozen=True, slots=True)
class StoredParticipant:
    """A row of `participants`."""

    sequence: int
    number: int
    kind: str
    name_folded: str
    identity_encrypted: str | None
    identity_hash: str | None
    phone: str | None
    phone_key: str | None
    replaced_by: int | None


@dataclass(frozen=True, slots=True)
class StoredExternal:
    """A row of `externals`."""

    system: str
    code: str
    system_key: str | None
    code_key: str | None


@dataclass(frozen=True, slots=True)
class StoredPurge:
    """A row of `purges`."""

    purged_at: datetime
    closed_before: datetime


@dataclass(frozen=True, slots=True)
class StoredDossier:
    """All rows of one dossier: texts by entry, applicants by number, and for each unit if it held the dossier."""

    id: int
    code: str
    columns: Mapping[str, Any]
    journal: Sequence[StoredEntry]
    texts: Mapping[int, StoredText]
    applicants: Mapping[int, StoredApplicant]
    participants: Sequence[StoredParticipant]
    externals: Sequence[StoredExternal]
    units: Mapping[int, bool]
    spans: Sequence[Mapping[str, Any]]
    occurrences: Sequence[Mapping[str, Any]]
    payments: Sequence[Mapping[str, Any]]
    purge: StoredPurge | None
    comments: int


# --- Reading --------------------------------------------------------------------------------------------------------


class _Part(Generic[T]):
    """The rows of one table for dossiers with ids in a range, each made by `make` from the named columns."""

    def __init__(self, table: Table, order: str, make: Callable[..., T], names: Sequence[str] = ()) -> None:
        ids = table.c.dossier_id
        self._make = make
        self._statement = Prepared(
            select(ids, *(_column(table, name) for name in names))
            .where(ids >= bindparam("first"), ids <= bindparam("last"))
            .order_by(ids, table.c[order])
        )

    async def read(self, connection: Connection, first: int, last: int) -> Mapping[int, list[T]]:
        """The rows by dossier."""
        by_dossier: dict[int, list[T]] = defaultdict(list)
        for row in await connection.all(self._statement, first=first, last=last):
            by_dossier[row[0]].append(self._make(*row[1:]))
        return by_dossier


def _column(table: Table, name: str) -> ColumnElement[Any]:
    if name == "data_text":
        return type_coerce(table.c.data, Text()).label(name)
    column = table.c[name]
    return type_coerce(column, LenientJson()).label(name) if isinstance(column.type, Json) else column


def _mappings(table: Table, order: str = "number") -> _Part[Mapping[str, Any]]:
    names = [column.name for column in table.c if column.name != "dossier_id"]
    return _Part(table, order, lambda *values: dict(zip(names, values, strict=True)), names)


COUNT = Prepared(select(func.count()).select_from(dossiers))
_DOSSIERS = Prepared(
    select(*(_column(dossiers, column.name) for column in dossiers.c))
    .where(dossiers.c.id.between(bindparam("first"), bindparam("last")))
    .order_by(dossiers.c.id)
)
_ENTRIES = _Part(entries, "sequence", StoredEntry, StoredEntry.__slots__)
_TEXTS = _Part(entry_texts, "sequence", StoredText, StoredText.__slots__)
_APPLICANTS = _Part(applicants, "number", StoredApplicant, StoredApplicant.__slots__)
_PARTICIPANTS = _Part(participants, "sequence", StoredParticipant, StoredParticipant.__slots__)
_EXTERNALS = _Part(externals, "code", StoredExternal, StoredExternal.__slots__)
_PURGES = _Part(purges, "purged_at", StoredPurge, StoredPurge.__slots__)
_UNITS = _Part(dossier_units, "unit_id", lambda unit, held: (unit, held), ("unit_id", "held"))
_SPANS, _OCCURRENCES = _mappings(spans), _mappings(occurrences)
_PAYMENTS = _mappings(payments, "sequence")
_COMMENTS = _Part(rating_comments, "dossier_id", tuple)
# The tables above, which have the id of a dossier in each row.
PARTS = (
    entries,
    entry_texts,
    applicants,
    participants,
    purges,
    dossier_units,
    spans,
    occurrences,
    payments,
    rating_comments,
)


def checked_chunks(
    connection: Connection, after: int = 0, last: int = 2**62
) -> AsyncIterator[tuple[Sequence[StoredDossier], Sequence[ForeignRow]]]:
    """All dossiers with ids above `after` and up to `last`, by id, in chunks that bound the memory.

    Beside them those of which a row cannot be read.
    """
    return readable(connection, dossiers.c.id, lambda *ids: _read(connection, *ids), bounds=(after, last), most=_CHUNK)


async def journal_rows(connection: Connection, dossier_id: int) -> list[StoredEntry]:
    """The journal of one dossier."""
    return (await _ENTRIES.read(connection, dossier_id, dossier_id))[dossier_id]


async def chunks(connection: Connection, after: int = 0, last: int = 2**62) -> AsyncGenerator[Sequence[StoredDossier]]:
    """All dossiers as `checked_chunks`. Raises ValueError if a row of one cannot be read."""
    async for chunk, foreign in checked_chunks(connection, after, last):
        for row in foreign:
            raise ValueError(f"dossier {row.key}: {row.reason}")
        yield chunk


async def _read(connection: Connection, first: int, last: int) -> list[StoredDossier]:
    ids = first, last
    rows = await connection.all(_DOSSIERS, first=first, last=last)
    journals = await _ENTRIES.read(connection, *ids)
    texts = await _TEXTS.read(connection, *ids)
    people = await _APPLICANTS.read(connection, *ids)
    others = await _PARTICIPANTS.read(connection, *ids)
    codes = await _EXTERNALS.read(connection, *ids)
    units = await _UNITS.read(connection, *ids)
    span_rows = await _SPANS.read(connection, *ids)
    occurrence_rows = await _OCCURRENCES.read(connection, *ids)
    payment_rows = await _PAYMENTS.read(connection, *ids)
    purged = await _PURGES.read(connection, *ids)
    comments = await _COMMENTS.read(connection, *ids)
    return [
        StoredDossier(
            id=row.id,
            code=row.code,
            columns=row._asdict(),
            journal=journals[row.id],
            texts={text.sequence: text for text in texts[row.id]},
            applicants={applicant.number: applicant for applicant in people[row.id]},
            participants=others[row.id],
            externals=codes[row.id],
            units=dict(units[row.id]),
            spans=span_rows[row.id],
            occurrences=occurrence_rows[row.id],
            payments=payment_rows[row.id],
            purge=next(iter(purged[row.id]), None),
            comments=len(comments[row.id]),
        )
        for row in rows
    ]
