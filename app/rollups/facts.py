"""Pure functions from a journal to the facts that figures count: spans of a state, and occurrences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from app.domain.due_dates import runs_out, step_runs_out
from app.domain.lifecycle import Entry, apply
from app.domain.localtime import local_date
from app.domain.state import Clock, DossierState, HandOffState, Status
from app.domain.verdict import Verdict

# Phases of spans: a dossier before its receipt, an open dossier, the current step of an open dossier.
SUBMITTED, OPEN, STEP = "submitted", "open", "step"

# The effective journal (corrections carried out) with the state after each entry.
History = Sequence[tuple[Entry, DossierState]]


@dataclass(frozen=True, slots=True)
class SpanKey:
    """The properties of a waiting or open dossier that figures distinguish; units are ids (rules §11)."""

    phase: str
    responsible_unit_id: int
    holder_unit_id: int
    suspended: bool
    overdue_from: datetime | None
    apology: bool


@dataclass(frozen=True, slots=True)
class Span:
    """The time [from_at, to_at) of a dossier with one key; `to_at` None: it continues.

    `number` is the sequence of the entry that started it.
    """

    number: int
    from_at: datetime
    to_at: datetime | None
    key: SpanKey


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A countable effect of an entry. `number` is its sequence, `unit_id` the unit responsible or doing the step.

    A move leads from `unit_id` to `to_unit_id`. `overdue`: withdrawn or discontinued while overdue, or finished late.
    `apology`: after an apology.
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
    """The keys of the spans that a state belongs to: of the waiting or open dossier, and of its current step."""
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
    # The clock of a step is suspended while the dossier waits, under every policy (rules §9).
    waits = state.open_wait is not None
    return dossier, SpanKey(STEP, step.to_unit, state.holder_unit, waits, step_runs_out(state), False)


def occurrences_of(before: DossierState | None, after: DossierState, entry: Entry) -> list[Occurrence]:
    """The occurrences of an entry, of the dossier and of its steps (rules §9, §11)."""
    kind = _kind(before, after)
    occurrences = [] if kind is None else [_of_dossier(kind, before, after, entry)]
    if (before is not None and before.current is not None) or after.current is not None:
        occurrences += _of_steps(before, after, entry)
    return occurrences


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
    if after.status is Status.ANNULLED:
        return None  # it counts nowhere
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
    """Steps given, done, ended with the dossier, or moved to another unit.

    A hand-off that is taken back moves to the step before, which continues. Without a step before, it ends without a
    result, as a discontinued step.
    """
    old = before.current if before and before.open else None
    new = after.current if after.open else None
    occurrences: list[Occurrence] = []
    given = old is None
    if before is not None and old is not None:
        now = after.hand_offs[before.hand_offs.index(old)]
        ends = step_runs_out(before)
        overdue = ends is not None and ends <= entry.occurred_at
        if now.state is HandOffState.DONE:
            kind = _STEP_ENDINGS.get(after.status, "step_done")
            verdict = now.verdict if kind == "step_done" else None
            late = verdict is Verdict.LATE if kind == "step_done" else overdue
            occurrences.append(_of_step(entry, kind, old.to_unit, verdict=verdict, overdue=late))
            given = True
        elif new is None:
            occurrences.append(_of_step(entry, "step_discontinued", old.to_unit, overdue=overdue))
        elif new.to_unit != old.to_unit:
            occurrences.append(_of_step(entry, "step_moved", old.to_unit, to_unit=new.to_unit))
    if new is not None and given:
        occurrences.append(_of_step(entry, "step_given", new.to_unit))
    return occurrences


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
    value = verdict.value if verdict else None
    return Occurrence(entry.sequence, kind, at, local_date(at), unit, to_unit, value, overdue, apology=False)


def project(history: History) -> tuple[list[Span], list[Occurrence]]:
    """All spans and occurrences of one dossier and its steps, from its complete effective journal.

    The state at an instant follows from the entries dated up to it (rules §11). Only an entry by a published calendar
    may be dated after the next entry, which was recorded late. It has no effect before its date.
    """
    spans: list[Span] = []
    current: dict[str, int] = {}
    for at, entry, state in _in_time(history):
        keys = {_lane(key): key for key in span_keys(state)}
        for lane in _LANES:
            key, index = keys.get(lane), current.get(lane)
            last = spans[index] if index is not None else None
            if last and last.key == key:
                continue
            if last and index is not None:
                spans[index] = Span(last.number, last.from_at, at, last.key)
                del current[lane]
            if key:
                current[lane] = len(spans)
                spans.append(Span(entry.sequence, at, None, key))
    occurrences: list[Occurrence] = []
    before: DossierState | None = None
    for entry, state in history:
        occurrences += occurrences_of(before, state, entry)
        before = state
    return spans, occurrences


# Lanes of one dossier: each has at most one span at a time.
_LANES = (OPEN, STEP)


def _lane(key: SpanKey) -> str:
    return STEP if key.phase == STEP else OPEN


def effective_at(before: DossierState | None, entry: Entry) -> datetime:
    """The instant from which an entry has effect: its own, but not before the event before it."""
    return entry.occurred_at if before is None else max(entry.occurred_at, before.last_occurred_at)


def _in_time(history: History) -> list[tuple[datetime, Entry, DossierState]]:
    """The entries in the order of their effect, with the state after all entries up to then."""
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
