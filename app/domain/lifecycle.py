"""The life of a dossier: the table of transitions, the roles that may make them, and the replay (rules §8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from app.domain.actions import AUTOMATIC, CORRECTIONS, NOT_EVENTS, Action, Entry, Role
from app.domain.conditions import is_applicable
from app.domain.deadline import LimitUnit
from app.domain.effects import APPLY, begin, dates_in
from app.domain.errors import NotAllowed
from app.domain.state import PAYABLE, DossierState, Status, SuspensionReason
from app.domain.terms import Terms

__all__ = [
    "AUTOMATIC",
    "CORRECTIONS",
    "NOT_EVENTS",
    "NO_PERMISSIONS",
    "TRANSITIONS",
    "Action",
    "Entry",
    "Permissions",
    "Role",
    "Transition",
    "allowed_actions",
    "apply",
    "effective",
    "may",
    "possible",
    "replay",
    "replay_after",
    "require_possible",
    "state_before",
    "states",
    "voided_by",
]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: the statuses from which the action is possible, its roles, and open suspensions."""

    sources: frozenset[Status]
    roles: frozenset[Role]
    while_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Permissions:
    """The rights of a caller on one dossier (rules §8).

    `giver`: the caller's unit gave the hand-off that is not yet taken. `client` is the name of the caller's token: no
    client approves its own correction. `recorded_last`: this call recorded the last entry, so its client may void it.
    `approves`: false for a person without proof of who it is (rules §21).
    """

    roles: frozenset[Role]
    giver: bool = False
    client: str = ""
    recorded_last: bool = False
    approves: bool = True


NO_PERMISSIONS = Permissions(frozenset())


def _transition(sources: Iterable[Status], *roles: Role, while_waiting: bool = False) -> Transition:
    # A supervisor may do all that clerks and officers may do (rules §8).
    return Transition(frozenset(sources), frozenset({*roles, Role.SUPERVISOR}), while_waiting)


_S = Status
_WORKED_ON = (_S.RECEIVED, _S.PROCESSING)
_ANY_OPEN = (*_WORKED_ON, _S.AWAITING_SUPPLEMENT, _S.AWAITING_PAYMENT)
_NOT_ANNULLED = [status for status in Status if status is not _S.ANNULLED]

# The table of rules §8. `submit` and the first `receive` begin a dossier and are not in the table.
TRANSITIONS: Mapping[Action, Transition] = {
    Action.RECEIVE: _transition([_S.SUBMITTED], Role.CLERK),
    Action.DECLINE: _transition([_S.SUBMITTED], Role.CLERK),
    Action.FORWARD: _transition(_WORKED_ON, Role.CLERK, Role.OFFICER),
    Action.TAKE: _transition(_ANY_OPEN, Role.OFFICER, while_waiting=True),
    Action.REQUEST_SUPPLEMENT: _transition([_S.SUBMITTED, *_WORKED_ON], Role.OFFICER),
    Action.SUPPLEMENT: _transition([_S.SUBMITTED, _S.AWAITING_SUPPLEMENT], Role.CLERK, while_waiting=True),
    Action.REQUEST_PAYMENT: _transition(_WORKED_ON, Role.OFFICER),
    Action.PAY: _transition(PAYABLE, Role.CLERK, while_waiting=True),
    Action.REFUND: _transition(_NOT_ANNULLED, while_waiting=True),
    Action.SUSPEND: _transition(_WORKED_ON, Role.OFFICER),
    Action.RESUME: _transition(_WORKED_ON, Role.OFFICER, while_waiting=True),
    Action.EXTEND: _transition(_WORKED_ON),
    Action.APPLY_CONDITION: _transition(_WORKED_ON, Role.OFFICER),
    Action.RESCHEDULE: _transition(_WORKED_ON),
    Action.TRANSFER: _transition([_S.SUBMITTED, *_ANY_OPEN, _S.FINISHED], while_waiting=True),
    Action.FINISH: _transition(_ANY_OPEN, Role.OFFICER, while_waiting=True),
    Action.RETURN: _transition([_S.FINISHED], Role.CLERK),
    Action.WITHDRAW: _transition([_S.SUBMITTED, *_ANY_OPEN], Role.CLERK, while_waiting=True),
    Action.DISCONTINUE: _transition(_ANY_OPEN, while_waiting=True),
    Action.CORRECT: _transition(_NOT_ANNULLED, while_waiting=True),
    Action.APPROVE_CORRECTION: _transition(_NOT_ANNULLED, while_waiting=True),
    Action.REJECT_CORRECTION: _transition(Status, while_waiting=True),
    Action.VOID: _transition(_NOT_ANNULLED, Role.CLERK, Role.OFFICER, while_waiting=True),
}


def possible(state: DossierState, action: Action) -> bool:
    """True if the state allows the action, for any caller (rules §5, §6, §8)."""
    rule = TRANSITIONS[action]
    wait = state.open_wait
    if state.status not in rule.sources or (wait and not rule.while_waiting):
        return False
    match action:
        case Action.RESUME:
            return wait is not None and wait.reason is SuspensionReason.VERIFICATION
        case Action.PAY:
            return state.status is Status.AWAITING_PAYMENT or state.money.outstanding > 0
        case Action.REFUND:
            return state.money.taken > 0
        case Action.RESCHEDULE:
            return state.apology_at is None
        case Action.APPROVE_CORRECTION | Action.REJECT_CORRECTION:
            return bool(state.corrections)
    return True


