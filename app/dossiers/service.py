"""What changes a dossier: receiving it, and acting on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.access.callers import Caller
from app.catalogue.cache import Reference, ReferenceAged
from app.database import Connection
from app.domain.calendar import local_date
from app.domain.decisions import ActionRequest, decide, event_time
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.lifecycle import Action, Entry, Permissions, Role, allowed_actions, apply, may
from app.domain.state import DossierState, Status
from app.domain.terms import Law
from app.dossiers import recording
from app.dossiers.intake import particulars, resolve_intake
from app.dossiers.permissions import acting_unit, may_read, permissions_for, scope_of
from app.dossiers.queries import Dossier, known_externals, units_ever
from app.dossiers.rows import EntryRecord, changes_from
from app.dossiers.schemas import ActIn, DossierIn, ReceiveIn, SupplementIn, split
from app.http.errors import Forbidden


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """Who acts, with what knowledge, at what instant: the same for every call of a request."""

    connection: Connection
    reference: Reference
    caller: Caller
    now: datetime
    window: timedelta
    tells_applicants: bool = False

    @property
    def notify(self) -> bool:
        """Whether somebody may have to be told of what is done here."""
        return self.tells_applicants or self.reference.subscribed

    @property
    def scope(self) -> frozenset[int] | None:
        """The units in which the caller may act; None: in all."""
        return scope_of(self.caller, self.reference, self.now)

    @property
    def supervisor(self) -> bool:
        """Whether the caller may do what is kept to supervisors."""
        return self.caller.role is Role.SUPERVISOR


# --- Receiving --------------------------------------------------------------------------------------------------------


async def receive(work: UnitOfWork, body: DossierIn) -> Dossier:
    """Records a new dossier, received or only submitted, and answers with it (rules §4, §8, §10).

    Raises Invalid for what does not fit the reference data on the event's date, Forbidden for another's counter, and
    ReferenceAged where the desk's reference data are not those that hold now.
    """
    action = Action.SUBMIT if body.submit else Action.RECEIVE
    _inputs, words = split(body)
    act = _act(work, action, body, {}, words)
    at, flags = event_time(act, None, work.window)
    opening = resolve_intake(work.reference, body, work.caller.unit_id, at)
    _require_counter(work, opening.receiving_unit)
    data = decide(None, replace(act, at=at, inputs=opening.inputs), opening.law)
    entry = _entry(1, act, at, opening.receiving_unit, data, flags, words)
    state = apply(None, entry)
    others = await _others(work, body)
    agency = work.reference.units[opening.receiving_unit].agency_identifier
    issued = await recording.issue_code(work.connection, agency, local_date(at))
    if issued.revision != work.reference.revision:
        raise ReferenceAged
    about = particulars(work.reference, body, at)
    late = changes_from(at, work.now, flags)
    one = EntryRecord(entry, work.caller.client, body.officer, words, changes_from=late, notify=work.notify)
    dossier = await recording.record_new(
        work.connection, issued.dossier_id, issued.code, opening.procedure.id, about, one, state, others
    )
    return await follow_succession(work.connection, work.reference, dossier, work.caller.client, work.now)


def _require_counter(work: UnitOfWork, unit: int) -> None:
    if work.caller.role not in (Role.CLERK, Role.SUPERVISOR):
        raise Forbidden("role_may_not", f"A {work.caller.role} receives no dossiers.")
    scope = work.scope
    if scope is not None and unit not in scope:
        raise Forbidden("unit_of_others", "The receiving unit is not in your token's subtree.")


async def _others(work: UnitOfWork, body: DossierIn) -> list[tuple[str, str]]:
    pairs = [(one.system, one.code) for one in body.external]
    if len(set(pairs)) < len(pairs):
        raise Invalid("external_twice", "The same external code is given twice.", pointer="/external")
    for (system, code), (dossier_id, dossier) in (await known_externals(work.connection, pairs)).items():
        # Other systems' codes can be guessed: which dossier it is, only who may read that is told.
        if not may_read(work.scope, await units_ever(work.connection, dossier_id)):
            raise Conflict("external_known", f"{system} {code} is another dossier already.", pointer="/external")
        raise Conflict(
            "external_known", f"{system} {code} is the dossier {dossier} already.", pointer="/external", dossier=dossier
        )
    return pairs


# --- Acting -----------------------------------------------------------------------------------------------------------


async def act_on(work: UnitOfWork, dossier: Dossier, action: Action, body: ActIn) -> Dossier:
    """Records an action on a dossier whose row is locked, and answers with what it is now (rules §8).

    Raises NotAllowed with the `allowed_actions` of this caller, Forbidden for what is not the caller's to do.
    """
    permissions = permissions_for(dossier.state, work.caller, work.scope)
    allowed = allowed_now(work, dossier, permissions)
    _require_right(dossier.state, action, permissions, allowed)
    inputs, words = split(body)
    act = _act(work, action, body, inputs, words)
    try:
        at, flags = event_time(act, dossier.state.last_occurred_at, work.window)
        act = replace(act, at=at, inputs=resolve_inputs(work.reference, dossier, action, inputs, at))
        data = decide(dossier.state, act, law_of(work.reference, dossier, action, at))
    except (NotAllowed, Conflict) as refusal:
        refusal.extra.setdefault("allowed_actions", allowed)
        raise
    entry = _entry(dossier.state.version + 1, act, at, acting_unit(dossier.state, work.caller.role), data, flags, words)
    after = after_entry(dossier, entry, body)
    late = changes_from(at, work.now, flags)
    one = EntryRecord(entry, work.caller.client, body.officer, words, changes_from=late, notify=work.notify)
    after = await recording.record(work.connection, dossier, after, one)
    return await follow_succession(work.connection, work.reference, after, work.caller.client, work.now)


def after_entry(dossier: Dossier, entry: Entry, body: ActIn) -> Dossier:
    """The dossier after the entry: its state, who works on it, and the papers that came in."""
    documents = list(dossier.documents)
    if isinstance(body, ReceiveIn | SupplementIn):
        documents += [one.model_dump() for one in body.documents]
    return replace(
        dossier,
        state=apply(dossier.state, entry),
        officer=body.officer or dossier.officer,
        documents=documents,
    )


def allowed_now(work: UnitOfWork, dossier: Dossier, permissions: Permissions) -> list[str]:
    """The actions that this caller may do now, for refusals to name."""
    version = dossier.state.procedure_version
    terms = work.reference.version(version).terms if version is not None else None
    return [one.value for one in allowed_actions(dossier.state, permissions, terms, local_date(work.now))]


def _require_right(state: DossierState, action: Action, permissions: Permissions, allowed: list[str]) -> None:
    if not may(state, action, permissions):
        raise Forbidden("action_not_yours", f"You may not {action} this dossier.", allowed_actions=allowed)


def resolve_inputs(
    reference: Reference, dossier: Dossier, action: Action, inputs: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """The action's inputs with units as ids, and what the dossier itself adds to them."""
    if "to_unit" in inputs:
        return {**inputs, "to_unit": reference.unit(inputs["to_unit"], local_date(at), pointer="/to_unit").id}
    if action is Action.RETURN:
        return {"how": dossier.return_method, **inputs}
    return inputs


