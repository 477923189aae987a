"""Ends a unit, and moves its dossiers to its successor (rules §12)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, update

from app.catalogue.cache import Reference, Unit
from app.database import Connection, Prepared
from app.database.tables import units
from app.domain.calendar import local_date
from app.domain.errors import Conflict, Invalid, NotFound
from app.dossiers.reforms.worker import Plan

_END = Prepared(
    update(units)
    .where(units.c.id == bindparam("unit"))
    .values(
        valid_to=bindparam("last_day", type_=units.c.valid_to.type),
        successor_id=bindparam("successor"),
        version=units.c.version + 1,
    )
)


def succession(
    client: str,
    unit_id: int,
    into: str | int,
    on: date,
    expect: Callable[[int], None],
    *,
    tells_applicants: bool = False,
) -> Plan:
    """The reform that ends a unit on the day before `on` and moves its dossiers to `into`.

    `expect` gets the unit's version, and refuses it if the client expects another. To begin it raises NotFound for an
    unknown unit, Invalid for an impossible date or successor, and Conflict if the unit has ended already.
    """

    async def begin(connection: Connection, reference: Reference, now: datetime) -> Mapping[str, Any]:
        gone = reference.units.get(unit_id)
        if gone is None:
            raise NotFound("unknown_unit", f"There is no unit with the id {unit_id}.")
        expect(gone.version)
        successor = _checked(reference, gone, into, on, local_date(now))
        await connection.run(_END, unit=unit_id, last_day=on - timedelta(days=1), successor=successor.id)
        return parameters(reference)

    def parameters(reference: Reference) -> Mapping[str, Any]:
        successor = reference.unit(into, on, pointer="/into")
        return {"unit": unit_id, "successor": successor.id, "last_day": (on - timedelta(days=1)).isoformat()}

    return Plan("succession", client, begin, parameters, tells_applicants)


def _checked(reference: Reference, gone: Unit, into: str | int, on: date, today: date) -> Unit:
    if on > today:
        raise Invalid("succession_in_future", "A succession is recorded on its day or later.", pointer="/on")
    if gone.successor_id is not None or (gone.valid_to is not None and gone.valid_to != on - timedelta(days=1)):
        raise Conflict("unit_has_ended", f"The unit has ended already, on {gone.valid_to}.")
    if on <= gone.valid_from:
        raise Invalid("succession_too_early", f"The unit exists only since {gone.valid_from}.", pointer="/on")
    predecessors = [reference.units[predecessor].valid_to for predecessor in reference.predecessors(gone.id)]
    if any(last_day is not None and last_day >= on - timedelta(days=1) for last_day in predecessors):
        raise Invalid("succession_too_early", "The unit took over from another on that day or later.", pointer="/on")
    successor = reference.unit(into, on, pointer="/into")
    if successor.id == gone.id or successor.id in reference.predecessors(gone.id):
        raise Invalid("succession_of_itself", "A unit cannot succeed itself, nor its successor.", pointer="/into")
    return successor
