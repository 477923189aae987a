"""Facts of corrected dossiers, read from their whole journals."""

from collections.abc import Iterator, Sequence

from app.domain.lifecycle import Action, Entry, replay, voided_by
from app.domain.verdict import Verdict
from app.rollups.facts import OPEN, SpanKey, project
from app.rollups.service import history_of
from app.statistics.irregularities.facts import Correction, Event, Reschedule, SupplementRequest, due_date_of
from app.statistics.on_time.question import Period


def facts_of(dossier: int, journal: Sequence[Entry], period: Period) -> Iterator[SupplementRequest | Reschedule]:
    """The supplement requests and reschedules of the period, with all corrections applied."""
    history = history_of(journal)
    spans, _occurrences = project(history)
    requests = 0
    for entry, _state in history:
        if entry.type not in (Action.REQUEST_SUPPLEMENT, Action.RESCHEDULE):
            continue
        order = entry.occurred_at, entry.sequence
        begun = [span for span in spans if span.key.phase == OPEN and (span.from_at, span.number) < order]
        if not begun:
            continue  # only submitted: no clock ran yet
        again, requests = requests > 0, requests + (entry.type is Action.REQUEST_SUPPLEMENT)
        if not period.start <= entry.occurred_at < period.until:
            continue
        key = max(begun, key=lambda span: (span.from_at, span.number)).key
        yield _fact(_event(dossier, entry, key.responsible_unit_id), entry, key, again)


def corrections_of(dossier: int, journal: Sequence[Entry], period: Period) -> Iterator[Correction]:
    """The corrections that took effect in the period, with their effect on the verdict."""
    for index, entry in enumerate(journal):
        if entry.replaces and period.start <= entry.occurred_at < period.until:
            before, after = replay(journal[:index]), replay(journal[: index + 1])
            cured = before.verdict is Verdict.LATE and after.verdict in (Verdict.EARLY, Verdict.ON_TIME)
            yield Correction(_event(dossier, entry, after.responsible_unit), cured, voided_by(entry) is not None)


def _event(dossier: int, entry: Entry, unit: int) -> Event:
    imported = "imported" in entry.data.get("flags", ())
    return Event(dossier, entry.sequence, unit, entry.occurred_at, entry.recorded_at, imported)


def _fact(event: Event, entry: Entry, key: SpanKey, again: bool) -> SupplementRequest | Reschedule:
    if entry.type is Action.RESCHEDULE:
        return Reschedule(event, "late_apology" in entry.data.get("flags", ()))
    return SupplementRequest(event, due_date_of(key.overdue_from), again)
