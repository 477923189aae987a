"""What figures are counted from, as pure functions of a journal: what a dossier was when, and what happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from app.domain.due_dates import runs_out, step_runs_out
from app.domain.lifecycle import Entry, apply
from app.domain.localtime import local_date
from app.domain.state import Clock, DossierState, HandOffState, Status
from app.domain.verdict import Verdict

# What a span is of: a dossier that waits to be received, an open one, or the step under way in an open one.
SUBMITTED, OPEN, STEP = "submitted", "open", "step"

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
    """Something countable that an entry did; `number` is its sequence, `unit_id` was responsible then, or did the step.

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


def span_keys(state: DossierState) -> tuple[SpanKey, ...]:
    """What the state counts as while it lasts: as a dossier only submitted or open, and as the step under way in it."""
    if state.status is Status.SUBMITTED:
        return (SpanKey(SUBMITTED, state.responsible_unit, state.holder_unit, False, None, False),)
    if not state.open:
        return ()
    dossier = SpanKey(
        OPEN,
        state.responsible_unit,
        state.holder_unit,
        state.clock is Clock.SUSPENDED,
        runs_out(state),
        state.apology_at is not None,
    )
    step = state.current
    if step is None:
        return (dossier,)
    # A step's clock stands still whenever the dossier waits, under every policy (rules §9).
    waits = state.open_wait is not None
    return dossier, SpanKey(STEP, step.to_unit, state.holder_unit, waits, step_runs_out(state), False)


def occurrences_of(before: DossierState | None, after: DossierState, entry: Entry) -> list[Occurrence]:
    """What an entry adds to the figures of its day, of the dossier and of its steps (rules §9, §11)."""
    kind = _kind(before, after)
    found = [] if kind is None else [_of_dossier(kind, before, after, entry)]
    if (before is not None and before.current is not None) or after.current is not None:
        found += _of_steps(before, after, entry)
    return found


def _of_dossier(kind: str, before: DossierState | None, after: DossierState, entry: Entry) -> Occurrence:
    moved = kind == "moved" and before is not None
    ends = runs_out(before) if before and kind in ("withdrawn", "discontinued") else None
    late = kind == "finished" and after.verdict is Verdict.LATE
    return Occurrence(
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


_STEP_ENDINGS = {Status.WITHDRAWN: "step_withdrawn", Status.DISCONTINUED: "step_discontinued"}


def _of_steps(before: DossierState | None, after: DossierState, entry: Entry) -> list[Occurrence]:
    """Given, done, ended with the dossier, or passed on.

    A hand-off taken back before it was taken passes to the step that goes on, as a move; where none went before, it
    ends without a result, as what is discontinued does.
    """
    one = before.current if before and before.open else None
    new = after.current if after.open else None
    found: list[Occurrence] = []
    given = one is None
    if before is not None and one is not None:
        now = after.hand_offs[before.hand_offs.index(one)]
        ends = step_runs_out(before)
        overdue = ends is not None and ends <= entry.occurred_at
        if now.state is HandOffState.DONE:
            kind = _STEP_ENDINGS.get(after.status, "step_done")
            judged = now.verdict if kind == "step_done" else None
            late = judged is Verdict.LATE if kind == "step_done" else overdue
            found.append(_of_step(entry, kind, one.to_unit, verdict=judged, overdue=late))
            given = True
        elif new is None:
            found.append(_of_step(entry, "step_discontinued", one.to_unit, overdue=overdue))
        elif new.to_unit != one.to_unit:
            found.append(_of_step(entry, "step_moved", one.to_unit, to_unit=new.to_unit))
    if new is not None and given:
        found.append(_of_step(entry, "step_given", new.to_unit))
    return found


def _of_step(
    entry: Entry,
    kind: str,
    unit: int,
    *,
    to_unit: int | None = None,
    verdict: Verdict | None = None,
    overdue: bool = False,
) -> Occurrence:
    at = entry.occurred_at
    judged = verdict.value if verdict else None
    return Occurrence(entry.sequence, kind, at, local_date(at), unit, to_unit, judged, overdue, apology=False)


def project(history: History) -> tuple[list[Span], list[Occurrence]]:
    """All spans and occurrences of one dossier and its steps, from its whole effective journal.

    What the dossier was at an instant is what the entries dated up to it say (rules §11). Only what publishing a
    calendar wrote may be dated after a later entry, which was recorded late: then it does not act before its time.
    """
    spans: list[Span] = []
    standing: dict[str, int] = {}
    for at, entry, state in _in_time(history):
        keys = {_lane(key): key for key in span_keys(state)}
        for lane in _LANES:
            key, index = keys.get(lane), standing.get(lane)
            last = spans[index] if index is not None else None
            if last and last.key == key:
                continue
            if last and index is not None:
                spans[index] = Span(last.number, last.from_at, at, last.key)
                del standing[lane]
            if key:
                standing[lane] = len(spans)
                spans.append(Span(entry.sequence, at, None, key))
    occurrences: list[Occurrence] = []
    before: DossierState | None = None
    for entry, state in history:
        occurrences += occurrences_of(before, state, entry)
        before = state
    return spans, occurrences


# What of one dossier holds side by side.
_LANES = (OPEN, STEP)


def _lane(key: SpanKey) -> str:
    return STEP if key.phase == STEP else OPEN


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
    if all(earlier <= later for (earlier, _), (later, _) in pairwise(acting)):
        return [(at, entry, state) for (at, entry), (_, state) in zip(acting, history, strict=True)]
    order = sorted(range(len(acting)), key=lambda index: (acting[index][0], index))
    return [(*acting[last], _state_of(acting, sorted(order[: n + 1]))) for n, last in enumerate(order)]


def _state_of(acting: Sequence[tuple[datetime, Entry]], chosen: Sequence[int]) -> DossierState:
    state = apply(None, acting[chosen[0]][1])
    for index in chosen[1:]:
        state = apply(state, acting[index][1])
    return state
