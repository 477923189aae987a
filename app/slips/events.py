"""The journal of a dossier as events for slips: each entry as corrected, with its texts and the state after it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from app.domain.calls import Recorded, calls, held_date, states_as_recorded
from app.domain.errors import Conflict
from app.domain.lifecycle import Action, effective, states
from app.domain.state import DossierState, Status
from app.dossiers.queries import JournalEntry
from app.slips.forms import SlipKind

_ACTIONS: Mapping[SlipKind, tuple[Action, ...]] = {
    SlipKind.RECEIPT: (Action.RECEIVE,),
    SlipKind.SUPPLEMENT: (Action.REQUEST_SUPPLEMENT,),
    SlipKind.REFUSAL: (Action.DECLINE, Action.FINISH),
    SlipKind.APOLOGY: (Action.RESCHEDULE,),
    SlipKind.STOP: (Action.WITHDRAW,),
    SlipKind.DISCONTINUATION: (Action.DISCONTINUE,),
    SlipKind.SUBMISSION: (Action.SUBMIT,),
    SlipKind.PAYMENT: (Action.REQUEST_PAYMENT,),
    SlipKind.TRANSFER: (Action.TRANSFER,),
    SlipKind.CONTROL: (Action.RECEIVE,),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was brought or requested; `form` is its machine code (original, copy, …)."""

    name: str
    form: str
    copies: int


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts that people wrote with an entry."""

    officer: str | None = None
    reason: str | None = None
    legal_basis: str | None = None
    request: str | None = None
    documents: Sequence[Document] = ()


class MovedDate(NamedTuple):
    """The dates of the appointment before and after a call, as the register knew them then (rules §6)."""

    before: date
    after: date


class HeldDate(NamedTuple):
    """The date of the appointment that holds now, with the entry that set it and the time of that entry."""

    date: date
    sequence: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """An entry as corrected. `texts` are empty if the reader may not see personal data.

    `hash` and `newest_seal` are those of the entry as it was recorded. `moved` is the appointment that the call of this
    entry has moved.
    """

    sequence: int
    action: Action
    at: datetime
    unit: int
    data: Mapping[str, Any]
    texts: Texts
    state: DossierState
    hash: str
    newest_seal: int | None
    moved: MovedDate | None = None

    @property
    def officer(self) -> str | None:
        """The officer that acted, if the entry names one."""
        return self.texts.officer


def events_of(journal: Sequence[JournalEntry], *, sees_people: bool) -> list[Event]:
    """The whole journal as events, oldest first."""
    entries, records = [record.entry for record in journal], {record.entry.sequence: record for record in journal}
    texts, moved = _texts_by_sequence(journal) if sees_people else {}, _moved_by_sequence(journal)
    return [
        Event(
            entry.sequence,
            entry.type,
            entry.occurred_at,
            entry.unit,
            entry.data,
            texts.get(entry.sequence, _NO_TEXTS),
            state,
            records[entry.sequence].hash,
            records[entry.sequence].newest_seal,
            moved.get(entry.sequence),
        )
        # A voided entry has no effect.
        for entry, state in zip(effective(entries), states(entries), strict=True)
    ]


_NO_TEXTS = Texts()


def _moved_by_sequence(journal: Sequence[JournalEntry]) -> dict[int, MovedDate]:
    states = states_as_recorded([record.entry for record in journal])
    moved: dict[int, MovedDate] = {}
    for call in calls([Recorded(record.entry, record.client) for record in journal]):
        sequence = call.entry.sequence
        before, after = held_date(states[sequence - 2]) if sequence > 1 else None, held_date(call.after)
        if before is not None and after is not None and before != after and call.after.open:
            moved[sequence] = MovedDate(before, after)
    return moved


def date_in_force(journal: Sequence[JournalEntry]) -> HeldDate | None:
    """The appointment of an open dossier, since it was set; None before the receipt and after the end."""
    states = states_as_recorded([record.entry for record in journal])
    date_now = held_date(states[-1]) if states[-1].open else None
    if date_now is None:
        return None
    number = len(states) - 1
    while number and held_date(states[number - 1]) == date_now:
        number -= 1
    entry = journal[number].entry
    return HeldDate(date_now, entry.sequence, entry.occurred_at)


def _texts_by_sequence(journal: Sequence[JournalEntry]) -> dict[int, Texts]:
    """The texts of each entry, as corrected."""
    texts: dict[int, dict[str, Any]] = {}
    for record in journal:
        texts[record.entry.sequence] = dict(record.texts)
        if record.corrects is not None:
            texts[record.corrects] |= record.texts.get("changes", {})
    return {sequence: _texts(content) for sequence, content in texts.items()}


def _texts(content: Mapping[str, Any]) -> Texts:
    return Texts(
        officer=content.get("officer"),
        reason=content.get("reason"),
        legal_basis=content.get("legal_basis"),
        request=content.get("request"),
        documents=documents_of(content.get("documents", ())),
    )


def documents_of(stored: Iterable[Mapping[str, Any]]) -> list[Document]:
    """Documents from their stored form. Older rows may lack the default form and number."""
    return [
        Document(document["name"], document.get("form", "original"), document.get("copies", 1)) for document in stored
    ]


def event_for(kind: SlipKind, events: Sequence[Event], sequence: int | None) -> Event:
    """The event that a slip is about: the entry with that sequence, or the last of the kind.

    Raises Conflict `no_such_slip` with the available `slips` if the journal has no such event.
    """
    matches = [event for event in events if _has_slip(kind, event) and sequence in (None, event.sequence)]
    if not matches:
        slips = [{"kind": other.value, "sequence": event.sequence} for other, event in slips_of(events)]
        names = ", ".join(f"{slip['kind']} (sequence={slip['sequence']})" for slip in slips) or "none yet"
        missing = f"{kind} slip" if sequence is None else f"{kind} slip for entry {sequence}"
        raise Conflict("no_such_slip", f"The dossier has no {missing}; its slips: {names}.", slips=slips)
    return matches[-1]


def slips_of(events: Sequence[Event]) -> list[tuple[SlipKind, Event]]:
    """The available slips by kind, oldest first, each with its event."""
    return [(kind, event) for kind in SlipKind for event in events if _has_slip(kind, event)]


def _has_slip(kind: SlipKind, event: Event) -> bool:
    if event.state.status is Status.ANNULLED:
        return False
    if kind is SlipKind.RECEIPT and _starts_clock(event):
        # The clock of a dossier for another area started: the receipt is printed again with the due date (rules §15).
        return True
    if kind is SlipKind.REDATE:
        # An apology has its own paper, and a clock that starts gives a new receipt.
        return event.moved is not None and event.action is not Action.RESCHEDULE and not _starts_clock(event)
    return event.action in _ACTIONS[kind] and (
        event.action is not Action.FINISH or event.data.get("outcome") == "refused"
    )


def _starts_clock(event: Event) -> bool:
    return bool(event.data.get("clock_started_at"))


def documents_at(receipt: Event, events: Sequence[Event], present: Sequence[Document]) -> Sequence[Document]:
    """The documents brought until the receipt, as corrected since; `present`: all documents until today.

    Without later documents the present ones are those of the receipt. They are complete even if the texts of the
    journal were purged.
    """
    documents: list[Document] = []
    for event in events:
        if event.action is Action.SUPPLEMENT and event.sequence > receipt.sequence:
            return documents
        if event.action in (Action.SUBMIT, Action.RECEIVE, Action.SUPPLEMENT):
            documents += event.texts.documents
    return present


def officers_by_time(events: Sequence[Event], *actions: Action) -> dict[datetime, str]:
    """The officers of events with one of these actions, by the time of the event."""
    return {event.at: event.officer for event in events if event.action in actions and event.officer}
