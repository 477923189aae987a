"""Random lawful lives of dossiers: journals decided by the domain, with late records, transfers and succession."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from app.domain.actions import ActionRequest
from app.domain.calendar import DEFAULT_SESSIONS, TZ, WorkingCalendar
from app.domain.corrections import corrected, voided
from app.domain.deadline import ClockPolicy, CutOff, LimitUnit, TimeLimit
from app.domain.decisions import decide
from app.domain.due_dates import redate
from app.domain.errors import DomainError
from app.domain.lifecycle import AUTOMATIC, CORRECTIONS, NOT_EVENTS, Action, Entry, apply, effective, possible, replay
from app.domain.localtime import local_date
from app.domain.regimes import REGIMES
from app.domain.state import DossierState, LateCause
from app.domain.terms import Condition, Law, SpecialRules, Step, Terms
from tests.support.calendars import OFFICIAL, calendar_year

CHANNELS = ("counter", "online", "postal")
UNITS = (1, 2, 3, 4, 5)
# Unit 3 succeeds unit 2 at this instant (rules §12).
GONE, SUCCESSOR = 2, 3
SUCCEEDED_AT = datetime(2021, 6, 16, 10, 0, tzinfo=TZ)
FIRST, LAST = date(2021, 4, 12), date(2021, 7, 30)

# A decision that makes Wednesdays days off. Its publication moves most due dates.
_YEAR = calendar_year(2021)
_WEDNESDAYS = frozenset(day for number in range(365) if (day := date(2021, 1, 1) + timedelta(number)).weekday() == 2)
PUBLISHED = OFFICIAL.with_years([replace(_YEAR, days_off=_YEAR.days_off | _WEDNESDAYS)])

LIMITS = (
    TimeLimit(3, LimitUnit.WORKING_DAY),
    TimeLimit(8, LimitUnit.WORKING_DAY),
    TimeLimit(10, LimitUnit.CALENDAR_DAY),
    TimeLimit(6, LimitUnit.WORKING_HOUR),
    TimeLimit(None, LimitUnit.SAME_DAY),
)
# Two procedures have no route. One step of the others has no share of the limit.
ROUTES = {
    1: (
        Step("receiving", "Tiếp nhận", TimeLimit(1, LimitUnit.WORKING_DAY)),
        Step("responsible", "Thẩm định", TimeLimit(2, LimitUnit.WORKING_DAY)),
    ),
    4: (
        Step("receiving", "Tiếp nhận", TimeLimit(2, LimitUnit.WORKING_HOUR)),
        Step("responsible", "Xác minh", None),
        Step("responsible", "Thẩm định", TimeLimit(3, LimitUnit.WORKING_HOUR)),
    ),
}
# Conditions of every procedure: another limit, more days, and another limit in hours.
CONDITIONS = (
    Condition("longer", "Cần xác minh", TimeLimit(12, LimitUnit.WORKING_DAY), 0, "-"),
    Condition("more", "Cần lấy ý kiến", None, 2, "-"),
    Condition("hours", "Cần giám định", TimeLimit(60, LimitUnit.WORKING_HOUR), 0, "-"),
)
CUT_OFFS = (None, CutOff(minute=15 * 60), CutOff(before_closing=60), None)


@dataclass(frozen=True)
class Life:
    """One dossier: its procedure (1–4, the version has the same id) and its journal."""

    procedure: int
    journal: list[Entry]

    @property
    def state(self) -> DossierState:
        """The final state."""
        return replay(self.journal)


def terms_of(procedure: int) -> Terms:
    """The terms of a procedure. Each has another limit or clock policy."""
    policy = (ClockPolicy.EXCLUDE, ClockPolicy.EXCLUDE, ClockPolicy.RESTART, ClockPolicy.RUN)[procedure - 1]
    limit = LIMITS[procedure - 1]
    return Terms(
        procedure,
        dict.fromkeys(CHANNELS, limit),
        policy,
        2,
        5,
        ROUTES.get(procedure, ()),
        SpecialRules(
            cut_off=CUT_OFFS[procedure - 1],
            # Versions of before may have conditions that never go with the limit; these are refused.
            conditions=CONDITIONS,
            outage_suspends=procedure != 3,
        ),
    )


def lives(random: Random, most: int) -> list[Life]:
    """Up to `most` dossiers, begun on the dates FIRST to LAST."""
    return [_LifeGenerator(random).life() for _ in range(random.randint(1, most))]


def moment(random: Random) -> datetime:
    """A random instant in the time of first events, sometimes a midnight."""
    days = random.randint(0, (LAST - FIRST).days)
    at = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=TZ) + timedelta(days=days)
    return at if random.random() < 0.1 else at + timedelta(seconds=random.randint(0, 86_399))


class _LifeGenerator:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.procedure = random.randint(1, 4)
        self.calendar: WorkingCalendar = OFFICIAL
        self.journal: list[Entry] = []
        self.state: DossierState | None = None
        self.requested: dict[int, dict[str, Any]] = {}
        self.recorded = moment(random)

    def life(self) -> Life:
        self._begin(self.recorded)
        for _ in range(self.random.randint(0, 9)):
            self._continue()
            if self.random.random() < 0.1:
                self._ask_for_correction()
            if self.random.random() < 0.15:
                self._void()
            self._decide_corrections(0.3)
            if self.random.random() < 0.15:
                self._have_outage()
        if self.random.random() < 0.3:
            self._ask_for_correction()
        if self.random.random() < 0.2:
            self._void()
        if self.random.random() < 0.8:  # some stay pending
            self._decide_corrections(1)
        return Life(self.procedure, self.journal)

    @property
    def law(self) -> Law:
        return Law(self.calendar, DEFAULT_SESSIONS, None, terms_of(self.procedure))

    def _units(self, at: datetime) -> list[int]:
        return [unit for unit in UNITS if unit != GONE or at < SUCCEEDED_AT]

    def _begin(self, at: datetime) -> None:
        receiving, responsible = (self.random.choice(self._units(at)) for _ in range(2))
        inputs = {
            "receiving_unit": receiving,
            "responsible_unit": responsible,
            "channel": self.random.choice(CHANNELS),
            **self._regime(receiving, responsible),
            **self.random.choice([{}, {"fee": 0}, {"fee": 5, "fee_method": "cash"}, {"fee": 2, "fee_due": 9}]),
        }
        self._do(self.random.choice([Action.SUBMIT, Action.RECEIVE, Action.RECEIVE]), at, inputs)

    def _regime(self, receiving: int, responsible: int) -> dict[str, Any]:
        """A random regime for a receipt, so that every rule applies to some lives."""
        regime = self.random.choice(REGIMES)
        another = receiving != responsible and regime.starts_at_competent_agency and self.random.random() < 0.7
        return {"regime": regime.code, **({"another_area": True} if another else {})}

    def _continue(self) -> None:
        assert self.state is not None
        event = self.state.last_occurred_at
        if self.random.random() < 0.25:
            self._publish(max(event, self.recorded) + timedelta(days=self.random.randint(0, 3)))
        # After a publication the next event may be recorded late, with a time before it.
        pause = timedelta(days=self.random.choice([0, 0, 1, 2, 5]), seconds=self.random.choice([0, 60, 4000, 20_000]))
        at = event + pause
        if self.random.random() < 0.15:
            at = datetime(at.year, at.month, at.day, tzinfo=TZ) + timedelta(days=1)
        if event < SUCCEEDED_AT <= at:
            self._succeed()
            at = max(at, SUCCEEDED_AT)
        # Actions that end a dossier are rarer, so that lives are long.
        ends = (Action.FINISH, Action.WITHDRAW, Action.DISCONTINUE, Action.DECLINE)
        state = self.state
        choice = [action for action in Action if action not in _NOT_CHOSEN and possible(state, action)]
        weights = [1 if action in ends else 2 for action in choice]
        if choice:
            action = self.random.choices(choice, weights)[0]
            self._do(action, at, self._inputs(action, at) | self._money(action, state.money.taken))

    def _inputs(self, action: Action, at: datetime) -> dict[str, Any]:
        state = self.state
        assert state is not None
        match action:
            case Action.RECEIVE:
                responsible = self.random.choice(self._units(at))
                return {
                    "responsible_unit": responsible,
                    "channel": state.channel,
                    **self._regime(state.receiving_unit, responsible),
                }
            case Action.FORWARD | Action.TRANSFER:
                return {"to_unit": self.random.choice(self._units(at))}
            case Action.EXTEND:
                return {"days": self.random.randint(1, 3)}
            case Action.APPLY_CONDITION:
                return {"condition": self.random.choice([condition.code for condition in CONDITIONS])}
            case Action.REQUEST_SUPPLEMENT:
                return {"guidance_not_followed": True}
            case Action.RESCHEDULE:
                assert state.due_date is not None
                promised = self.calendar.add_working_days(state.due_date, self.random.randint(1, 5))
                return {"promised_date": promised.isoformat()}
            case Action.FINISH:
                causes = [None, *LateCause]
                cause = causes[at.day % len(causes)]
                outcome = "refused" if state.open_wait else "granted"
                return {"outcome": outcome, **({"late_cause": cause.value} if cause else {})}
        return {}

    def _money(self, action: Action, taken: int) -> dict[str, Any]:
        """An amount to ask for, to pay as a whole or in parts, or to give back; empty for other actions."""
        match action:
            case Action.REQUEST_PAYMENT:
                return {"amount": self.random.randint(1, 9)}
            case Action.PAY:
                return self.random.choice([{}, {"amount": 1}, {"amount": 4, "method": "transfer"}])
            case Action.REFUND:
                return {"amount": self.random.randint(1, taken)}
        return {}

    def _do(self, action: Action, at: datetime, inputs: dict[str, Any]) -> None:
        texts = frozenset({"reason", "legal_basis", "note"})
        recorded = max(at, self.recorded)
        try:
            data = decide(self.state, ActionRequest(action, at, recorded, inputs, texts, supervisor=True), self.law)
        except DomainError:
            return
        self._write(action, at, recorded, data)

    def _succeed(self) -> None:
        state = self.state
        assert state is not None
        if GONE in (state.responsible_unit, state.holder_unit, state.counter_unit) and not state.closed:
            self._do(Action.SUCCEED, SUCCEEDED_AT, {"from_unit": GONE, "to_unit": SUCCESSOR})

    def _publish(self, at: datetime) -> None:
        state = self.state
        assert state is not None
        if self.calendar is PUBLISHED or not state.open or state.open_wait:
            return
        self.calendar = PUBLISHED
        data = redate(state, self.law, "123/TB", local_date(at))
        if data:
            self._write(Action.REDATE, at, at, data)

    def _have_outage(self) -> None:
        """Records an outage of the last days, if it suspends the dossier."""
        assert self.state is not None
        end = max(self.recorded, self.state.last_occurred_at)
        start = end - timedelta(hours=self.random.randint(1, 60))
        inputs = {"from": start.isoformat(), "to": end.isoformat(), "notice": "12/TB"}
        data = decide(self.state, ActionRequest(Action.OUTAGE, end, end, inputs), self.law)
        if "span" in data:
            self._write(Action.OUTAGE, end, end, data)

    def _ask_for_correction(self) -> None:
        """Requests a correction of an entry without a pending one, sometimes in the old form without approval."""
        assert self.state is not None
        wrong = self.random.choice(effective(self.journal))
        pending = {correction.entry for correction in self.state.corrections}
        if wrong.type in (Action.SUCCEED, Action.REDATE, Action.OUTAGE, *CORRECTIONS) or wrong.sequence in pending:
            return
        at = wrong.occurred_at + timedelta(hours=self.random.randint(-60, 60))
        recorded = self.recorded + timedelta(days=self.random.choice([0, 1]))
        changes = {"at": at, **self._corrected_inputs(wrong)}
        replaced = self._replaced(wrong.sequence, changes, recorded)
        if replaced is None:
            return
        if self.random.random() < 0.2:
            self._write(Action.CORRECT, recorded, recorded, {"sequence": wrong.sequence, "replaced": replaced})
            self.state = replay(self.journal)
        else:
            self.requested[len(self.journal) + 1] = changes
            data = {"sequence": wrong.sequence, "changes": {}, "asked_by": "tests"}
            self._write(Action.CORRECT, recorded, recorded, data)

    def _void(self) -> None:
        """Voids the last entry at once, or asks for the void of any entry."""
        assert self.state is not None
        wrong = self.random.choice([effective(self.journal)[-1], *effective(self.journal)])
        pending = {correction.entry for correction in self.state.corrections}
        if wrong.type in (*AUTOMATIC, *CORRECTIONS) or wrong.sequence in pending:
            return
        recorded = self.recorded + timedelta(days=self.random.choice([0, 1]))
        data: dict[str, Any] = {"sequence": wrong.sequence}
        if self.random.random() < 0.5:
            replaced = self._voided(wrong.sequence, recorded)
            if replaced is not None:
                self._write(Action.VOID, recorded, recorded, data | {"replaced": replaced, "flags": ["undone"]})
                self.state = replay(self.journal)
            return
        self._write(Action.VOID, recorded, recorded, data | {"asked_by": "tests"})

    def _voided(self, sequence: int, recorded: datetime) -> dict[str, Any] | None:
        if all(entry.sequence != sequence for entry in effective(self.journal)):
            return None
        try:
            return voided(self.journal, sequence, recorded, lambda _entry: self.law)
        except DomainError:
            return None

    def _decide_corrections(self, chance: float) -> None:
        """Approves corrections that are still lawful, or rejects them."""
        assert self.state is not None
        for correction in self.state.corrections:
            if self.random.random() > chance:
                continue
            recorded = self.recorded + timedelta(days=self.random.choice([0, 1, 3]))
            data: dict[str, Any] = {"correction": correction.sequence, "sequence": correction.entry}
            changes = self.requested.get(correction.sequence)
            if changes is None:
                replaced = self._voided(correction.entry, recorded)
            else:
                replaced = self._replaced(correction.entry, changes, recorded)
            if replaced is None or self.random.random() < 0.25:
                self._write(Action.REJECT_CORRECTION, recorded, recorded, data)
            else:
                data |= {"changes": {}, "replaced": replaced, "flags": ["corrected"]}
                self._write(Action.APPROVE_CORRECTION, recorded, recorded, data)
                self.state = replay(self.journal)

    def _replaced(self, sequence: int, changes: Mapping[str, Any], recorded: datetime) -> dict[str, Any] | None:
        old = next((entry for entry in effective(self.journal) if entry.sequence == sequence), None)
        inputs = {name: value for name, value in changes.items() if name != "at"}
        if old is None or "voided" in old.data or changes["at"] > recorded:
            return None
        entry = replace(old, occurred_at=changes["at"], data={**old.data, **inputs})
        try:
            return corrected(self.journal, entry, lambda _entry: self.law)
        except DomainError:
            return None

    def _corrected_inputs(self, wrong: Entry) -> dict[str, Any]:
        """Sometimes an amount, or the channel and the responsible unit, are corrected too."""
        if wrong.data.get("amount") and self.random.random() < 0.5:
            return {"amount": self.random.randint(1, 9)}
        if wrong.sequence > 1 or self.random.random() < 0.5:
            return {}
        unit = self.random.choice([wrong.data["responsible_unit"], *(unit for unit in UNITS if unit != GONE)])
        return {"channel": self.random.choice(CHANNELS), "responsible_unit": unit}

    def _write(self, action: Action, at: datetime, recorded: datetime, data: dict[str, Any]) -> None:
        unit = self.state.holder_unit if self.state else data["receiving_unit"]
        entry = Entry(len(self.journal) + 1, action, at, recorded, unit, data)
        self.state = apply(self.state, entry)
        self.recorded = recorded
        self.journal.append(entry)


_NOT_CHOSEN = {Action.SUBMIT, *NOT_EVENTS, Action.SUCCEED}
