"""As whom a caller stands before a dossier: what its role and its unit's subtree let it do and read (rules §8)."""

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
    """The units in which a caller may act; None: in all."""
    return reference.scope(caller.unit_id, local_date(now))


def needs_names(role: Role) -> bool:
    """Who works on dossiers needs the names in them; who counts, and who looks after the service, does not."""
    return role in (Role.CLERK, Role.OFFICER, Role.SUPERVISOR)


def permissions_for(state: DossierState, caller: Caller, scope: frozenset[int] | None) -> Permissions:
    """A clerk acts for the counter, an officer for the holder, a supervisor for either or the responsible unit."""
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
            return Permissions(frozenset({Role.CLERK, Role.OFFICER, Role.SUPERVISOR}), gives, client)
        case Role.OFFICER | Role.SUPERVISOR if gives:
            return Permissions(frozenset(), gives, client)
    return NO_PERMISSIONS


def acting_unit(state: DossierState, role: Role) -> int:
    """The unit for which the caller acts, as the journal keeps it."""
    return state.counter_unit if role is Role.CLERK else state.holder_unit


def may_read(scope: frozenset[int] | None, units: Iterable[int]) -> bool:
    """Reading needs a unit in the subtree that is or was counter, holder or responsible unit."""
    return scope is None or not scope.isdisjoint(units)


def require_kept(dossier: Dossier) -> None:
    """Raises NotAllowed `purged` where nothing is kept any more of whom the dossier is about: it stays as it is."""
    if dossier.purged:
        detail = "It was closed so long ago that what it held of people was taken away: it stays as it is."
        raise NotAllowed("purged", detail, allowed_actions=[])


def require_readable(dossier: Dossier, scope: frozenset[int] | None) -> None:
    """Raises Forbidden `dossier_of_other_units` for a caller whose units never had to do with the dossier."""
    if not may_read(scope, dossier.units):
        raise Forbidden("dossier_of_other_units", "Your units have nothing to do with this dossier.")
