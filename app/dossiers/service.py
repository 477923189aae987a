"""Changes dossiers: receives them, records actions, and passes them to a unit's successor (rules §4, §8, §12)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from app.catalogue.cache import Reference, ReferenceAged, Unit
from app.database import Connection
from app.domain.actions import ActionRequest
from app.domain.calendar import local_date
from app.domain.codes import unit_in_front
from app.domain.decisions import decide, event_time, require_promise_ahead
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.lifecycle import Action, Entry, Permissions, Role, allowed_actions, apply, may
from app.domain.state import DossierState
from app.domain.terms import Law
from app.dossiers import recording
from app.dossiers.action_schemas import ReceiveIn, SupplementIn
from app.dossiers.external_claims import claim, pairs_of
from app.dossiers.intake import particulars, resolve_intake
from app.dossiers.permissions import acting_unit, permissions_for
from app.dossiers.queries import Dossier
from app.dossiers.receipt_rules import receipt_rules
from app.dossiers.rows import EntryRecord, changes_from
from app.dossiers.schemas import ActIn, DossierIn, split
from app.dossiers.similar import Application, SimilarDossier
from app.dossiers.unit_of_work import UnitOfWork
from app.http.errors import Forbidden

# --- Receiving --------------------------------------------------------------------------------------------------------


async def receive(work: UnitOfWork, body: DossierIn) -> tuple[Dossier, Sequence[SimilarDossier]]:
    """Records a new dossier, received or only submitted, and returns it with the similar ones (rules §4, §8, §10).

    Raises Invalid if the body does not fit the reference data on the event's date. Raises Forbidden for the counter of
    another unit, and ReferenceAged if the reference data of `work` are not the present ones.
    """
    action = Action.SUBMIT if body.submit else Action.RECEIVE
    body = work.signed(body)
    _inputs, words = split(body)
    request = _request(work, action, body, {}, words)
    at, flags = event_time(request, None)
    intake = resolve_intake(work.reference, body, work.caller.unit_id, at)
    _require_counter(work, intake.receiving_unit)
    request = replace(request, at=at, inputs={**intake.inputs, **work.officer_inputs(body.officer)})
    work.window(intake.receiving_unit, at).require(request)
    entry = _entry(1, request, intake.receiving_unit, decide(None, request, intake.law), flags)
    state = apply(None, entry)
    externals = pairs_of(body.external)
    await claim(work, externals)
    front = unit_in_front(state.receiving_unit, state.responsible_unit, local_date(at), work.responsible_codes_from)
    agency = work.reference.units[front].agency_identifier
    about = particulars(work.reference, body, at)
    application = Application(intake.procedure.id, about.applicant, at)
    issued = await recording.issue_code(work.connection, agency, local_date(at), application)
    if issued.revision != work.reference.revision:
        raise ReferenceAged
    new = recording.NewDossier(
        issued.dossier_id,
        issued.code,
        intake.procedure.id,
        about,
        _record(work, entry, body, words, flags),
        state,
        issued.newest_seal,
        externals,
    )
    dossier = await recording.record_new(work.connection, new)
    dossier = await follow_succession(
        work.connection, work.reference, dossier, work.caller.client, work.now, notify=work.notify
    )
    return dossier, issued.similar


def _require_counter(work: UnitOfWork, unit: int) -> None:
    if work.caller.role not in (Role.CLERK, Role.SUPERVISOR):
        raise Forbidden("role_may_not", f"A {work.caller.role} receives no dossiers.")
    scope = work.scope
    if scope is not None and unit not in scope:
        awaited = work.reference.awaited(work.caller.unit_id, local_date(work.now))
        if awaited is not None and unit in work.reference.widened_scope(awaited.id, local_date(work.now)):
            detail = f"An administrator of {awaited.described} has to confirm your token after the succession. Until "
            raise Forbidden("token_not_confirmed", f"{detail}then it acts for the dossiers of its own unit.")
        raise Forbidden("unit_of_others", "The receiving unit is not in your token's subtree.")


# --- Acting -----------------------------------------------------------------------------------------------------------


class Act(NamedTuple):
    """An action to record: its entry, the dossier after it, and the record of the entry."""

    entry: Entry
    after: Dossier
    record: EntryRecord


def decide_act(work: UnitOfWork, dossier: Dossier, action: Action, body: ActIn) -> Act:
    """Decides an action on a dossier (rules §8).

    Raises NotAllowed with the `allowed_actions` of this caller, and Forbidden if the caller may never do the action.
    """
    permissions = permissions_for(dossier.state, work.caller, work.scope_for(dossier))
    allowed = allowed_now(work, dossier, permissions)
    if not may(dossier.state, action, permissions):
        raise Forbidden("action_not_yours", f"You may not {action} this dossier.", allowed_actions=allowed)
    body = work.signed(body)
    inputs, words = split(body)
    inputs |= work.officer_inputs(body.officer)
    request = _request(work, action, body, inputs, words)
    try:
        at, flags = event_time(request, dossier.state.last_occurred_at)
        unit = acting_unit(dossier.state, work.caller.role)
        work.window(unit, at).require(request)
        request = replace(request, at=at, inputs=resolve_inputs(work.reference, dossier, action, inputs, at))
        require_promise_ahead(request)
        data = decide(dossier.state, request, law_of(work.reference, dossier, action, at))
    except (NotAllowed, Conflict) as refusal:
        refusal.extra.setdefault("allowed_actions", allowed)
        raise
    entry = _entry(dossier.state.version + 1, request, unit, data, flags)
    after = after_entry(dossier, entry, body)
    require_late(after.state, inputs, "")
    return Act(entry, after, _record(work, entry, body, words, flags))


async def record_act(work: UnitOfWork, dossier: Dossier, act: Act) -> Dossier:
    """Records a decided action, and returns the dossier after it."""
    after = await recording.record(work.connection, dossier, act.after, act.record)
    return await follow_succession(
        work.connection, work.reference, after, work.caller.client, work.now, notify=work.notify
    )


def require_late(after: DossierState, inputs: Mapping[str, Any], pointer: str) -> None:
    """Raises Invalid `not_late` for the cause of a lateness that is none after the entry (rules §7)."""
    if inputs.get("late_cause") and after.late_cause is None:
        detail = "The result is not late, so it has no cause of lateness."
        raise Invalid("not_late", detail, pointer=f"{pointer}/late_cause")


def after_entry(dossier: Dossier, entry: Entry, body: ActIn) -> Dossier:
    """The dossier after the entry: its state, its officer, and the papers that came in."""
    documents = list(dossier.documents)
    if isinstance(body, ReceiveIn | SupplementIn):
        documents += [paper.model_dump() for paper in body.documents]
    return replace(
        dossier,
        state=apply(dossier.state, entry),
        officer=body.officer or dossier.officer,
        documents=documents,
    )


def allowed_now(work: UnitOfWork, dossier: Dossier, permissions: Permissions) -> list[str]:
    """The actions that this caller may do now, as refusals name them."""
    version = dossier.state.procedure_version
    terms = work.reference.version(version).terms if version is not None else None
    actions = allowed_actions(dossier.state, permissions, terms, local_date(work.now))
    return [action.value for action in actions]


def resolve_inputs(
    reference: Reference, dossier: Dossier, action: Action, inputs: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """The inputs with units as ids, and with facts that only the row of the dossier has."""
    if "to_unit" in inputs:
        return {**inputs, "to_unit": reference.unit(inputs["to_unit"], local_date(at), pointer="/to_unit").id}
    if action is Action.REFUND and (unrecorded := dossier.state.money.unrecorded):
        return {**inputs, "unrecorded": unrecorded}
    if action is Action.RETURN:
        return {"how": dossier.return_method, **inputs}
    if action is Action.RECEIVE:
        state, stated = dossier.state, inputs.pop("another_area", None)
        version = reference.version_on(reference.procedures[dossier.procedure_id], local_date(at))
        # The counter unit receives: after a succession that is the successor of the receiving unit.
        receiving, responsible = reference.units[state.counter_unit], reference.units[state.responsible_unit]
        return {**inputs, **receipt_rules(reference, version, receiving, responsible, at, stated)}
    return inputs


def law_of(reference: Reference, dossier: Dossier, action: Action, at: datetime) -> Law | None:
    """The law of the dossier's receipt, or of this receipt if it was only submitted (rules §4)."""
    state = dossier.state
    if state.procedure_version is not None and state.received_at is not None:
        return reference.law(state.procedure_version, state.receiving_unit, state.received_at)
    if action is Action.RECEIVE:
        version = reference.version_on(reference.procedures[dossier.procedure_id], local_date(at))
        return reference.law(version.id, state.receiving_unit, at)
    in_force = reference.in_force(reference.procedures[dossier.procedure_id], local_date(at))
    return reference.law(in_force.id, state.receiving_unit, at) if in_force else None


