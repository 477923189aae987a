"""The journal of a dossier as events for slips: each entry as corrected, with its texts and the state after it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    SlipKind.CONTROL: (Action.RECEIVE,),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was brought or requested; `form` is its machine code (original, copy, …)."""

    name: str
    form: str
    copies: int


@dataclass(frozen=True, slots=True)
class Agent:
    """The person who handed in for the applicant, with the document that gives the authority."""

    name: str
    identity_number: str | None
    phone: str | None
    address: str | None
    authority: str


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts that people wrote with an entry."""

    officer: str | None = None
    reason: str | None = None
    legal_basis: str | None = None
    request: str | None = None
    handed_in_by: Agent | None = None
    documents: Sequence[Document] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """An entry as corrected. `texts` are empty if the reader may not see personal data."""

    sequence: int
    action: Action
    at: datetime
    unit: int
    data: Mapping[str, Any]
    texts: Texts
    state: DossierState

    @property
    def officer(self) -> str | None:
        """The officer that acted, if the entry names one."""
        return self.texts.officer


def events_of(journal: Sequence[JournalEntry], *, sees_people: bool) -> list[Event]:
    """The whole journal as events, oldest first."""
    entries = [record.entry for record in journal]
    texts = _texts_by_sequence(journal) if sees_people else {}
    return [
        Event(
            entry.sequence,
            entry.type,
            entry.occurred_at,
            entry.unit,
            entry.data,
            texts.get(entry.sequence, _NO_TEXTS),
            state,
        )
        for entry, state in zip(effective(entries), states(entries), strict=True)
    ]


_NO_TEXTS = Texts()


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
        handed_in_by=_agent(content.get("handed_in_by")),
        documents=documents_of(content.get("documents", ())),
    )


def _agent(stored: Mapping[str, str] | None) -> Agent | None:
    if not stored:
        return None
    optional = {name: stored.get(name) for name in ("identity_number", "phone", "address")}
    return Agent(name=stored["name"], authority=stored["authority"], **optional)


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
    if kind is SlipKind.RECEIPT and event.data.get("clock_started_at"):
        # The clock of a dossier for another area started: the receipt is printed again with the due date (rules §15).
        return True
    return event.action in _ACTIONS[kind] and (
        event.action is not Action.FINISH or event.data.get("outcome") == "refused"
    )


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
