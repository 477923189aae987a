"""The facts of corrected dossiers, from their journals: what was asked for, put off and corrected in a period."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from app.domain.lifecycle import Action, Entry, replay
from app.domain.localtime import local_date
from app.domain.verdict import Verdict
from app.rollups.facts import OPEN, SpanKey, project
from app.rollups.service import history_of
from app.statistics.irregularities.facts import Correction, Event, Reschedule, SupplementRequest
from app.statistics.on_time.parameters import Period


def facts_of(dossier: int, journal: Sequence[Entry], period: Period) -> Iterator[SupplementRequest | Reschedule]:
    """What was asked for and put off in the period, as the corrections have it."""
    history = history_of(journal)
    spans, _occurrences = project(history)
    requests = 0
    for entry, _state in history:
        if entry.type not in (Action.REQUEST_SUPPLEMENT, Action.RESCHEDULE):
            continue
        order = entry.occurred_at, entry.sequence
        standing = [one for one in spans if one.key.phase == OPEN and (one.from_at, one.number) < order]
        if not standing:
            continue  # only submitted: no clock ran yet
        again, requests = requests > 0, requests + (entry.type is Action.REQUEST_SUPPLEMENT)
        if not period.start <= entry.occurred_at < period.until:
            continue
        key = max(standing, key=lambda one: (one.from_at, one.number)).key
        yield _fact(_event(dossier, entry, key.responsible_unit_id), entry, key, again)


def corrections_of(dossier: int, journal: Sequence[Entry], period: Period) -> Iterator[Correction]:
    """The corrections that took effect in the period, each with what it made of the verdict."""
    for index, entry in enumerate(journal):
        if entry.replaces and period.start <= entry.occurred_at < period.until:
            before, after = replay(journal[:index]), replay(journal[: index + 1])
            cured = before.verdict is Verdict.LATE and after.verdict in (Verdict.EARLY, Verdict.ON_TIME)
            yield Correction(_event(dossier, entry, after.responsible_unit), cured)


def _event(dossier: int, entry: Entry, unit: int) -> Event:
    imported = "imported" in entry.data.get("flags", ())
    return Event(dossier, entry.sequence, unit, entry.occurred_at, entry.recorded_at, imported)


def _fact(event: Event, entry: Entry, key: SpanKey, again: bool) -> SupplementRequest | Reschedule:
    if entry.type is Action.RESCHEDULE:
        return Reschedule(event, "late_apology" in entry.data.get("flags", ()))
    # Neither waits nor is protected, or nothing could be asked for: so there is an instant at which it runs out.
    assert key.overdue_from is not None
    return SupplementRequest(event, local_date(key.overdue_from - timedelta(seconds=1)), again)