# --- Entries ----------------------------------------------------------------------------------------------------------


def _request(
    work: UnitOfWork, action: Action, body: ActIn, inputs: Mapping[str, Any], words: Mapping[str, Any]
) -> ActionRequest:
    return ActionRequest(action, body.at or work.now, work.now, inputs, frozenset(words), work.supervisor)


def _entry(sequence: int, request: ActionRequest, unit: int, data: Mapping[str, Any], flags: list[str]) -> Entry:
    """The entry of a decided request: `data` of the decision, with all flags and the names of its texts."""
    entry_data = dict(data)
    if all_flags := sorted({*flags, *data.get("flags", ())}):
        entry_data["flags"] = all_flags
    if request.texts:
        entry_data["texts"] = sorted(request.texts)
    return Entry(sequence, request.action, request.at, request.recorded_at, unit, entry_data)


def _record(work: UnitOfWork, entry: Entry, body: ActIn, words: Mapping[str, Any], flags: list[str]) -> EntryRecord:
    late = changes_from(entry.occurred_at, work.now, flags)
    return EntryRecord(entry, work.caller.client, body.officer, words, changes_from=late, notify=work.notify)


# --- Succession -------------------------------------------------------------------------------------------------------


async def follow_succession(
    connection: Connection,
    reference: Reference,
    dossier: Dossier,
    client: str,
    now: datetime,
    *,
    notify: bool,
    by_hand: Mapping[int, int] | None = None,
) -> Dossier:
    """Moves a dossier at once if one of its units has a successor by now (rules §12).

    `by_hand`: the successors of units that were chosen for this dossier alone.
    """
    state, today = dossier.state, local_date(now)
    if state.closed:
        return dossier
    for gone in sorted({state.counter_unit, state.holder_unit, state.responsible_unit}):
        successor = successor_of(reference, reference.units[gone], dossier, today)
        if successor is not None:
            entry = _succession(reference, dossier, gone, (by_hand or {}).get(gone, successor), now)
            moved = replace(dossier, state=apply(state, entry))
            moved = await recording.record(connection, dossier, moved, EntryRecord(entry, client, notify=notify))
            return await follow_succession(connection, reference, moved, client, now, notify=notify, by_hand=by_hand)
    return dossier


def successor_of(reference: Reference, unit: Unit, dossier: Dossier, on: date) -> int | None:
    """The successor of the unit by the date that takes over this dossier, None without one (rules §12)."""
    return reference.successor(unit, on, dossier.procedure_id, dossier.applicant.get("commune_unit_id"))


def _succession(reference: Reference, dossier: Dossier, gone: int, successor: int, now: datetime) -> Entry:
    """The entry of a succession; it may start the clock of a dossier for another area (rules §15)."""
    inputs = {"from_unit": gone, "to_unit": successor}
    request = ActionRequest(Action.SUCCEED, now, now, inputs)
    data = decide(dossier.state, request, law_of(reference, dossier, Action.SUCCEED, now))
    return Entry(dossier.state.version + 1, Action.SUCCEED, now, now, successor, data)
