"""Holds the whole database against its journals: replays each, computes each deadline again, counts again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.audit.seals.lines import KeptSeal
from app.audit.verification.check_approvals import approval_differences
from app.audit.verification.check_chain import chain_differences
from app.audit.verification.check_codes import Issued
from app.audit.verification.check_rollups import tally_differences
from app.audit.verification.check_seals import seal_differences
from app.audit.verification.check_texts import word_differences
from app.audit.verification.check_triggers import trigger_differences
from app.audit.verification.difference import Difference
from app.audit.verification.expected_texts import told_by_words
from app.audit.verification.journal_versions import Telling, count_into, journal_of, tellings
from app.audit.verification.stored_dossiers import COUNT, Kept, Unreadable, chunks, orphans
from app.catalogue.cache import Reference, load
from app.database import Database
from app.database.tables import occurrences, spans
from app.domain.corrections import redecide
from app.domain.errors import DomainError
from app.domain.lifecycle import Entry
from app.domain.state import DossierState
from app.domain.terms import Law
from app.dossiers.rows import (
    changes_from,
    state_columns,
    unit_rows,
)
from app.encryption.key_ring import KeyRing
from app.rollups import service as rollups
from app.rollups.increments import Counts
from app.text_input import fold

__all__ = ["Difference", "verify"]

Progress = Callable[[int, int], None]


async def verify(
    database: Database, progress: Progress | None = None, kept_seals: Iterable[KeptSeal] = ()
) -> list[Difference]:
    """All differences, by dossier; empty where there is none (rules §13). `kept_seals` are some from outside of it."""
    found: list[Difference] = []
    issued, counted = Issued(), Counted()
    async with database.reading(snapshot=True, heavy=True) as connection:
        reference = await load(connection)
        total, done = await connection.scalar(COUNT), 0
        async for chunk in chunks(connection):
            for kept in chunk:
                issued.count(kept.row)
                found += differences(reference, kept, counted, connection.ring)
            done += len(chunk)
            if progress:
                progress(done, total)
        found += await seal_differences(connection, kept_seals)
        found += await trigger_differences(connection)
        found += await issued.differences(connection)
        found += await orphans(connection)
        # What a journal that cannot be told counts, nobody knows: then it is that journal that is to be mended first.
        if counted.dossiers == total:
            found += await tally_differences(connection, counted.counts)
    return found


@dataclass(slots=True)
class Counted:
    """What the journals count, and how many of them could be told."""

    counts: Counts = field(default_factory=Counts)
    dossiers: int = 0


# --- One dossier ------------------------------------------------------------------------------------------------------


def differences(reference: Reference, kept: Kept, counted: Counted, ring: KeyRing) -> list[Difference]:
    """In what the rows of one dossier are not what its journal gives; what that counts is added to `counted`."""
    code = kept.row.code
    found = list(chain_differences(kept))
    sequences = [row.sequence for row in kept.journal]
    if not sequences or sequences != list(range(1, len(sequences) + 1)):
        return [*found, Difference(code, None, "sequences", "1, 2, 3, … without a gap", sequences)]
    found += _unreadable(kept)
    if any(isinstance(row.data, Unreadable) for row in kept.journal):
        return found
    try:
        found += word_differences(kept, ring)
        found += _entry_differences(kept)
        found += approval_differences(kept)
        told = list(tellings(journal_of(kept.journal)))
        found += _deadline_differences(reference, code, told)
        found += _row_differences(reference, kept, told[-1])
        found += _unit_differences(kept, told)
        found += _counted_differences(kept, told, counted.counts)
        counted.dossiers += 1
    except (DomainError, LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
        # A journal that was tampered with may hold anything: that it cannot be replayed is what is to be said.
        found.append(Difference(code, None, "journal", "one that can be replayed", f"{type(error).__name__}: {error}"))
    return found


def _unreadable(kept: Kept) -> Iterator[Difference]:
    """What is no JSON: without the data of its entries no journal is replayed, a row is compared but for it."""
    for row in kept.journal:
        if isinstance(row.data, Unreadable):
            yield Difference(kept.row.code, row.sequence, "data", "JSON", repr(row.data))
    for name in ("flags", "details", "documents"):
        value = getattr(kept.row, name)
        if isinstance(value, Unreadable):
            yield Difference(kept.row.code, None, name, "JSON", repr(value))


def _entry_differences(kept: Kept) -> Iterator[Difference]:
    """Whether entries say themselves that they changed figures already given."""
    for row in kept.journal:
        flags = row.data.get("flags", ()) if isinstance(row.data, dict) else ()
        changes = "corrected" in flags or changes_from(row.occurred_at, row.recorded_at, flags) is not None
        if changes != (row.changes_from is not None):
            yield Difference(kept.row.code, row.sequence, "changes_from", "set as the flags say", row.changes_from)


def _deadline_differences(reference: Reference, code: str, told: Iterable[Telling]) -> Iterator[Difference]:
    """Each deadline computed again from the revisions of calendar and sessions that its entry names (rules §13)."""
    checked: set[int] = set()
    for telling in told:
        before: DossierState | None = None
        sessions: int | None = None
        for entry, after in telling:
            sessions = entry.data.get("deadline", {}).get("sessions", sessions)
            # An entry that a correction left alone was checked before it.
            if entry.data.keys() & {"deadline", "step"} and id(entry.data) not in checked:
                checked.add(id(entry.data))
                yield from _deadline_difference(reference, code, before, entry, after, sessions)
            before = after


def _deadline_difference(
    reference: Reference,
    code: str,
    before: DossierState | None,
    entry: Entry,
    after: DossierState,
    sessions: int | None,
) -> Iterator[Difference]:
    kept = entry.data.get("deadline", {})
    version = entry.data.get("procedure_version", after.procedure_version)
    law = Law(
        reference.calendar_then(kept.get("calendar", ()), entry.recorded_at),
        reference.sessions_of(sessions),
        sessions,
        reference.version(version).terms,
    )
    try:
        expected = redecide(entry, before, law).data
    except DomainError as refusal:
        yield Difference(code, entry.sequence, "deadline", f"refused: {refusal.detail}", kept)
        return
    for name in sorted(kept.keys() | expected.get("deadline", {}).keys()):
        should = expected.get("deadline", {}).get(name)
        if kept.get(name) != should:
            yield Difference(code, entry.sequence, f"deadline.{name}", should, kept.get(name))
    if entry.data.get("step") != expected.get("step"):
        yield Difference(code, entry.sequence, "step", expected.get("step"), entry.data.get("step"))


def _row_differences(reference: Reference, kept: Kept, final: Telling) -> Iterator[Difference]:
    first, state = final[0][0], final[-1][1]
    expected = {**state_columns(state), "receiving_unit_id": state.receiving_unit, **told_by_words(kept)}
    procedure = first.data["procedure"]
    if state.procedure_version is not None:
        procedure = reference.version(state.procedure_version).procedure_id
    expected["procedure_id"] = procedure
    expected["applicant_number"] = max(row.applicant_number or 0 for row in kept.journal)
    for name, value in expected.items():
        found = getattr(kept.row, name)
        if found != value and not isinstance(found, Unreadable):
            yield Difference(kept.row.code, None, name, value, found)
    applicant = kept.applicants.get(kept.row.applicant_number)
    if applicant is None and kept.purged is not None:
        return
    if applicant is None:
        yield Difference(kept.row.code, None, "applicant", f"number {kept.row.applicant_number}", None)
    elif applicant.name_folded != fold(applicant.name):
        yield Difference(kept.row.code, None, "applicant.name_folded", fold(applicant.name), applicant.name_folded)


def _unit_differences(kept: Kept, told: Iterable[Telling]) -> Iterator[Difference]:
    rows = unit_rows(kept.row.id, [state for telling in told for _entry, state in telling])
    expected = {row["unit_id"]: row["held"] for row in rows}
    if expected != kept.units:
        yield Difference(kept.row.code, None, "dossier_units", expected, dict(sorted(kept.units.items())))


def _counted_differences(kept: Kept, told: Sequence[Telling], counts: Counts) -> Iterator[Difference]:
    found = count_into(counts, told, kept.journal)
    expected = rollups.rows_of(kept.row.id, *found)
    for table, name, rows in ((spans, "phase", kept.spans), (occurrences, "kind", kept.occurrences)):
        should = {(row["number"], row[name]): row for one, row in expected if one is table}
        are = {(row.number, getattr(row, name)): row for row in rows}
        for key in sorted(should.keys() | are.keys()):
            if key not in should or key not in are:
                known, other = ("a row", None) if key in should else (None, "a row")
                yield Difference(kept.row.code, key[0], table.name, known, other)
                continue
            for column, value in should[key].items():
                if getattr(are[key], column) != value:
                    yield Difference(kept.row.code, key[0], f"{table.name}.{column}", value, getattr(are[key], column))
