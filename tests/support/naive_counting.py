"""Naive count of the figures, dossier by dossier over the journals, to compare the service with."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from app.domain.calendar import TZ, local_date
from app.domain.lifecycle import NOT_EVENTS, Action, Entry, apply, effective, states
from app.domain.state import DossierState, Status
from app.domain.verdict import overdue
from app.statistics.on_time.parameters import OnTimeIn
from tests.support.calendars import OFFICIAL
from tests.support.lives import CHANNELS, GONE, SUCCEEDED_AT, SUCCESSOR, Life
from tests.support.naive_deadlines import checked_by

ROOT = 6
KINDS = {1: "office", 2: "commune", 3: "commune", 4: "office", 5: "commune", ROOT: "district"}
FIELDS = {1: "Hộ tịch", 2: "Hộ tịch", 3: "Đất đai", 4: "Đất đai"}
LEVELS = {1: "commune", 2: "district", 3: "district", 4: "commune"}

Figures = Counter[str]


def changes_from(life: Life, entry: Entry) -> datetime | None:
    """The instant from which the entry changes figures; of a correction the earlier of old and new time."""
    if "replaced" in entry.data:
        replaced = entry.data["replaced"]
        now = [datetime.fromisoformat(new["occurred_at"]) for new in replaced.values() if "occurred_at" in new]
        before = {former.sequence: former.occurred_at for former in effective(life.journal[: entry.sequence - 1])}
        return min([*now, *(before[int(number)] for number in replaced)], default=None)
    return entry.occurred_at if entry.recorded_at > entry.occurred_at + timedelta(minutes=5) else None


@dataclass(frozen=True)
class Transition:
    entry: Entry
    before: DossierState | None
    after: DossierState


def transitions(life: Life) -> Iterator[Transition]:
    before = None
    for entry, state in zip(effective(life.journal), states(life.journal), strict=True):
        yield Transition(entry, before, state)
        before = state


def entries_before(life: Life, at: datetime) -> Iterator[Entry]:
    """The entries dated before an instant; an entry acts no earlier than the event before it."""
    last = None
    for entry in effective(life.journal):
        acts = entry.occurred_at if last is None else max(last, entry.occurred_at)
        if entry.type not in NOT_EVENTS:
            last = acts
        if acts < at:
            yield entry


def state_at(life: Life, at: datetime) -> DossierState | None:
    """The state from the entries dated before an instant."""
    state = None
    for entry in entries_before(life, at):
        state = apply(state, entry)
    return state


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=TZ)


class ByHand:
    """The answer to a query, counted dossier by dossier."""

    def __init__(self, query: OnTimeIn, all_lives: list[Life], now: datetime) -> None:
        assert query.first is not None
        assert query.last is not None
        self.query, self.first, self.last = query, query.first, query.last
        self.now, self.all_lives = now, all_lives
        self.lives = [
            life
            for life in all_lives
            if (not query.field or FIELDS[life.procedure] in query.field)
            and (not query.procedure or f"P{life.procedure}" in query.procedure)
            and (not query.channel or life.state.channel in query.channel)
        ]
        roots = set(query.unit_id)
        units = {unit for unit in KINDS if not roots or unit in roots or ROOT in roots}
        if query.successors and SUCCESSOR in units:
            units.add(GONE)
        self.filtered = bool(roots)
        self.units = units

    def counts(self, unit: int) -> bool:
        kind = self.query.by
        return unit in self.units and (kind not in ("office", "commune") or KINDS[self.row_of(unit)] == kind)

    def row_of(self, unit: int) -> int:
        return SUCCESSOR if self.query.successors and unit == GONE else unit

    def key(self, life: Life, unit: int) -> Hashable:
        return {
            "procedure": f"P{life.procedure}",
            "field": FIELDS[life.procedure],
            "level": LEVELS[life.procedure],
            "channel": life.state.channel,
            "month": None,
        }.get(self.query.by, self.row_of(unit))

    def as_of(self, last: date) -> datetime:
        return min(start_of(last + timedelta(days=1)), self.now)

    def until(self, last: date) -> datetime:
        """Events of the present second count; an event at midnight belongs to the next day."""
        end = start_of(last + timedelta(days=1))
        return end if end <= self.now else self.now + timedelta(seconds=1)

    def rows(self) -> dict[Hashable, dict[str, int]]:
        if self.query.by == "month":
            return {first.strftime("%Y-%m"): complete(self.whole(first, last)) for first, last in self.months()}
        counted = self.counted(self.first, self.last)
        return {
            key: complete(counted[key]) for key in {*counted, *self.always()} if key in self.always() or +counted[key]
        }

    def total(self) -> dict[str, int]:
        if self.query.by == "month":
            return complete(self.whole(self.first, self.last))
        return complete(sum(self.counted(self.first, self.last).values(), Counter()))

    def whole(self, first: date, last: date) -> Figures:
        return self.counted(first, last)[None]

    def months(self) -> list[tuple[date, date]]:
        last = min(self.last, local_date(self.now))
        days = [self.first + timedelta(days=number) for number in range((last - self.first).days + 1)]
        by_month: dict[tuple[int, int], list[date]] = defaultdict(list)
        for day in days:
            by_month[day.year, day.month].append(day)
        return [(days[0], days[-1]) for days in by_month.values()]

    def always(self) -> set[Hashable]:
        if self.query.by == "channel":
            return {*(self.query.channel or CHANNELS)}
        if self.query.by not in ("office", "commune", "unit"):
            return set()
        gone = self.first >= SUCCEEDED_AT.date()
        existed = {self.row_of(unit) for unit in self.units if unit != GONE or not gone}
        return {unit for unit in existed if self.query.by in ("unit", KINDS[unit])}

    def counted(self, first: date, last: date) -> dict[Hashable, Figures]:
        rows: dict[Hashable, Figures] = defaultdict(Counter)
        until = self.until(last)
        for life in self.lives:
            if life.state.status is Status.ANNULLED:
                continue
            for transition in transitions(life):
                if first <= local_date(transition.entry.occurred_at) <= last and transition.entry.occurred_at < until:
                    self.happened(rows, life, transition)
            self.stood(rows, life, state_at(life, start_of(first)), carried_over)
            apologised = step_apologised(entries_before(life, until))
            figures = partial(self.standing, at=self.as_of(last), apologised=apologised)
            self.stood(rows, life, state_at(life, until), figures)
        return rows

    def standing(self, state: DossierState, at: datetime, apologised: bool) -> Figures:
        return step_standing(state, at, apologised) if self.query.basis == "step" else standing(state, at)

    def happened(self, rows: dict[Hashable, Figures], life: Life, transition: Transition) -> None:
        unit = life.state.receiving_unit if self.query.basis == "receiving" else transition.after.responsible_unit
        if self.query.basis == "step":
            self.stepped(rows, life, transition)
            return
        if self.counts(unit):
            rows[self.key(life, unit)].update(occurred(transition))
        if self.query.basis == "responsible" and transition.before and transition.before.open and transition.after.open:
            self.moved(rows, life, transition.before.responsible_unit, transition.after.responsible_unit)

    def stepped(self, rows: dict[Hashable, Figures], life: Life, transition: Transition) -> None:
        earlier = (entry for entry in effective(life.journal) if entry.sequence < transition.entry.sequence)
        for unit, figures in steps_that_began_or_ended(transition, step_apologised(earlier)):
            if self.counts(unit):
                rows[self.key(life, unit)].update(figures)
        for left, reached in steps_passed_on(transition):
            self.moved(rows, life, left, reached)

    def moved(self, rows: dict[Hashable, Figures], life: Life, left: int, reached: int) -> None:
        out, into = self.key(life, left), self.key(life, reached)
        if left == reached or (self.counts(left) and self.counts(reached) and out == into):
            return
        if self.counts(left):
            rows[out]["moved_out"] += 1
        if self.counts(reached):
            rows[into]["moved_in"] += 1

    def stood(
        self,
        rows: dict[Hashable, Figures],
        life: Life,
        state: DossierState | None,
        figures: Callable[[DossierState], Figures],
    ) -> None:
        if state is not None and self.query.basis == "step":
            step = live(state)
            if step is not None and self.counts(state.hand_offs[step].to_unit):
                rows[self.key(life, state.hand_offs[step].to_unit)].update(figures(state))
        elif state is not None:
            unit = state.receiving_unit if self.query.basis == "receiving" else state.responsible_unit
            if self.counts(unit):
                rows[self.key(life, unit)].update(figures(state))

    def changed_since(self) -> datetime | None:
        as_of = self.as_of(self.last)
        if as_of >= self.now:
            return None
        changes = [
            entry.recorded_at
            for life in self.all_lives  # of any channel and field, because a correction may have changed them
            for entry in life.journal
            if (since := changes_from(life, entry)) and since < as_of <= entry.recorded_at and self.touches(life, entry)
        ]
        return max(changes, default=None)

    def touches(self, life: Life, late: Entry) -> bool:
        if self.query.basis == "receiving":
            return self.counts(life.state.receiving_unit)
        # States before a correction count too: the journal up to each entry.
        ever = [state for number in range(late.sequence) for state in states(life.journal[: number + 1])]
        units = {unit for s in ever for unit in (s.responsible_unit, s.holder_unit, s.counter_unit)}
        return any(self.counts(unit) for unit in units)


class OfficeByHand(ByHand):
    """The columns of the office table, counted dossier by dossier."""

    def happened(self, rows: dict[Hashable, Figures], life: Life, transition: Transition) -> None:
        super().happened(rows, life, transition)
        unit, after = transition.after.responsible_unit, transition.after
        if self.counts(unit) and transition.entry.type is Action.RECEIVE and after.another_area:
            rows[self.key(life, unit)]["for another area"] += 1
        if self.counts(unit) and transition.entry.type is Action.FINISH and after.verdict == "late":
            rows[self.key(life, unit)]["late and apologised"] += int(after.apology_at is not None)

        counter = life.state.receiving_unit
        if self.counts(counter):
            late = [flag for flag in transition.entry.data.get("flags", ()) if flag in ("late_hand_on", "late_request")]
            rows[self.key(life, counter)].update(late)

    def standing(self, state: DossierState, at: datetime, apologised: bool) -> Figures:
        figures = super().standing(state, at, apologised)
        if state.status is Status.SUBMITTED and state.submitted_at is not None:
            figures["waiting in time"] = int(at <= checked_by(state.submitted_at, state.channel))
        elif figures["open.overdue"]:
            figures["overdue and apologised"] = int(state.apology_at is not None)
        return figures

    def columns(self) -> dict[Hashable, dict[str, int]]:
        """Each row with its columns; the total has the key `total`."""
        counted = self.counted(self.first, self.last)
        rows = {
            key: office_columns(counted[key])
            for key in {*counted, *self.always()}
            if key in self.always() or +counted[key]
        }
        return {**rows, "total": office_columns(sum(counted.values(), Counter()))}


class LatenessByHand(ByHand):
    """The figures of lateness, counted dossier by dossier."""

    def lateness(self) -> dict[Hashable, Figures]:
        """Each row with its figures, without rows of zeros; the total has the key `total`."""
        rows: dict[Hashable, Figures] = defaultdict(Counter)
        for life in self.lives:
            finish = next((step for step in transitions(life) if step.entry.type is Action.FINISH), None)
            if finish is not None and finish.after.late_cause is not None:
                day = local_date(finish.entry.occurred_at)
                if self.first <= day <= self.last and finish.entry.occurred_at < self.until(self.last):
                    self.add(rows, life, finish.after, day, f"causes.{finish.after.late_cause}")
            promised = life.state.promised_date
            if promised is not None and self.first <= promised <= min(self.last, local_date(self.now)):
                self.promise(rows, life, promised, finish)
        return {**rows, **({"total": sum(rows.values(), Counter())} if rows else {})}

    def promise(self, rows: dict[Hashable, Figures], life: Life, promised: date, finish: Transition | None) -> None:
        if finish is not None and local_date(finish.entry.occurred_at) <= promised:
            self.add(rows, life, finish.after, promised, "promises.kept")
            return
        end = start_of(promised + timedelta(days=1))
        state = state_at(life, end)
        if end > self.as_of(self.last) or state is None or not state.open or state.apology_at is None:
            return
        if is_overdue(state, end):
            self.add(rows, life, state, promised, "promises.broken")

    def add(self, rows: dict[Hashable, Figures], life: Life, state: DossierState, day: date, figure: str) -> None:
        unit = life.state.receiving_unit if self.query.basis == "receiving" else state.responsible_unit
        if self.counts(unit):
            key = f"{day:%Y-%m}" if self.query.by == "month" else self.key(life, unit)
            rows[key][figure] += 1


def office_columns(figures: Figures) -> dict[str, int]:
    """The columns, zeros left out."""
    received = sum(figures[f"received.{channel}"] for channel in CHANNELS)
    carried_over = figures["carried_over"] + figures["moved_in"]
    early, on_time, late = (figures[f"finished.{verdict}"] for verdict in ("early", "on_time", "late"))
    overdue, in_time = figures["open.overdue"], figures["waiting in time"]
    columns = {
        "received_total": received + carried_over,
        "received_counter": figures["received.counter"],
        "received_online": figures["received.online"],
        "received_postal": figures["received.postal"],
        "received_another_area": figures["for another area"],
        "carried_over": carried_over,
        "resolved_total": early + on_time + late,
        "resolved_early": early,
        "resolved_on_time": on_time,
        "resolved_late_with_apology": figures["late and apologised"],
        "resolved_late_without_apology": late - figures["late and apologised"],
        "open_total": figures["open.total"],
        "open_not_due": figures["open.total"] - overdue,
        "open_overdue_with_apology": figures["overdue and apologised"],
        "open_overdue_without_apology": overdue - figures["overdue and apologised"],
        "stopped": figures["discontinued.total"],
        "withdrawn": figures["withdrawn.total"],
        "moved_out": figures["moved_out"],
        "declined": figures["submitted.declined"],
        "withdrawn_before_reception": figures["submitted.withdrawn"],
        "waiting_in_time": in_time,
        "waiting_late": figures["submitted.waiting"] - in_time,
        "hand_ons_late": figures["late_hand_on"],
        "requests_late": figures["late_request"],
    }
    return {name: number for name, number in columns.items() if number}


def occurred(transition: Transition) -> Figures:
    before, after = transition.before, transition.after
    match transition.entry.type:
        case Action.SUBMIT:
            return Counter({"submitted.new": 1})
        case Action.RECEIVE:
            return Counter({f"received.{after.channel}": 1})
        case Action.DECLINE:
            return Counter({"submitted.declined": 1})
        case Action.FINISH:
            unforgiven = after.verdict == "late" and after.apology_at is None
            return Counter({f"finished.{after.verdict}": 1, "late_without_apology": int(unforgiven)})
        case Action.WITHDRAW | Action.DISCONTINUE if before:
            if before.status is Status.SUBMITTED:
                return Counter({"submitted.withdrawn": 1})
            name = after.status.value
            return Counter(
                {f"{name}.total": 1, f"{name}.overdue": int(is_overdue(before, transition.entry.occurred_at))}
            )
    return Counter()


def live(state: DossierState) -> int | None:
    """The index of the hand-off under way."""
    places = [number for number, hand_off in enumerate(state.hand_offs) if hand_off.state in ("given", "taken")]
    return places[-1] if places and state.open else None


def step_apologised(entries: Iterable[Entry]) -> bool:
    """An apology was recorded after the hand-off of the step under way after these entries."""
    state, apologised = None, False
    for entry in entries:
        given = len(state.hand_offs) if state else 0
        state = apply(state, entry)
        apologised = entry.type is Action.RESCHEDULE or (apologised and len(state.hand_offs) == given)
    return apologised


def steps_that_began_or_ended(transition: Transition, apologised: bool) -> Iterator[tuple[int, Figures]]:
    before, after = transition.before.hand_offs if transition.before else (), transition.after.hand_offs
    for number, step in enumerate(after):
        if number >= len(before):
            yield step.to_unit, Counter({f"received.{transition.after.channel}": 1})
        elif transition.before and number == live(transition.before) and step.state == "done":
            if transition.entry.type in (Action.WITHDRAW, Action.DISCONTINUE):
                name = transition.after.status.value
                late = step_is_overdue(transition.before, transition.entry.occurred_at)
                yield step.to_unit, Counter({f"{name}.total": 1, f"{name}.overdue": int(late)})
            else:
                unforgiven = step.verdict == "late" and not apologised
                figures = {f"finished.{step.verdict or 'unjudged'}": 1, "late_without_apology": int(unforgiven)}
                yield before[number].to_unit, Counter(figures)
        elif (
            transition.before
            and number == live(transition.before)
            and step.state == "not_taken"
            and live(transition.after) is None
        ):
            late = step_is_overdue(transition.before, transition.entry.occurred_at)
            yield step.to_unit, Counter({"discontinued.total": 1, "discontinued.overdue": int(late)})


def steps_passed_on(transition: Transition) -> Iterator[tuple[int, int]]:
    if transition.before is None:
        return
    before, after = live(transition.before), live(transition.after)
    if before is None or after is None or transition.after.hand_offs[before].state == "done":
        return
    yield transition.before.hand_offs[before].to_unit, transition.after.hand_offs[after].to_unit


def step_is_overdue(state: DossierState, at: datetime) -> bool:
    place = live(state)
    assert place is not None
    step, waiting = state.hand_offs[place], state.open_wait
    if step.limit is None or step.due_date is None or step.due_at is None:
        return False
    due = (step.limit.unit, step.due_date, step.due_at)
    return overdue(*due, at, waiting is not None and not overdue(*due, waiting.start, False))


def step_standing(state: DossierState, at: datetime, apologised: bool) -> Figures:
    late = step_is_overdue(state, at)
    return Counter(
        {
            "open.total": 1,
            "open.overdue": int(late),
            "open.suspended": int(state.open_wait is not None),
            "late_without_apology": int(late and not apologised),
        }
    )


def carried_over(state: DossierState) -> Figures:
    return Counter({"carried_over": int(state.open)})  # if steps are counted, one is under way


def standing(state: DossierState, at: datetime) -> Figures:
    if state.status is Status.SUBMITTED:
        assert state.submitted_at is not None
        in_time = OFFICIAL.add_working_days(local_date(state.submitted_at), 1)
        return Counter(
            {"submitted.waiting": 1, "submitted.waiting_over_one_working_day": int(local_date(at) > in_time)}
        )
    if not state.open:
        return Counter()
    late = is_overdue(state, at)
    return Counter(
        {
            "open.total": 1,
            "open.overdue": int(late),
            "open.suspended": int(state.clock == "suspended"),
            "late_without_apology": int(late and state.apology_at is None),
        }
    )


def is_overdue(state: DossierState, at: datetime) -> bool:
    # The limit of a dossier for another area does not run before the competent agency has it (rules §15).
    if state.awaits_agency:
        return False
    assert state.limit is not None
    assert state.due_date is not None
    assert state.due_at is not None
    return overdue(state.limit.unit, state.due_date, state.due_at, at, state.protected)


def complete(figures: Figures) -> dict[str, int]:
    """The figures with the sums that go with them, zeros left out."""
    sums = Counter(figures)
    sums["received.total"] = sum(figures[f"received.{channel}"] for channel in CHANNELS)
    sums["finished.total"] = sum(figures[f"finished.{name}"] for name in ("early", "on_time", "late", "unjudged"))
    del sums["finished.unjudged"]
    sums["open.in_time"] = figures["open.total"] - figures["open.overdue"]
    return {name: number for name, number in sums.items() if number}
