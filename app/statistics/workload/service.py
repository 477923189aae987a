"""Answers the question of the workload: open dossiers, arrivals and departures, and the forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.catalogue.cache import Reference
from app.database import Connection
from app.domain.localtime import at_minute, local, local_date
from app.statistics.on_time.counts import Figures
from app.statistics.on_time.figures import count
from app.statistics.on_time.question import Period, Question
from app.statistics.workload.ages import WINDOW_DAYS, dates_of, window
from app.statistics.workload.forecast import Forecast
from app.statistics.workload.forecast_inputs import Experiences, Window, forecasts
from app.statistics.workload.parameters import WorkloadQuestion
from app.statistics.workload.presenting import Key, Load, rows_of, total_of
from app.statistics.workload.queries import open_now
from app.statistics.workload.schemas import WorkloadOut, WorkloadWindowOut
from app.text_input import same_spelling


@dataclass(frozen=True, slots=True)
class Setting:
    """The circumstances of a question: the reference data, the instant, the days that count as soon, the language."""

    reference: Reference
    now: datetime
    due_soon_days: int
    language: str

    @property
    def today(self) -> date:
        """The local date of now."""
        return local_date(self.now)


async def answer(
    connection: Connection, question: WorkloadQuestion, setting: Setting, experiences: Experiences
) -> WorkloadOut:
    """All rows and their total, from one state of the database; raises CalendarMissing."""
    dates = dates_of(setting.reference.calendar, setting.now, setting.due_soon_days, question.idle_days)
    counts = await open_now(connection, question, dates)
    loads: dict[Key, Load] = {key: Load(row) for key, row in counts.items()}
    past = None
    if question.by == "unit":
        await _add_flows(connection, question, setting, loads)
    if question.with_forecast:
        past = await experiences.current(connection, setting.reference, setting.today)
        by_key = await forecasts(connection, past.experience, setting.reference, question, dates)
        for key, load in loads.items():
            load.forecast = by_key.get(key) or Forecast()
    if question.by == "officer":
        loads = _by_person(loads)
    return WorkloadOut(
        by=question.by,
        basis=question.basis,
        as_of=local(setting.now),
        due_soon_days=setting.due_soon_days,
        idle_days=question.idle_days,
        window=_window_out(setting, past),
        rows=rows_of(loads, setting.reference),
        total=total_of(loads, _empty(question), setting.language),
    )


def _by_person(loads: Mapping[Key, Load]) -> dict[Key, Load]:
    """The rows with all spellings of an officer's name as one, under the spelling of most dossiers (rules §18)."""
    people: dict[Key, Key] = {}
    joined: dict[Key, Load] = {}
    for unit, officer in sorted(loads, key=lambda key: (-loads[key].counts["open"], key[1] or "")):
        key = people.setdefault((unit, officer and same_spelling(officer)), (unit, officer))
        if key == (unit, officer):
            joined[key] = loads[key]
        else:
            joined[key].include(loads[unit, officer])
    return joined


def _empty(question: WorkloadQuestion) -> Load:
    load = Load()
    if question.by == "unit":
        load.flows = Figures()
    if question.with_forecast:
        load.forecast = Forecast()
    return load


def _window_out(setting: Setting, past: Window | None) -> WorkloadWindowOut:
    first, last = window(setting.reference.calendar, setting.today)
    finished = past.experience.total if past else None
    return WorkloadWindowOut(first=first, last=last, working_days=WINDOW_DAYS, finished=finished)


async def _add_flows(
    connection: Connection, question: WorkloadQuestion, setting: Setting, loads: dict[Key, Load]
) -> None:
    """Adds arrivals and departures, with a row for each unit that exists now or had any of them.

    They count for the responsible unit under every basis: the holder of a dossier is not recorded by day.
    """
    first, last = window(setting.reference.calendar, setting.today)
    end = at_minute(setting.today, 0)
    counts = await count(
        connection,
        Question(
            reference=setting.reference,
            by="unit",
            basis="responsible",
            first=first,
            last=last,
            whole=Period(first, last, end, end),
            units=question.units,
        ),
    )
    flows = counts.rows(by_month=False, periods=1)
    for unit in setting.reference.units.values():
        if question.units is not None and unit.id not in question.units:
            continue
        load = loads.get((unit.id,)) or Load()
        load.flows = Figures(flows.get(unit.id))
        if unit.valid_on(setting.today) or not load.empty:
            loads[unit.id,] = load
