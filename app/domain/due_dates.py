"""The deadlines of a dossier and of its steps, and their form in journal entries (rules §5, §9, §13)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from app.domain.deadline import ClockPolicy, Deadline, Suspension, TimeLimit, compute
from app.domain.errors import NotAllowed
from app.domain.state import Clock, DossierState, HandOff, Wait, limit_data
from app.domain.terms import Law
from app.domain.verdict import overdue, overdue_from


class CurrentDeadline(NamedTuple):
    """The limit and the due date of a received dossier: the basis of its verdict (rules §7)."""

    limit: TimeLimit
    due_date: date
    due_at: datetime


def current_deadline(state: DossierState) -> CurrentDeadline:
    """The limit and the due date of a received dossier; raises NotAllowed before the receipt (rules §4)."""
    if state.limit is None or state.due_date is None or state.due_at is None:
        raise _no_limit()
    return CurrentDeadline(state.limit, state.due_date, state.due_at)


def runs_out(state: DossierState) -> datetime | None:
    """The instant from which an open dossier is overdue; None while it cannot become so (rules §5, §7)."""
    if not state.open or state.protected or state.awaits_agency:
        return None
    limit, due_date, due_at = current_deadline(state)
    return overdue_from(limit.unit, due_date, due_at)


def step_runs_out(state: DossierState) -> datetime | None:
    """The instant from which the present step is overdue; None without a share, or while that is impossible (rules §9).

    During a suspension it cannot newly become overdue, under every policy.
    """
    step, wait = state.current, state.open_wait
    if step is None or step.limit is None or step.due_date is None or step.due_at is None:
        return None
    if wait and not overdue(step.limit.unit, step.due_date, step.due_at, wait.start, False):
        return None
    return overdue_from(step.limit.unit, step.due_date, step.due_at)


def _no_limit() -> NotAllowed:
    return NotAllowed("not_possible", "The dossier was not received, so no time limit runs.")


def suspensions(waits: Sequence[Wait], counted_from: datetime) -> list[Suspension]:
    """The suspensions that `compute` needs of a dossier's waits (rules §5).

    Whether each counts was decided when it began. A wait before the limit began moves nothing (rules §15).
    """
    return [
        Suspension(start, wait.end, wait.reason.value, counts=wait.counts, policy=wait.policy)
        for wait, start in _without_overlap(waits, counted_from)
    ]


def _without_overlap(waits: Sequence[Wait], since: datetime) -> Iterator[tuple[Wait, datetime]]:
    """The waits in order, each with the start of its part after `since` and after the wait before it.

    Events may be dated before the record of an outage, so a wait may begin within one (rules §5).
    """
    for wait in sorted(waits, key=lambda wait: wait.start):
        start = max(wait.start, since)
        if wait.end is None:
            yield wait, start
            return
        if wait.end > start or wait.start == start:
            yield wait, start
            since = max(since, wait.end)


def deadline_of(state: DossierState, law: Law, *, waits: Sequence[Wait] | None = None, more_days: int = 0) -> Deadline:
    """The deadline of a received dossier, with other waits or with a longer limit than it has (rules §5)."""
    counted_from = state.counted_from
    if counted_from is None or state.limit is None:
        raise _no_limit()
    return compute(
        counted_from,
        state.limit,
        law.calendar,
        law.sessions,
        policy=state.policy,
        suspensions=suspensions(state.waits if waits is None else waits, counted_from),
        extension_days=state.added_days + more_days,
        cut_off=law.terms.special.cut_off,
    )


def clock_start(state: DossierState, start: datetime | None, law: Law) -> dict[str, Any]:
    """Effects of a clock that starts at an instant, or with None starts no longer (rules §15)."""
    due = deadline_of(replace(state, clock_started_at=start), law)
    return {"clock_started_at": start.isoformat() if start else None, "deadline": deadline_data(due, law)}


def projected(state: DossierState, law: Law, now: datetime) -> Deadline | None:
    """The deadline as if the open suspension ended now; None while the clock is not suspended (rules §5).

    A suspension that began after the due date leaves the deadline as it is.
    """
    wait = state.open_wait
    if wait is None or state.clock is not Clock.SUSPENDED:
        return None
    end = max(now, wait.start)
    return deadline_of(state, law, waits=(*state.waits[:-1], replace(wait, end=end)))


def deadline_data(deadline: Deadline, law: Law) -> dict[str, Any]:
    """The deadline as an entry records it, with the revisions behind it (rules §13)."""
    return {
        "due_date": deadline.due_date.isoformat(),
        "due_at": deadline.due_at.isoformat(),
        "original_due_date": deadline.original_due_date.isoformat(),
        "provisional": deadline.provisional,
        "calendar": list(deadline.revisions),
        "sessions": law.sessions_revision,
    }


def step_data(number: int, given_at: datetime, law: Law, waits: Sequence[Wait] = ()) -> dict[str, Any] | None:
    """The k-th step's name, share and due date; None beyond the route (rules §9)."""
    if number > len(law.terms.route):
        return None
    step = law.terms.route[number - 1]
    data: dict[str, Any] = {"name": step.name, "limit": None}
    if step.limit:
        # Suspended days are excluded from a step under every policy; `counts` follows from the step's own due date.
        spans = [
            Suspension(start, wait.end, wait.reason.value, policy=ClockPolicy.EXCLUDE)
            for wait, start in _without_overlap([wait for wait in waits if wait.start >= given_at], given_at)
        ]
        due = compute(given_at, step.limit, law.calendar, law.sessions, suspensions=spans)
        data |= {
            "limit": limit_data(step.limit),
            "due_date": due.due_date.isoformat(),
            "due_at": due.due_at.isoformat(),
        }
    return data


