"""What a dossier's journal has slips for: each entry as it stands corrected, with its words and the state after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.errors import Conflict
from app.domain.lifecycle import Action, effective, states
from app.domain.state import DossierState
from app.dossiers.queries import JournalEntry
from app.slips.forms import SlipKind

_ACTIONS: Mapping[SlipKind, tuple[Action, ...]] = {
    SlipKind.RECEIPT: (Action.RECEIVE,),
    SlipKind.SUPPLEMENT: (Action.REQUEST_SUPPLEMENT,),
    SlipKind.REFUSAL: (Action.DECLINE, Action.FINISH),
    SlipKind.APOLOGY: (Action.RESCHEDULE,),
    SlipKind.DISCONTINUATION: (Action.DISCONTINUE,),
    SlipKind.CONTROL: (Action.RECEIVE,),
}


@dataclass(frozen=True, slots=True)
class Event:
    """An entry as corrected; `words` are what people wrote with it, none where the reader may not see them."""

    sequence: int
    action: Action
    at: datetime
    unit: int
    data: Mapping[str, Any]
    words: Mapping[str, Any]
    state: DossierState

    @property
    def officer(self) -> str | None:
        """Who did it, where that was said."""
        return self.words.get("officer")


def events_of(journal: Sequence[JournalEntry], *, sees_people: bool) -> list[Event]:
    """The whole journal, oldest first, as events."""
    entries = [one.entry for one in journal]
    words = _words(journal) if sees_people else {}
    return [
        Event(
            entry.sequence, entry.type, entry.occurred_at, entry.unit, entry.data, words.get(entry.sequence, {}), state
        )
        for entry, state in zip(effective(entries), states(entries), strict=True)
    ]


def _words(journal: Sequence[JournalEntry]) -> dict[int, dict[str, Any]]:
    """The words of each entry, those put right by a correction in place of the old."""
    words: dict[int, dict[str, Any]] = {}
    for one in journal:
        words[one.entry.sequence] = dict(one.texts)
        if one.corrects is not None:
            words[one.corrects] |= one.texts.get("changes", {})
    return words


def chosen(kind: SlipKind, events: Sequence[Event], sequence: int | None) -> Event:
    """The event that the slip is about: the one of that sequence, or the last of the kind.

    Raises Conflict `no_such_slip`, with the `slips` that there are, where the journal has no such event.
    """
    fitting = [one for one in events if _has_slip(kind, one) and sequence in (None, one.sequence)]
    if not fitting:
        slips = [{"kind": other.value, "sequence": one.sequence} for other, one in slips_of(events)]
        named = ", ".join(f"{one['kind']} (sequence={one['sequence']})" for one in slips) or "none yet"
        which = f"{kind} slip" if sequence is None else f"{kind} slip for entry {sequence}"
        raise Conflict("no_such_slip", f"The dossier has no {which}; its slips: {named}.", slips=slips)
    return fitting[-1]


def slips_of(events: Sequence[Event]) -> list[tuple[SlipKind, Event]]:
    """Each slip that there is, by kind and then oldest first, with the event that it is about."""
    return [(kind, one) for kind in SlipKind for one in events if _has_slip(kind, one)]


def _has_slip(kind: SlipKind, event: Event) -> bool:
    return event.action in _ACTIONS[kind] and (
        event.action is not Action.FINISH or event.data.get("outcome") == "refused"
    )


def papers_at(receipt: Event, events: Sequence[Event], now: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The papers that were handed in by the receipt, as mended since; `now`: all that have come until today.

    What came later was asked for by another slip. What the journal no longer tells, its words being gone, is `now`'s.
    """
    papers: list[Mapping[str, Any]] = []
    for one in events:
        if one.action is Action.SUPPLEMENT and one.sequence > receipt.sequence:
            return papers
        if one.action in (Action.SUBMIT, Action.RECEIVE, Action.SUPPLEMENT):
            papers += one.words.get("documents", ())
    # Nothing came after the receipt: mended particulars name the very same papers.
    return list(now)


def handed_by(events: Sequence[Event], *actions: Action) -> dict[datetime, str]:
    """Who did any of these actions, by when it was done."""
    return {one.at: one.officer for one in events if one.action in actions and one.officer}
