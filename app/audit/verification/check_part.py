"""Checks one part of the dossiers: replays each journal, and compares it with its rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from app.audit.verification.check_codes import Codes
from app.audit.verification.check_deadlines import deadline_differences
from app.audit.verification.check_externals import external_differences
from app.audit.verification.check_journal import approval_differences, chain_differences, mark_differences
from app.audit.verification.check_row import (
    fact_differences,
    payment_differences,
    row_differences,
    unit_differences,
)
from app.audit.verification.check_texts import text_differences
from app.audit.verification.difference import Difference, foreign_row
from app.audit.verification.journal_versions import count_into, journal_of, versions
from app.audit.verification.stored_dossiers import StoredDossier, Unreadable, checked_chunks
from app.catalogue.cache import Reference, load
from app.database import Connection, Prepared
from app.database.readable import READING_ERRORS, reason_of
from app.database.tables import dossiers
from app.encryption.key_ring import KeyRing
from app.rollups.increments import Counts
from app.rollups.scratch import scratch_counts

_IDS = Prepared(select(func.min(dossiers.c.id).label("first"), func.max(dossiers.c.id).label("last")))


@dataclass(frozen=True, slots=True)
class Part:
    """The `number`-th of `of` ranges of dossier ids, the file for its counts, and the time of the verification."""

    number: int
    of: int
    scratch: Path
    now: datetime


@dataclass(slots=True)
class PartResult:
    """The differences of a part by dossier, its codes, and the number of replayed journals."""

    differences: list[Difference] = field(default_factory=list)
    codes: Codes = field(default_factory=Codes)
    replayed: int = 0


class _Context(NamedTuple):
    """What the checks of each dossier need."""

    reference: Reference
    counts: Counts
    ring: KeyRing
    now: datetime


async def check_part(connection: Connection, part: Part, done: Callable[[int], object]) -> PartResult:
    """Checks the part; `done` gets the number of dossiers of each step. The counts are in the file afterwards."""
    result = PartResult()
    reference = await load(connection)
    after, last = await _range(connection, part)
    if part.number == 0:
        result.differences += [foreign_row(name, row) for name, row in reference.unread.rows]
    async with scratch_counts(part.scratch) as scratch:
        async for chunk, foreign in checked_chunks(connection, after, last):
            for dossier in chunk:
                result.differences += _dossier_differences(
                    _Context(reference, scratch.counts, connection.ring, part.now), dossier, result
                )
            result.differences += [foreign_row("dossier", row) for row in foreign]
            await scratch.spill_if_many()
            done(len(chunk) + len(foreign))
    return result


async def _range(connection: Connection, part: Part) -> tuple[int, int]:
    """The id after which the part begins, and its last one. The ids have few gaps, so parts are about equal."""
    ids = await connection.one(_IDS)
    if ids.first is None:
        return 0, 0
    before, width = ids.first - 1, ids.last - ids.first + 1
    return before + width * part.number // part.of, before + width * (part.number + 1) // part.of


def _dossier_differences(context: _Context, dossier: StoredDossier, result: PartResult) -> Iterator[Difference]:
    """The differences of the rows of one dossier. Its counts are added to those of the context."""
    try:
        result.codes.add(dossier)
        yield from chain_differences(dossier)
        sequences = [row.sequence for row in dossier.journal]
        if not sequences or sequences != list(range(1, len(sequences) + 1)):
            yield Difference(dossier.code, None, "sequences", "1, 2, 3, … without a gap", sequences)
            return
        yield from _unreadable(dossier)
        if any(isinstance(row.data, Unreadable) for row in dossier.journal):
            return
        yield from text_differences(dossier, context.ring, context.now)
        yield from mark_differences(dossier)
        yield from approval_differences(dossier)
        history = list(versions(journal_of(dossier.journal)))
        yield from deadline_differences(context.reference, dossier.code, history)
        yield from row_differences(context.reference, dossier, history[-1])
        yield from unit_differences(dossier, history)
        yield from external_differences(dossier)
        yield from payment_differences(dossier, history[-1])
        yield from fact_differences(dossier, count_into(context.counts, history, dossier.journal))
        result.replayed += 1
    except READING_ERRORS as error:
        yield Difference(dossier.code, None, "journal", "a valid journal", reason_of(error))


def _unreadable(dossier: StoredDossier) -> Iterator[Difference]:
    """Columns that are not JSON. A journal with one cannot be replayed."""
    for row in dossier.journal:
        if isinstance(row.data, Unreadable):
            yield Difference(dossier.code, row.sequence, "data", "JSON", repr(row.data))
    for name in ("flags", "details", "documents", "money"):
        value = dossier.columns[name]
        if isinstance(value, Unreadable):
            yield Difference(dossier.code, None, name, "JSON", repr(value))