def current_step(state: DossierState, law: Law, waits: Sequence[Wait]) -> dict[str, Any]:
    """The entry's `step`: the present step with its new due date; empty without a share (rules §9)."""
    current: HandOff | None = state.current
    if current is None or current.limit is None:
        return {}
    step = step_data(current.number, current.given_at, law, waits)
    return {"step": step} if step else {}


def require_law(law: Law | None) -> Law:
    """The law; raises NotAllowed for None, before the receipt (rules §4)."""
    if law is None:
        raise _no_limit()
    return law


def redate(state: DossierState, law: Law, decision: str | None, day: date) -> dict[str, Any] | None:
    """The data of the entry for the calendars of a day, with the dates that change; None without any (rules §3).

    A suspended dossier gets a new due date when the suspension ends. Its promised date moves at once (rules §6).
    """
    if not state.open or state.received_at is None:
        return None
    dates = {} if state.clock is Clock.SUSPENDED else _new_deadline(state, law)
    promise = _moved_promise(state, law, dates.get("deadline"), day)
    if not dates and promise is None:
        return None
    was = {"due_date": _iso(state.due_date), "provisional": state.provisional}
    if promise is None:
        return {"decision": decision, "was": was, **dates}
    was["promised_date"] = _iso(state.promised_date)
    return {"decision": decision, "was": was, **dates, "promise": promise.isoformat()}


def _new_deadline(state: DossierState, law: Law) -> dict[str, Any]:
    """The deadline and the present step under the law; empty if both are as they were."""
    due = deadline_of(state, law)
    step = current_step(state, law, state.waits)
    current = state.current
    same_step = not step or (current is not None and step["step"]["due_at"] == _iso(current.due_at))
    same = (due.due_date, due.due_at, due.provisional) == (state.due_date, state.due_at, state.provisional)
    return {} if same and same_step else {"deadline": deadline_data(due, law), **step}


def _moved_promise(state: DossierState, law: Law, deadline: Mapping[str, Any] | None, day: date) -> date | None:
    """The next working day, if the promised date is a day off now; None if it passed or lapses (rules §6)."""
    promised = state.promised_date
    if promised is None or promised < day or law.calendar.is_working_day(promised):
        return None
    if deadline is not None and promised <= date.fromisoformat(deadline["due_date"]):
        return None
    return law.calendar.next_working_day(promised)


def _iso(time: date | None) -> str | None:
    return time.isoformat() if time else None
