"""Holds the whole database against its journals: replays each, computes each deadline again, counts again."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from app.catalogue.reference import Reference, load
from app.database import Database
from app.domain.corrections import redecide
from app.domain.errors import DomainError
from app.domain.lifecycle import Action, Entry, apply, effective
from app.domain.state import DossierState
from app.domain.terms import Law
from app.dossiers.rows import (
    APPLICANT_FIELDS,
    applicant_hash,
    changes_from,
    salted_hash,
    state_columns,
    units_of,
)
from app.seed.difference import Difference
from app.seed.issued import Issued
from app.seed.kept import COUNT, Kept, Unreadable, chunks, orphans
from app.seed.wording import told_by_words
from app.tallies import service as tallies
from app.texts import fold

__all__ = ["Difference", "verify"]

Progress = Callable[[int, int], None]


async def verify(database: Database, progress: Progress | None = None) -> list[Difference]:
    """All differences, by dossier; empty where there is none (rules §13)."""
    found: list[Difference] = []
    issued = Issued()
    async with database.reading(snapshot=True, heavy=True) as connection:
        reference = await load(connection)
        total, done = await connection.scalar(COUNT), 0
        async for chunk in chunks(connection):
            for kept in chunk:
                issued.count(kept.row)
                found += differences(reference, kept)
            done += len(chunk)
            if progress:
                progress(done, total)
        found += await issued.differences(connection)
        found += await orphans(connection)
    return found


# --- One dossier ------------------------------------------------------------------------------------------------------


def differences(reference: Reference, kept: Kept) -> list[Difference]:
    """In what the rows of one dossier are not what its journal gives."""
    code = kept.row.code
    sequences = [row.sequence for row in kept.journal]
    if not sequences or sequences != list(range(1, len(sequences) + 1)):
        return [Difference(code, None, "sequences", "1, 2, 3, … without a gap", sequences)]
    found = list(_unreadable(kept))
    if any(one.entry for one in found):
        return found
    try:
        found += _entry_differences(kept)
        journal = [
            Entry(row.sequence, Action(row.type), row.occurred_at, row.recorded_at, row.unit_id, row.data)
            for row in kept.journal
        ]
        told = list(_tellings(journal))
        final = told[-1]
        found += _deadline_differences(reference, code, told)
        found += _row_differences(reference, kept, final)
        found += _unit_differences(kept, told)
        found += _tally_differences(kept, final)
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


Telling = Sequence[tuple[Entry, DossierState]]


def _tellings(journal: Sequence[Entry]) -> Iterator[Telling]:
    """The journal as it stood before each of its corrections, and as it stands: entries with the state after each."""
    ends = [entry.sequence - 1 for entry in journal if entry.type is Action.CORRECT]
    for end in (*ends, len(journal)):
        state: DossierState | None = None
        telling: list[tuple[Entry, DossierState]] = []
        for entry in effective(journal[:end]):
            state = apply(state, entry)
            telling.append((entry, state))
        yield telling


def _entry_differences(kept: Kept) -> Iterator[Difference]:
    """Texts and applicants against the hashes that the journal keeps; what was purged is gone, and no difference."""
    code = kept.row.code
    for row in kept.journal:
        words = kept.texts.get(row.sequence)
        if words is not None:
            expected = salted_hash(words.salt, words.content)
            if row.text_hash != expected:
                yield Difference(code, row.sequence, "text_hash", row.text_hash, expected)
        applicant = kept.applicants.get(row.applicant_number) if row.applicant_number is not None else None
        if applicant is not None:
            expected = applicant_hash({name: getattr(applicant, name) for name in ("salt", *APPLICANT_FIELDS)})
            if row.applicant_hash != expected:
                yield Difference(code, row.sequence, "applicant_hash", row.applicant_hash, expected)
        flags = row.data.get("flags", ()) if isinstance(row.data, dict) else ()
        changes = "corrected" in flags or changes_from(row.occurred_at, row.recorded_at, flags) is not None
        if changes != (row.changes_from is not None):
            yield Difference(code, row.sequence, "changes_from", "set as the flags say", row.changes_from)
    for sequence in kept.texts.keys() - {row.sequence for row in kept.journal}:
        yield Difference(code, sequence, "entry_texts", "none without an entry", "a row")


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
    if applicant is None:
        yield Difference(kept.row.code, None, "applicant", f"number {kept.row.applicant_number}", None)
    elif applicant.name_folded != fold(applicant.name):
        yield Difference(kept.row.code, None, "applicant.name_folded", fold(applicant.name), applicant.name_folded)


def _unit_differences(kept: Kept, told: Iterable[Telling]) -> Iterator[Difference]:
    expected = {unit for telling in told for _entry, state in telling for unit in units_of(state)}
    if expected != kept.units:
        yield Difference(kept.row.code, None, "dossier_units", sorted(expected), sorted(kept.units))


def _tally_differences(kept: Kept, final: Telling) -> Iterator[Difference]:
    for expected, found in zip(tallies.rows(kept.row.id, final), (kept.spans, kept.occurrences), strict=True):
        should = {row["number"]: row for _table, row in expected}
        are = {row.number: row for row in found}
        table = "spans" if found is kept.spans else "occurrences"
        for number in sorted(should.keys() | are.keys()):
            if number not in should or number not in are:
                known, other = ("a row", None) if number in should else (None, "a row")
                yield Difference(kept.row.code, number, table, known, other)
                continue
            for name, value in should[number].items():
                if getattr(are[number], name) != value:
                    yield Difference(kept.row.code, number, f"{table}.{name}", value, getattr(are[number], name))
