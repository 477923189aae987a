"""Permissions of a caller on a dossier: they follow from its role and the subtree of its unit (rules §8)."""

from collections.abc import Iterable
from datetime import datetime

from app.access.callers import Caller
from app.catalogue.cache import Reference
from app.domain.errors import NotAllowed
from app.domain.lifecycle import NO_PERMISSIONS, Permissions, Role
from app.domain.localtime import local_date
from app.domain.state import DossierState
from app.dossiers.queries import Dossier
from app.http.errors import Forbidden


def scope_of(caller: Caller, reference: Reference, now: datetime) -> frozenset[int] | None:
    """The units of a caller's actions; None for all."""
    return reference.scope(caller.unit_id, local_date(now))


def acting_scope(caller: Caller, reference: Reference, now: datetime, dossier: Dossier) -> frozenset[int] | None:
    """The units for which a caller acts on the dossier; None for all (rules §12).

    A token that waits for a successor acts there for the dossiers that its units had.
    """
    scope, today = scope_of(caller, reference, now), local_date(now)
    if scope is None or reference.awaited(caller.unit_id, today) is None:
        return scope
    return scope | {reference.succeeded(unit, today).id for unit in scope.intersection(dossier.units)}


def needs_names(role: Role) -> bool:
    """True for roles that work on dossiers; reporters and administrators need no names."""
    return role in (Role.CLERK, Role.OFFICER, Role.SUPERVISOR)


def permissions_for(state: DossierState, caller: Caller, scope: frozenset[int] | None) -> Permissions:
    """A clerk acts for the counter, an officer for the holder, a supervisor for all three units (rules §8)."""
    role, client = caller.role, caller.client

    def inside(*units: int | None) -> bool:
        return scope is None or any(unit in scope for unit in units if unit is not None)

    pending = state.pending
    gives = pending is not None and inside(pending.from_unit)
    match role:
        case Role.CLERK if inside(state.counter_unit):
            return Permissions(frozenset({role}), gives, client)
        case Role.OFFICER if inside(state.holder_unit):
            return Permissions(frozenset({role}), gives, client)
        case Role.SUPERVISOR if inside(state.counter_unit, state.holder_unit, state.responsible_unit):
            roles = frozenset({Role.CLERK, Role.OFFICER, Role.SUPERVISOR})
            return Permissions(roles, gives, client, approves=caller.strong)
        case Role.OFFICER | Role.SUPERVISOR if gives:
            return Permissions(frozenset(), gives, client)
    return NO_PERMISSIONS


def acting_unit(state: DossierState, role: Role) -> int:
    """The unit for which the caller acts, as the journal records it."""
    return state.counter_unit if role is Role.CLERK else state.holder_unit


def may_read(scope: frozenset[int] | None, units: Iterable[int]) -> bool:
    """True if one of the dossier's units, present or former, is in the scope (rules §8)."""
    return scope is None or not scope.isdisjoint(units)


def require_kept(dossier: Dossier) -> None:
    """Raises NotAllowed `purged` for a dossier without its personal data: it cannot change any more."""
    if dossier.purged:
        detail = "The dossier was closed long ago and its personal data were deleted: it cannot change any more."
        raise NotAllowed("purged", detail, allowed_actions=[])


def require_readable(dossier: Dossier, scope: frozenset[int] | None) -> None:
    """Raises Forbidden `dossier_of_other_units` if no unit of the dossier is in the caller's scope."""
    if not may_read(scope, dossier.units):
        raise Forbidden("dossier_of_other_units", "Your units have nothing to do with this dossier.")