def may(state: DossierState, action: Action, permissions: Permissions) -> bool:
    """True if these permissions allow the action in some state of the dossier (rules §8)."""
    if action is Action.REQUEST_SUPPLEMENT and state.status is Status.SUBMITTED and Role.CLERK in permissions.roles:
        return True
    if action is Action.VOID and permissions.recorded_last:
        return True  # also after the entry has moved the dossier to another unit
    if action is Action.FORWARD and permissions.giver:
        return True  # the giver may recall a hand-off before it is taken (rules §9)
    return bool(TRANSITIONS[action].roles & permissions.roles)


def allowed_actions(state: DossierState, permissions: Permissions, terms: Terms | None, today: date) -> list[Action]:
    """The actions that this caller may do now, in the order of the table (rules §8).

    `terms` are None while the dossier is only submitted.
    """
    return [
        action
        for action in TRANSITIONS
        if possible(state, action)
        and may(state, action, permissions)
        and _granted(state, action, permissions, terms, today)
    ]


def _granted(state: DossierState, action: Action, permissions: Permissions, terms: Terms | None, today: date) -> bool:
    """True if the procedure's bounds and the rule of two persons still allow the action (rules §5, §8)."""
    if action is Action.APPROVE_CORRECTION:
        others = any(correction.client != permissions.client for correction in state.corrections)
        return permissions.approves and others
    if action is Action.VOID:
        return permissions.recorded_last or Role.SUPERVISOR in permissions.roles
    if terms is None or state.limit is None or state.due_date is None:
        return True
    match action:
        case Action.EXTEND:
            in_days = state.limit.unit is not LimitUnit.WORKING_HOUR
            return (
                in_days
                and state.extension_days < terms.max_extension
                and (state.awaits_agency or today <= state.due_date)
            )
        case Action.APPLY_CONDITION:
            left = any(is_applicable(state, condition) for condition in terms.special.conditions)
            return left and (state.awaits_agency or today <= state.due_date)
        case Action.REQUEST_SUPPLEMENT:
            return state.supplement_requests < terms.max_supplement_requests or Role.SUPERVISOR in permissions.roles
    return True


def require_possible(state: DossierState, action: Action) -> None:
    """Raises NotAllowed `not_possible`, with the status, if the state forbids the action (rules §8)."""
    if not possible(state, action):
        wait = state.open_wait
        where = f"its status is {state.status}" + (f" and it waits for {wait.reason}" if wait else "")
        if action is Action.RESCHEDULE and state.apology_at is not None:
            where = "it was rescheduled once already"
        if action is Action.PAY and state.status in TRANSITIONS[action].sources:
            where = "nothing is due that is not paid"
        if action is Action.REFUND and state.status in TRANSITIONS[action].sources:
            where = "nothing was paid that is not refunded"
        raise NotAllowed("not_possible", f"The dossier cannot {action} now: {where}.")


def apply(state: DossierState | None, entry: Entry) -> DossierState:
    """The state after the entry (rules §13). The entry was decided before, so its deadlines are taken from its data."""
    changes = begin(entry) if state is None else APPLY[entry.type](state, entry)
    promised_date = changes.get("promised_date", state.promised_date if state else None)
    changes = {**changes, **dates_in(entry.data, promised_date), "version": entry.sequence}
    if entry.type not in NOT_EVENTS:
        changes["last_occurred_at"] = entry.occurred_at
    if flags := entry.data.get("flags"):
        changes["flags"] = state.flags.union(flags) if state else frozenset(flags)
    return replace(state, **changes) if state else DossierState(**changes)


def effective(journal: Sequence[Entry]) -> list[Entry]:
    """The journal after its corrections: each carries the whole entries that it replaced (rules §8, §13).

    Voided entries are left out. An annulled dossier keeps its first entry, which then says that it is voided.
    """
    current = {entry.sequence: entry for entry in journal}
    for correction in journal:
        for number, new in correction.data.get("replaced", {}).items():
            sequence = int(number)
            if "voided" in new:
                del current[sequence]
                continue
            at = datetime.fromisoformat(new["occurred_at"])
            current[sequence] = replace(current[sequence], occurred_at=at, data=new["data"])
    return [current[entry.sequence] for entry in journal if entry.sequence in current]


def voided_by(entry: Entry) -> int | None:
    """The sequence of the entry that this one voids; None for other entries (rules §8)."""
    sequence = entry.data.get("sequence")
    new = entry.data.get("replaced", {}).get(str(sequence), {})
    return sequence if "voided" in new or "voided" in new.get("data", ()) else None


def states(journal: Sequence[Entry]) -> list[DossierState]:
    """The state after each entry of the corrected journal (rules §13)."""
    result: list[DossierState] = []
    state: DossierState | None = None
    for entry in effective(journal):
        state = apply(state, entry)
        result.append(state)
    return result


def state_before(journal: Sequence[Entry], sequence: int) -> DossierState | None:
    """The state before an entry of the corrected journal; None before the first (rules §13)."""
    earlier = [
        state for entry, state in zip(effective(journal), states(journal), strict=True) if entry.sequence < sequence
    ]
    return earlier[-1] if earlier else None


def replay(journal: Sequence[Entry]) -> DossierState:
    """The present state of the dossier: the replay of its journal (rules §13)."""
    return states(journal)[-1]


def replay_after(journal: Sequence[Entry], before: DossierState) -> DossierState:
    """The state after a correction; a fee that only the row has stays until the receipt names one (rules §19)."""
    state, unrecorded = replay(journal), before.money.unrecorded
    if not unrecorded or "fee" in effective(journal)[0].data:
        return state
    return replace(state, money=replace(state.money, unrecorded=unrecorded))
