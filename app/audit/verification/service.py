"""Compares the whole database with its journals: replays each, computes deadlines and counts again (rules §13)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from app.audit.seals.lines import SavedSeal
from app.audit.verification.check_codes import Codes
from app.audit.verification.check_database import orphan_differences, trigger_differences
from app.audit.verification.check_deadlines import deadline_differences
from app.audit.verification.check_journal import approval_differences, chain_differences, mark_differences
from app.audit.verification.check_rollups import rollup_differences
from app.audit.verification.check_row import fact_differences, row_differences, unit_differences
from app.audit.verification.check_seals import seal_differences
from app.audit.verification.check_texts import text_differences
from app.audit.verification.difference import Difference
from app.audit.verification.journal_versions import count_into, journal_of, versions
from app.audit.verification.stored_dossiers import COUNT, StoredDossier, Unreadable, chunks
from app.catalogue.cache import Reference, load
from app.database import Database
from app.domain.errors import DomainError
from app.encryption.key_ring import KeyRing
from app.rollups.increments import Counts

__all__ = ["Difference", "verify"]

Progress = Callable[[int, int], None]

# Errors that the replay of a changed journal may raise.
_REPLAY_ERRORS = (DomainError, LookupError, ValueError, TypeError, AttributeError, OverflowError)


@dataclass(slots=True)
class _Replays:
    """The counts of all replayed journals, and their number."""

    counts: Counts = field(default_factory=Counts)
    dossiers: int = 0


async def verify(
    database: Database, progress: Progress | None = None, saved_seals: Iterable[SavedSeal] = ()
) -> list[Difference]:
    """All differences of the database, by dossier (rules §13); `saved_seals` were stored outside the database."""
    differences: list[Difference] = []
    codes, replays = Codes(), _Replays()
    async with database.reading(snapshot=True, heavy=True) as connection:
        reference = await load(connection)
        total, done = await connection.scalar(COUNT), 0
        async for chunk in chunks(connection):
            for dossier in chunk:
                codes.add(dossier)
                differences += _dossier_differences(reference, dossier, replays, connection.ring)
            done += len(chunk)
            if progress:
                progress(done, total)
        differences += await seal_differences(connection, saved_seals)
        differences += await trigger_differences(connection)
        differences += await codes.differences(connection)
        differences += await orphan_differences(connection)
        # Without the counts of every journal the rollups cannot be checked. Those journals are reported above.
        if replays.dossiers == total:
            differences += await rollup_differences(connection, replays.counts)
    return differences


def _dossier_differences(
    reference: Reference, dossier: StoredDossier, replays: _Replays, ring: KeyRing
) -> Iterator[Difference]:
    """The differences of the rows of one dossier. Its counts are added to `replays`."""
    yield from chain_differences(dossier)
    sequences = [row.sequence for row in dossier.journal]
    if not sequences or sequences != list(range(1, len(sequences) + 1)):
        yield Difference(dossier.code, None, "sequences", "1, 2, 3, … without a gap", sequences)
        return
    yield from _unreadable(dossier)
    if any(isinstance(row.data, Unreadable) for row in dossier.journal):
        return
    try:
        yield from text_differences(dossier, ring)
        yield from mark_differences(dossier)
        yield from approval_differences(dossier)
        history = list(versions(journal_of(dossier.journal)))
        yield from deadline_differences(reference, dossier.code, history)
        yield from row_differences(reference, dossier, history[-1])
        yield from unit_differences(dossier, history)
        yield from fact_differences(dossier, count_into(replays.counts, history, dossier.journal))
        replays.dossiers += 1
    except _REPLAY_ERRORS as error:
        yield Difference(dossier.code, None, "journal", "a valid journal", f"{type(error).__name__}: {error}")


def _unreadable(dossier: StoredDossier) -> Iterator[Difference]:
    """Columns that are not JSON. A journal with one cannot be replayed."""
    for row in dossier.journal:
        if isinstance(row.data, Unreadable):
            yield Difference(dossier.code, row.sequence, "data", "JSON", repr(row.data))
    for name in ("flags", "details", "documents"):
        value = dossier.columns[name]
        if isinstance(value, Unreadable):
            yield Difference(dossier.code, None, name, "JSON", repr(value))
