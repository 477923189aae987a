"""Inputs of the forecast: the time left at recent finishes, and the time left of dossiers open and in time."""

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
from app.statistics.workload.forecast import Experience, FinishGroup, Forecast, left_at_finish, left_before
from app.statistics.workload.parameters import Basis, By, WorkloadQuestion
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
    """The dates [first, last] of the last full working days, with the experience from their finishes."""

    first: date
    last: date
    experience: Experience


class Experiences:
    """Cache of a worker: the experience is counted once a day, because it concerns the days before today.

    A correction of those days shows the next day. New reference data invalidate the cache.
    """

    def __init__(self) -> None:
        self._key: tuple[date, int] | None = None
        self._window: Window | None = None
        self._counting = asyncio.Lock()

    async def current(self, connection: Connection, reference: Reference, today: date) -> Window:
        """The window before today; raises CalendarMissing."""
        key = (today, reference.revision)
        async with self._counting:
            if self._window is None or self._key != key:
                self._window, self._key = await _read(connection, reference, today), key
            return self._window


async def _read(connection: Connection, reference: Reference, today: date) -> Window:
    first, last = window(reference.calendar, today)
    rows = await connection.all(_FINISHED, first=first, last=last)

    def experience() -> Experience:
        # The finishes of a former unit count as experience of its successor.
        return Experience(
            FinishGroup(
                reference.succeeded(unit, today).id,
                procedure,
                left_at_finish(reference.calendar, due, finished, verdict),
                number,
            )
            for unit, procedure, due, finished, verdict, number in rows
        )

    # In a thread: for a large register it takes part of a second, and other requests must not wait.
    return Window(first, last, await asyncio.to_thread(experience))


async def forecasts(
    connection: Connection, experience: Experience, reference: Reference, question: WorkloadQuestion, dates: Dates
) -> dict[tuple[Any, ...], Forecast]:
    """The forecasts for dossiers open and in time, by unit, or by unit and officer."""
    parameters: dict[str, Any] = {"now": dates.now}
    if question.units is not None:
        parameters["units"] = sorted(question.units)
    by_key: dict[tuple[Any, ...], Forecast] = defaultdict(Forecast)
    statement = _OPEN[question.by, question.basis, question.units is not None]
    for row in await connection.all(statement, **parameters):
        *key, unit, procedure, due, suspended_at, number = row
        left = left_before(reference.calendar, due, suspended_at, dates.now)
        by_key[tuple(key)].add(experience.chance(unit, procedure, left), number)
    return by_key