def law_of(reference: Reference, dossier: Dossier, action: Action, at: datetime) -> Law | None:
    """The law a dossier lives under: of its receipt, or of this receipt where it was only submitted (rules §4)."""
    state = dossier.state
    if state.procedure_version is not None and state.received_at is not None:
        return reference.law(state.procedure_version, state.receiving_unit, state.received_at)
    if action is Action.RECEIVE:
        version = reference.version_on(reference.procedures[dossier.procedure_id], local_date(at))
        return reference.law(version.id, state.receiving_unit, at)
    return None


def _act(
    work: UnitOfWork, action: Action, body: ActIn, inputs: Mapping[str, Any], words: Mapping[str, Any]
) -> ActionRequest:
    return ActionRequest(action, body.at or work.now, work.now, inputs, frozenset(words), work.supervisor)


def _entry(
    sequence: int,
    act: ActionRequest,
    at: datetime,
    unit: int,
    data: Mapping[str, Any],
    flags: list[str],
    words: Mapping[str, Any],
) -> Entry:
    full = dict(data)
    all_flags = sorted({*flags, *data.get("flags", ())})
    if all_flags:
        full["flags"] = all_flags
    if words:
        full["texts"] = sorted(words)
    return Entry(sequence, act.action, at, act.recorded_at, unit, full)


async def follow_succession(
    connection: Connection, reference: Reference, dossier: Dossier, client: str, now: datetime
) -> Dossier:
    """Moves a dossier recorded at a unit that was succeeded since, at once (rules §12)."""
    today = local_date(now)
    state = dossier.state
    if state.status in (Status.DECLINED, Status.WITHDRAWN, Status.DISCONTINUED, Status.RETURNED):
        return dossier
    for gone in sorted({state.counter_unit, state.holder_unit, state.responsible_unit}):
        unit = reference.units[gone]
        if unit.successor_id is not None and unit.valid_to is not None and unit.valid_to < today:
            before = dossier
            dossier = succeeded(before, gone, unit.successor_id, now)
            entry = Entry(
                dossier.state.version,
                Action.SUCCEED,
                now,
                now,
                unit.successor_id,
                {"from_unit": gone, "to_unit": unit.successor_id},
            )
            dossier = await recording.record(
                connection, before, dossier, EntryRecord(entry, client, notify=reference.subscribed)
            )
            return await follow_succession(connection, reference, dossier, client, now)
    return dossier


def succeeded(dossier: Dossier, gone: int, successor: int, at: datetime) -> Dossier:
    """The dossier after one unit's place was taken by its successor."""
    data = {"from_unit": gone, "to_unit": successor}
    entry = Entry(dossier.state.version + 1, Action.SUCCEED, at, at, successor, data)
    return replace(dossier, state=apply(dossier.state, entry))
