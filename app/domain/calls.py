"""Reads a journal as calls: the entries that one request recorded, with the dossier before and after (rules §16)."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from app.domain.actions import Action, Entry
from app.domain.lifecycle import apply, effective, replay, voided_by
from app.domain.state import DossierState


class Recorded(NamedTuple):
    """An entry, and the client that recorded it."""

    entry: Entry
    client: str


class Call(NamedTuple):
    """The entries of one call, as the register knew the dossier then.

    `entry` is the first, and `about` the entry that it concerns: for a correction the corrected one, otherwise itself.
    `after` is the state after the whole call. `before` is the state before it; where an entry was voided, the state
    before that entry.
    """

    entry: Entry
    about: Entry
    before: DossierState | None
    after: DossierState

    @property
    def dates_moved(self) -> bool:
        """True if the due date or the promised date is another one after the call."""
        before, after = self.before, self.after
        return before is not None and (before.due_date, before.promised_date) != (after.due_date, after.promised_date)


def calls(journal: Sequence[Recorded]) -> list[Call]:
    """The calls of a journal, oldest first."""
    entries = [record.entry for record in journal]
    states = states_as_recorded(entries)
    result: list[Call] = []
    for number, record in enumerate(journal):
        if number and _follows(record, journal[number - 1]):
            result[-1] = result[-1]._replace(after=states[number])
            continue
        entry = record.entry
        first = (voided_by(entry) or entry.sequence) - 1
        about = _about(entries[: number + 1])
        result.append(Call(entry, about, states[first - 1] if first else None, states[number]))
    return result


def states_as_recorded(journal: Sequence[Entry]) -> list[DossierState]:
    """The state after each entry as the register knew it then: a correction acts from its own entry on."""
    result: list[DossierState] = []
    state: DossierState | None = None
    for number, entry in enumerate(journal):
        state = replay(journal[: number + 1]) if entry.replaces else apply(state, entry)
        result.append(state)
    return result


def held_date(state: DossierState) -> date | None:
    """The date for which the applicant has an appointment: the promised date, or the due date (rules §6)."""
    return state.promised_date or state.due_date


def _follows(record: Recorded, other: Recorded) -> bool:
    """True if the call of the `other` entry before this one added it: for units succeeded, or calendars published."""
    entry, before = record.entry, other.entry
    if entry.recorded_at != before.recorded_at or record.client != other.client:
        return False
    return entry.type is Action.SUCCEED or (entry.type is Action.REDATE and before.replaces)


def _about(journal: Sequence[Entry]) -> Entry:
    entry = journal[-1]
    if not entry.replaces or voided_by(entry) is not None:
        return entry
    return next(other for other in effective(journal) if other.sequence == entry.data["sequence"])
