"""Answers what is open now: counts, what comes and goes, and the projection, as one state of the database has them."""

from dataclasses import dataclass
from datetime import date, datetime

from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.localtime import at_minute, local, local_date
from app.statistics.on_time.counts import Figures
from app.statistics.on_time.figures import count
from app.statistics.on_time.parameters import Period
from app.statistics.on_time.parameters import Question as Figured
from app.statistics.workload.ages import WINDOW_DAYS, dates_of, window
from app.statistics.workload.forecast import Projection
from app.statistics.workload.forecast_inputs import Experiences, Window, outlook
from app.statistics.workload.parameters import Question
from app.statistics.workload.presenting import Key, Load, rows_of, total_of
from app.statistics.workload.queries import open_now
from app.statistics.workload.schemas import WindowOut, WorkloadOut


@dataclass(frozen=True, slots=True)
class Asking:
    """When the workload is asked for, over which reference data, what soon means and in which language."""

    reference: Reference
    now: datetime
    due_soon_days: int
    language: str

    @property
    def today(self) -> date:
        """The local date of now."""
        return local_date(self.now)


async def answer(connection: Connection, question: Question, asking: Asking, experiences: Experiences) -> WorkloadOut:
    """All rows and their total; raises CalendarMissing where a year that it reaches into is not known."""
    dates = dates_of(asking.reference.calendar, asking.now, asking.due_soon_days, question.idle_days)
    counted = await open_now(connection, question.by, question.basis, question.units, dates)
    loads: dict[Key, Load] = {key: Load(counts) for key, counts in counted.items()}
    learnt = None
    if question.by == "unit":
        await _add_flows(connection, question, asking, loads)
    if question.projection:
        learnt = await experiences.current(connection, asking.reference, asking.today)
        which = (question.by, question.basis, question.units)
        found = await outlook(connection, learnt.experience, asking.reference, which, dates)
        for key, load in loads.items():
            load.projection = found.get(key) or Projection()
    return WorkloadOut(
        by=question.by,
        basis=question.basis,
        as_of=local(asking.now),
        due_soon_days=asking.due_soon_days,
        idle_days=question.idle_days,
        window=_window(asking, learnt),
        rows=rows_of(loads, asking.reference),
        total=total_of(loads, _empty(question), asking.language),
    )


def _empty(question: Question) -> Load:
    load = Load()
    if question.by == "unit":
        load.flows = Figures()
    if question.projection:
        load.projection = Projection()
    return load


def _window(asking: Asking, learnt: Window | None) -> WindowOut:
    first, last = window(asking.reference.calendar, asking.today)
    finished = learnt.experience.total if learnt else None
    return WindowOut(first=first, last=last, working_days=WINDOW_DAYS, finished=finished)


async def _add_flows(connection: Connection, question: Question, asking: Asking, loads: dict[Key, Load]) -> None:
    """What came and went, and with it a row for each unit that exists now or had any of it.

    That is counted for the responsible unit whatever the basis: which unit held a dossier when is not kept by day.
    """
    first, last = window(asking.reference.calendar, asking.today)
    end = at_minute(asking.today, 0)
    whole = Period(first, last, end, end)
    counted = await count(
        connection,
        Figured("unit", "responsible", first, last, whole, question.units, None, None),
        asking.reference,
    )
    flows = counted.rows(by_month=False, periods=1)
    for unit in asking.reference.units.values():
        if question.units is not None and unit.id not in question.units:
            continue
        load = loads.get((unit.id,)) or Load()
        load.flows = Figures(flows.get(unit.id))
        if unit.valid_on(asking.today) or not load.empty:
            loads[unit.id,] = load
