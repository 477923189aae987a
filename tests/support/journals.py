"""The life of one dossier: actions decided and applied in order, on the official calendar."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.actions import ActionRequest
from app.domain.calendar import DEFAULT_SESSIONS
from app.domain.decisions import decide, event_time
from app.domain.lifecycle import Action, Entry, apply, replay
from app.domain.limits import ClockPolicy, LimitUnit, TimeLimit
from app.domain.localtime import TZ
from app.domain.state import DossierState
from app.domain.terms import Law, SpecialRules, Step, Terms
from tests.support.calendars import OFFICIAL

COMMUNE, OFFICE, OTHER = 18, 7, 9
FIVE_DAYS = TimeLimit(5, LimitUnit.WORKING_DAY)
ALL_TEXTS = frozenset({"reason", "legal_basis", "request", "received_by"})


def at(text: str) -> datetime:
    """A local instant: `2021-08-16 08:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


def law(
    limit: TimeLimit = FIVE_DAYS,
    policy: ClockPolicy = ClockPolicy.EXCLUDE,
    *,
    requests: int = 1,
    extension: int = 0,
    route: tuple[Step, ...] = (),
    **more: Any,
) -> Law:
    """The rules of a procedure with one limit for all channels; `more`: its special rules."""
    limits = dict.fromkeys(("counter", "online", "postal"), limit)
    return Law(
        OFFICIAL, DEFAULT_SESSIONS, None, Terms(1, limits, policy, requests, extension, route, SpecialRules(**more))
    )


# A state of each kind, by the acts that lead there from a receipt on Monday 16 August 2021.
WAYS: dict[str, list[tuple[Action, dict[str, object]]]] = {
    "submitted": [],
    "received": [],
    "declined": [(Action.DECLINE, {})],
    "processing": [(Action.TAKE, {})],
    "awaiting_supplement": [(Action.REQUEST_SUPPLEMENT, {})],
    "awaiting_payment": [(Action.REQUEST_PAYMENT, {"amount": 1})],
    "verification": [(Action.SUSPEND, {})],
    "finished": [(Action.FINISH, {"outcome": "granted"})],
    "returned": [(Action.FINISH, {"outcome": "granted"}), (Action.RETURN, {"how": "counter"})],
    "withdrawn": [(Action.WITHDRAW, {})],
    "discontinued": [(Action.DISCONTINUE, {})],
}


class Life:
    """One dossier: `journal` with its entries, and the present `state`."""

    def __init__(self, under: Law | None = None) -> None:
        self.law = under or law()
        self.journal: list[Entry] = []
        self.state: DossierState | None = None

    def begin(self, when: str = "2021-08-16 08:30", action: Action = Action.RECEIVE, **more: Any) -> DossierState:
        """Receives the dossier at the commune, or only submits it; `more`: further inputs."""
        inputs = {"receiving_unit": COMMUNE, "responsible_unit": COMMUNE, "channel": "counter", "procedure": 1, **more}
        return self.act(action, when, inputs)

    def act(
        self,
        action: Action,
        when: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        texts: frozenset[str] = ALL_TEXTS,
        supervisor: bool = True,
        recorded: str | None = None,
    ) -> DossierState:
        """Records an action, at its own time or at `recorded`."""
        moment = at(when)
        if action is Action.RECEIVE and self.state is not None:
            inputs = {"channel": "counter", "responsible_unit": COMMUNE}
        request = ActionRequest(action, moment, at(recorded) if recorded else moment, inputs or {}, texts, supervisor)
        last = self.state.last_occurred_at if self.state else None
        moment, flags = event_time(request, last)
        data = decide(self.state, request, None if action is Action.SUBMIT else self.law)
        if flags := sorted({*flags, *data.get("flags", ())}):
            data["flags"] = flags
        entry = Entry(len(self.journal) + 1, action, moment, request.recorded_at, COMMUNE, data)
        self.journal.append(entry)
        self.state = apply(self.state, entry)
        assert replay(self.journal) == self.state
        return self.state


def life_until(name: str, under: Law | None = None, **receipt: Any) -> Life:
    """The life that leads to a state of `WAYS`; `receipt`: further inputs of its first entry."""
    life = Life(under)
    life.begin(action=Action.SUBMIT if name in ("submitted", "declined") else Action.RECEIVE, **receipt)
    for action, inputs in WAYS[name]:
        life.act(action, "2021-08-16 09:00", inputs)
    return life
