"""Ends a unit, and moves its dossiers to its successor (rules §12)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, or_, update

from app.access.callers import Caller
from app.catalogue.cache import Reference, Unit, load, touch
from app.catalogue.exclusion import exclusive_guard
from app.database import Connection, Prepared
from app.database.tables import dossiers, units
from app.domain.calendar import local_date
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.state import CLOSED
from app.dossiers.queries import dossier_of, dossier_select
from app.dossiers.service import follow_succession

_CHUNK = 500

_OF_UNIT = Prepared(
    dossier_select()
    .where(
        or_(
            dossiers.c.counter_unit_id == bindparam("unit"),
            dossiers.c.holder_unit_id == bindparam("unit"),
            dossiers.c.responsible_unit_id == bindparam("unit"),
        ),
        dossiers.c.status.not_in([status.value for status in CLOSED]),
        dossiers.c.id > bindparam("after"),
    )
    .order_by(dossiers.c.id)
    .limit(_CHUNK)
)
_END = Prepared(
    update(units)
    .where(units.c.id == bindparam("unit"))
    .values(
        valid_to=bindparam("last_day", type_=units.c.valid_to.type),
        successor_id=bindparam("successor"),
        version=units.c.version + 1,
    )
)


@dataclass(frozen=True, slots=True)
class Succession:
    """The result of a succession: both units, the last day, and the number of dossiers that moved."""

    reference: Reference
    unit_id: int
    successor_id: int
    last_day: date
    moved: int


async def succeed(
    connection: Connection,
    caller: Caller,
    unit_id: int,
    into: str | int,
    on: date,
    now: datetime,
    expect: Callable[[int], None],
    *,
    tells_applicants: bool = False,
) -> Succession:
    """Ends a unit on the day before `on` and moves its dossiers to `into`.

    `expect` gets the unit's version, and refuses it if the client expects another. Raises NotFound for an unknown unit,
    Invalid for an impossible date or successor, and Conflict if the unit has ended already.
    """
    await exclusive_guard(connection)
    await touch(connection)
    reference = await load(connection)
    gone = reference.units.get(unit_id)
    if gone is None:
        raise NotFound("unknown_unit", f"There is no unit with the id {unit_id}.")
    expect(gone.version)
    successor = _checked(reference, gone, into, on, local_date(now))
    last_day = on - timedelta(days=1)
    await connection.run(_END, unit=unit_id, last_day=last_day, successor=successor.id)
    reference = await load(connection)
    moved, after = 0, 0
    notify = tells_applicants or reference.subscribed
    while True:
        rows = await connection.all(_OF_UNIT, unit=unit_id, after=after)
        for row in rows:
            dossier = dossier_of(connection.ring, row)
            await follow_succession(connection, reference, dossier, caller.client, now, notify=notify)
        moved += len(rows)
        if len(rows) < _CHUNK:
            return Succession(reference, unit_id, successor.id, last_day, moved)
        after = rows[-1].id


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
