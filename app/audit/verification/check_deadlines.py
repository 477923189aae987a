"""Computes each deadline again, from the revisions of calendar and sessions that its entry names (rules §13)."""

from collections.abc import Iterable, Iterator

from app.audit.verification.difference import Difference, unequal
from app.audit.verification.journal_versions import Version
from app.catalogue.cache import Reference
from app.domain.corrections import redecide
from app.domain.errors import DomainError
from app.domain.lifecycle import Entry
from app.domain.state import DossierState
from app.domain.terms import Law


def deadline_differences(reference: Reference, code: str, history: Iterable[Version]) -> Iterator[Difference]:
    """Deadlines and steps that differ from those that the rules give."""
    checked: set[int] = set()
    for version in history:
        before: DossierState | None = None
        sessions: int | None = None
        for entry, after in version:
            sessions = entry.data.get("deadline", {}).get("sessions", sessions)
            # Versions share the entries that a correction did not change.
            if entry.data.keys() & {"deadline", "step", "promise"} and id(entry.data) not in checked:
                checked.add(id(entry.data))
                yield from _differences(reference, code, before, entry, after, sessions)
            before = after


def _differences(
    reference: Reference,
    code: str,
    before: DossierState | None,
    entry: Entry,
    after: DossierState,
    sessions: int | None,
) -> Iterator[Difference]:
    stored = entry.data.get("deadline", {})
    law = Law(
        reference.calendar_then(stored.get("calendar", ()), entry.recorded_at),
        reference.sessions_of(sessions),
        sessions,
        reference.version(entry.data.get("procedure_version", after.procedure_version)).terms,
    )
    try:
        expected = redecide(entry, before, law).data
    except DomainError as refusal:
        yield Difference(code, entry.sequence, "deadline", f"refused: {refusal.detail}", stored)
        return
    for name, *values in unequal(expected.get("deadline", {}), stored):
        yield Difference(code, entry.sequence, f"deadline.{name}", *values)
    # An entry of an earlier version moved no promise.
    names = ("step", "promise") if "promise" in entry.data else ("step",)
    for name in names:
        if entry.data.get(name) != expected.get(name):
            yield Difference(code, entry.sequence, name, expected.get(name), entry.data.get(name))
