"""What changes a dossier: receiving it, and acting on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.access.callers import Caller
from app.catalogue.cache import Reference, ReferenceAged
from app.database import Connection
from app.domain.calendar import local_date
from app.domain.decisions import Act, decide, event_time
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.lifecycle import Action, Entry, Role, Standing, allowed_actions, apply, may
from app.domain.state import DossierState, Status
from app.domain.terms import Law
from app.dossiers import recording
from app.dossiers.intake import open_dossier, particulars
from app.dossiers.permissions import acting_unit, may_read, scope_of, standing_before
from app.dossiers.queries import Dossier, known_externals, units_ever
from app.dossiers.rows import Recorded, changes_from
from app.dossiers.schemas import ActIn, DossierIn, ReceiveIn, SupplementIn, split
from app.http.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Desk:
    """Who acts, with what knowledge, at what instant: the same for every call of a request."""

    connection: Connection
    reference: Reference
    caller: Caller
    now: datetime
    window: timedelta
    tells_applicants: bool = False

    @property
    def told(self) -> bool:
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


async def receive(desk: Desk, body: DossierIn) -> Dossier:
    """Records a new dossier, received or only submitted, and answers with it (rules §4, §8, §10).

    Raises Invalid for what does not fit the reference data on the event's date, Forbidden for another's counter, and
    ReferenceAged where the desk's reference data are not those that hold now.
    """
    action = Action.SUBMIT if body.submit else Action.RECEIVE
    _inputs, words = split(body)
    act = _act(desk, action, body, {}, words)
    at, flags = event_time(act, None, desk.window)
    opening = open_dossier(desk.reference, body, desk.caller.unit_id, at)
    _require_counter(desk, opening.receiving_unit)
    data = decide(None, replace(act, at=at, inputs=opening.inputs), opening.law)
    entry = _entry(1, act, at, opening.receiving_unit, data, flags, words)
    state = apply(None, entry)
    others = await _others(desk, body)
    agency = desk.reference.units[opening.receiving_unit].agency_identifier
    issued = await recording.issue_code(desk.connection, agency, local_date(at))
    if issued.revision != desk.reference.revision:
        raise ReferenceAged
    about = particulars(desk.reference, body, at)
    late = changes_from(at, desk.now, flags)
    one = Recorded(entry, desk.caller.client, body.officer, words, changes_from=late, told=desk.told)
    dossier = await recording.record_new(
        desk.connection, issued.dossier_id, issued.code, opening.procedure.id, about, one, state, others
    )
    return await follow_succession(desk.connection, desk.reference, dossier, desk.caller.client, desk.now)


def _require_counter(desk: Desk, unit: int) -> None:
    if desk.caller.role not in (Role.CLERK, Role.SUPERVISOR):
        raise Forbidden("role_may_not", f"A {desk.caller.role} receives no dossiers.")
    scope = desk.scope
    if scope is not None and unit not in scope:
        raise Forbidden("unit_of_others", "The receiving unit is not in your token's subtree.")


async def _others(desk: Desk, body: DossierIn) -> list[tuple[str, str]]:
    pairs = [(one.system, one.code) for one in body.external]
    if len(set(pairs)) < len(pairs):
        raise Invalid("external_twice", "The same external code is given twice.", pointer="/external")
    for (system, code), (dossier_id, dossier) in (await known_externals(desk.connection, pairs)).items():
        # Other systems' codes can be guessed: which dossier it is, only who may read that is told.
        if not may_read(desk.scope, await units_ever(desk.connection, dossier_id)):
            raise Conflict("external_known", f"{system} {code} is another dossier already.", pointer="/external")
        raise Conflict(
            "external_known", f"{system} {code} is the dossier {dossier} already.", pointer="/external", dossier=dossier
        )
    return pairs


# --- Acting -----------------------------------------------------------------------------------------------------------


async def act_on(desk: Desk, dossier: Dossier, action: Action, body: ActIn) -> Dossier:
    """Records an action on a dossier whose row is locked, and answers with what it is now (rules §8).

    Raises NotAllowed with the `allowed_actions` of this caller, Forbidden for what is not the caller's to do.
    """
    standing = standing_before(dossier.state, desk.caller, desk.scope)
    allowed = allowed_now(desk, dossier, standing)
    _require_right(dossier.state, action, standing, allowed)
    inputs, words = split(body)
    act = _act(desk, action, body, inputs, words)
    try:
        at, flags = event_time(act, dossier.state.last_occurred_at, desk.window)
        act = replace(act, at=at, inputs=resolve_inputs(desk.reference, dossier, action, inputs, at))
        data = decide(dossier.state, act, law_of(desk.reference, dossier, action, at))
    except (NotAllowed, Conflict) as refusal:
        refusal.extra.setdefault("allowed_actions", allowed)
        raise
    entry = _entry(dossier.state.version + 1, act, at, acting_unit(dossier.state, desk.caller.role), data, flags, words)
    after = after_entry(dossier, entry, body)
    late = changes_from(at, desk.now, flags)
    one = Recorded(entry, desk.caller.client, body.officer, words, changes_from=late, told=desk.told)
    after = await recording.record(desk.connection, dossier, after, one)
    return await follow_succession(desk.connection, desk.reference, after, desk.caller.client, desk.now)


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


def allowed_now(desk: Desk, dossier: Dossier, standing: Standing) -> list[str]:
    """The actions that this caller may do now, for refusals to name."""
    version = dossier.state.procedure_version
    terms = desk.reference.version(version).terms if version is not None else None
    return [one.value for one in allowed_actions(dossier.state, standing, terms, local_date(desk.now))]


def _require_right(state: DossierState, action: Action, standing: Standing, allowed: list[str]) -> None:
    if not may(state, action, standing):
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


def _act(desk: Desk, action: Action, body: ActIn, inputs: Mapping[str, Any], words: Mapping[str, Any]) -> Act:
    return Act(action, body.at or desk.now, desk.now, inputs, frozenset(words), desk.supervisor)


def _entry(
    sequence: int,
    act: Act,
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
                connection, before, dossier, Recorded(entry, client, told=reference.subscribed)
            )
            return await follow_succession(connection, reference, dossier, client, now)
    return dossier


def succeeded(dossier: Dossier, gone: int, successor: int, at: datetime) -> Dossier:
    """The dossier after one unit's place was taken by its successor."""
    data = {"from_unit": gone, "to_unit": successor}
    entry = Entry(dossier.state.version + 1, Action.SUCCEED, at, at, successor, data)
    return replace(dossier, state=apply(dossier.state, entry))
