"""What figures are counted from, as pure functions of a journal: what a dossier was when, and what happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.dating import runs_out
from app.domain.lifecycle import Entry, apply
from app.domain.localtime import local_date
from app.domain.state import Clock, DossierState, Status
from app.domain.verdict import Verdict

SUBMITTED, OPEN = "submitted", "open"

# The effective journal (corrections carried out) with the state after each entry.
History = Sequence[tuple[Entry, DossierState]]


@dataclass(frozen=True, slots=True)
class SpanKey:
    """What of a waiting or open dossier the figures tell apart; units are ids (rules §11)."""

    phase: str
    responsible_unit_id: int
    holder_unit_id: int
    suspended: bool
    overdue_from: datetime | None
    apology: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch [from_at, to_at) in which the key held; `to_at` None: it still does.

    `number` is the sequence of the entry that began it.
    """

    number: int
    from_at: datetime
    to_at: datetime | None
    key: SpanKey


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something countable that an entry did; `number` is its sequence, `unit_id` was responsible then.

    A move leaves `unit_id` and reaches `to_unit_id`. `overdue`: withdrawn or discontinued while overdue, or finished
    late; `apology`: there had been one.
    """

    number: int
    kind: str
    at: datetime
    date: date
    unit_id: int
    to_unit_id: int | None
    verdict: str | None
    overdue: bool
    apology: bool


def span_key(state: DossierState) -> SpanKey | None:
    """What the state counts as while it lasts; None where the dossier is neither only submitted nor open."""
    if state.status is Status.SUBMITTED:
        return SpanKey(SUBMITTED, state.responsible_unit, state.holder_unit, False, None, False)
    if not state.open:
        return None
    return SpanKey(
        OPEN,
        state.responsible_unit,
        state.holder_unit,
        state.clock is Clock.SUSPENDED,
        runs_out(state),
        state.apology_at is not None,
    )


def occurrences_of(before: DossierState | None, after: DossierState, entry: Entry) -> list[Occurrence]:
    """What an entry adds to the figures of its day: nothing or one occurrence (rules §11)."""
    kind = _kind(before, after)
    if kind is None:
        return []
    moved = kind == "moved" and before is not None
    ends = runs_out(before) if before and kind in ("withdrawn", "discontinued") else None
    late = kind == "finished" and after.verdict is Verdict.LATE
    return [
        Occurrence(
            number=entry.sequence,
            kind=kind,
            at=entry.occurred_at,
            date=local_date(entry.occurred_at),
            unit_id=before.responsible_unit if before and moved else after.responsible_unit,
            to_unit_id=after.responsible_unit if moved else None,
            verdict=after.verdict.value if kind == "finished" and after.verdict else None,
            overdue=late or (ends is not None and ends <= entry.occurred_at),
            apology=after.apology_at is not None,
        )
    ]


_ENDINGS = {
    Status.FINISHED: "finished",
    Status.WITHDRAWN: "withdrawn",
    Status.DISCONTINUED: "discontinued",
}


def _kind(before: DossierState | None, after: DossierState) -> str | None:
    if before is None:
        return "submitted" if after.status is Status.SUBMITTED else "received"
    if before.status is Status.SUBMITTED:
        if after.open:
            return "received"
        return {Status.DECLINED: "declined", Status.WITHDRAWN: "unsubmitted"}.get(after.status)
    if not before.open:
        return None
    if after.open:
        return "moved" if after.responsible_unit != before.responsible_unit else None
    return _ENDINGS[after.status]


def project(history: History) -> tuple[list[Span], list[Occurrence]]:
    """All spans and occurrences of one dossier, from its whole effective journal.

    What the dossier was at an instant is what the entries dated up to it say (rules §11). Only what publishing a
    calendar wrote may be dated after a later entry, which was recorded late: then it does not act before its time.
    """
    spans: list[Span] = []
    for at, entry, state in _in_time(history):
        key, last = span_key(state), spans[-1] if spans and spans[-1].to_at is None else None
        if last and last.key == key:
            continue
        if last:
            spans[-1] = Span(last.number, last.from_at, at, last.key)
        if key:
            spans.append(Span(entry.sequence, at, None, key))
    occurrences: list[Occurrence] = []
    before: DossierState | None = None
    for entry, state in history:
        occurrences += occurrences_of(before, state, entry)
        before = state
    return spans, occurrences


def effective_at(before: DossierState | None, entry: Entry) -> datetime:
    """From when on an entry acts: never before the event that it follows."""
    return entry.occurred_at if before is None else max(entry.occurred_at, before.last_occurred_at)


def _in_time(history: History) -> list[tuple[datetime, Entry, DossierState]]:
    """The entries in the order in which they act, with what all those that act by then make of the dossier."""
    before: DossierState | None = None
    acting: list[tuple[datetime, Entry]] = []
    for entry, state in history:
        acting.append((effective_at(before, entry), entry))
        before = state
    order = sorted(range(len(acting)), key=lambda index: (acting[index][0], index))
    if order == list(range(len(acting))):
        return [(at, entry, state) for (at, entry), (_, state) in zip(acting, history, strict=True)]
    return [(*acting[last], _state_of(acting, sorted(order[: n + 1]))) for n, last in enumerate(order)]


def _state_of(acting: Sequence[tuple[datetime, Entry]], chosen: Sequence[int]) -> DossierState:
    state = apply(None, acting[chosen[0]][1])
    for index in chosen[1:]:
        state = apply(state, acting[index][1])
    return state
