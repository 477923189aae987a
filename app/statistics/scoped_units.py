"""Units of a staff list: those asked for with their subtrees, within the scope of the token."""

from collections.abc import Iterable
from datetime import date, datetime

from app.access.callers import Caller
from app.catalogue.cache import Reference
from app.dossiers.permissions import scope_of
from app.http.errors import Forbidden


def scoped_units(
    reference: Reference, caller: Caller, codes: Iterable[str], ids: Iterable[int], on: date, now: datetime
) -> frozenset[int] | None:
    """The ids of the units of these codes and ids and of all beneath, in the caller's scope; None for all units.

    `on` is the date on which the codes are read. Raises Forbidden `unit_of_others`, and the refusals of
    `Reference.query_unit`.
    """
    roots = [reference.query_unit(code, None, on) for code in codes]
    roots += [reference.query_unit(None, unit_id, on) for unit_id in ids]
    scope = scope_of(caller, reference, now)
    if not roots:
        return scope
    units = frozenset(below for unit in roots if unit is not None for below in reference.subtree(unit.id))
    if scope is not None:
        if units.isdisjoint(scope):
            raise Forbidden("unit_of_others", "None of the units asked for is in your token's subtree.")
        units &= scope
    return units
