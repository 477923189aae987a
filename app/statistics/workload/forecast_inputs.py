"""What the projection is made of: how much time was left of late, and how much is left of what is open and in time."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from app.catalogue.cache import Reference
from app.database import Connection, Prepared
from app.database.tables import dossiers
from app.statistics.workload.ages import Dates, window
from app.statistics.workload.forecast import Experience, Finished, Projection, left_at_finish, left_before
from app.statistics.workload.parameters import Basis, By
from app.statistics.workload.queries import UNIT_OF

_RESPONSIBLE = dossiers.c.responsible_unit_id.label("comparable_unit_id")
_ENDED = (_RESPONSIBLE, dossiers.c.procedure_id, dossiers.c.due_date, dossiers.c.finished_date, dossiers.c.verdict)
_FINISHED = Prepared(
    select(*_ENDED, func.count().label("dossiers"))
    .where(
        dossiers.c.finished_date.between(
            bindparam("first", type_=dossiers.c.finished_date.type),
            bindparam("last", type_=dossiers.c.finished_date.type),
        )
    )
    .group_by(*_ENDED)
)


def _in_time(by: By, basis: Basis, *, filtered: bool) -> Prepared:
    unit = UNIT_OF[basis]
    own = [unit.label("unit_id"), *([dossiers.c.officer] if by == "officer" else [])]
    keys = [*own, _RESPONSIBLE, dossiers.c.procedure_id, dossiers.c.due_date, dossiers.c.suspended_at]
    statement = select(*keys, func.count().label("dossiers")).where(
        dossiers.c.open,
        or_(
            dossiers.c.overdue_from.is_(None),
            dossiers.c.overdue_from > bindparam("now", type_=dossiers.c.overdue_from.type),
        ),
    )
    if filtered:
        statement = statement.where(unit.in_(bindparam("units", expanding=True)))
    return Prepared(statement.group_by(*keys))


_OPEN = {
    (by, basis, filtered): _in_time(by, basis, filtered=filtered)
    for by in ("unit", "officer")
    for basis in UNIT_OF
    for filtered in (False, True)
}


@dataclass(frozen=True, slots=True)
class Window:
    """The dates [first, last] of the last full working days, and what was learnt of what was finished on them."""

    first: date
    last: date
    experience: Experience


class Experiences:
    """A worker's memory of what was finished: counted once a day, since it tells of the days before today.

    What is corrected or recorded late of those days is seen the next day; new reference data have it counted anew.
    """

    def __init__(self) -> None:
        self._key: tuple[date, int] | None = None
        self._held: Window | None = None
        self._counting = asyncio.Lock()

    async def current(self, connection: Connection, reference: Reference, today: date) -> Window:
        """What the last full working days before today taught; raises CalendarMissing."""
        key = (today, reference.revision)
        async with self._counting:
            if self._held is None or self._key != key:
                self._held, self._key = await _counted(connection, reference, today), key
            return self._held


async def _counted(connection: Connection, reference: Reference, today: date) -> Window:
    first, last = window(reference.calendar, today)
    rows = await connection.all(_FINISHED, first=first, last=last)

    def learnt() -> Experience:
        # What a unit finished before it was succeeded tells of its successor.
        return Experience(
            Finished(
                reference.succeeded(unit, today).id,
                procedure,
                left_at_finish(reference.calendar, due, finished, verdict),
                number,
            )
            for unit, procedure, due, finished, verdict, number in rows
        )

    # Of a large register it takes part of a second: other requests shall not wait for it.
    return Window(first, last, await asyncio.to_thread(learnt))


async def outlook(
    connection: Connection, experience: Experience, reference: Reference, asked: tuple[By, Basis, Any], dates: Dates
) -> dict[tuple[Any, ...], Projection]:
    """The projection of what is open and in time, by unit, or by unit and officer; `asked`: by, basis and units."""
    by, basis, units = asked
    parameters: dict[str, Any] = {"now": dates.now}
    if units is not None:
        parameters["units"] = sorted(units)
    found: dict[tuple[Any, ...], Projection] = defaultdict(Projection)
    for row in await connection.all(_OPEN[by, basis, units is not None], **parameters):
        *key, unit, procedure, due, suspended_at, number = row
        left = left_before(reference.calendar, due, suspended_at, dates.now)
        found[tuple(key)].add(experience.chance(unit, procedure, left), number)
    return found
