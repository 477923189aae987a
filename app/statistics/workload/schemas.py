"""Wire shapes of the workload."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Moment
from app.statistics.workload.ages import WINDOW_DAYS
from app.statistics.workload.parameters import Basis, By


class WorkloadOverdueOut(BaseModel):
    """Open dossiers that are overdue now, by the working days after their due date."""

    total: int = Field(description="all of them", examples=[7])
    up_to_2: int = Field(description="1 or 2; also limits in hours that ran out today", examples=[3])
    from_3_to_5: int = Field(description="3 to 5", examples=[2])
    from_6_to_10: int = Field(description="6 to 10", examples=[1])
    from_11_to_20: int = Field(description="11 to 20", examples=[0])
    over_20: int = Field(description="more than 20", examples=[1])


class WorkloadSuspendedOut(BaseModel):
    """Open dossiers with a suspended clock, by the working days since the suspension began."""

    total: int = Field(description="all of them", examples=[4])
    up_to_5: int = Field(description="0 to 5", examples=[3])
    from_6_to_10: int = Field(description="6 to 10", examples=[0])
    from_11_to_20: int = Field(description="11 to 20", examples=[1])
    over_20: int = Field(description="more than 20", examples=[0])


class WorkloadArrivalsOut(BaseModel):
    """Dossiers that came to the unit as the responsible one in the window."""

    received: int = Field(description="received", examples=[110])
    moved_in: int = Field(description="open dossiers that others ceded", examples=[1])
    per_working_day: float = Field(description="both, rounded to two decimals", examples=[1.85])


class WorkloadDeparturesOut(BaseModel):
    """Dossiers that left the unit as the responsible one in the window."""

    finished: int = Field(description="finished", examples=[104])
    withdrawn: int = Field(description="withdrawn by the applicant", examples=[2])
    discontinued: int = Field(description="ended by the office", examples=[0])
    moved_out: int = Field(description="open dossiers ceded to others", examples=[0])
    per_working_day: float = Field(description="all four, rounded to two decimals", examples=[1.77])


class WorkloadForecastOut(BaseModel):
    """Forecast of late dossiers among those open and not overdue, if things go on as in the window.

    Each counts with the share that was late of comparable dossiers. These were finished with fewer days left than it
    had when today began.
    """

    in_time: int = Field(description="open and not overdue now, suspended ones among them", examples=[38])
    expected_late: float | None = Field(
        description="expected number of late ones, to one decimal; null if none can be compared", examples=[3.4]
    )
    by_unit_and_procedure: int = Field(
        description="compared with those of the same responsible unit and procedure", examples=[21]
    )
    by_procedure: int = Field(description="compared with those of the procedure at any unit", examples=[12])
    by_unit: int = Field(description="compared with those of the responsible unit, of any procedure", examples=[4])
    by_all: int = Field(description="compared with all that was finished", examples=[1])
    not_compared: int = Field(description="nothing was finished with as few days left: not in the number", examples=[0])


class WorkloadRowOut(BaseModel):
    """The open dossiers of a unit, or of an officer of a unit."""

    key: str = Field(description="the unit's code; or `total`", examples=["20899"])
    id: int | None = Field(description="the unit's id; null for the total", examples=[18])
    name: str = Field(description="the unit's name", examples=["Trà My"])
    officer: str | None = Field(
        description="the officer with the dossiers in hand; null without one, and if rows are units", examples=[None]
    )
    open: int = Field(description="received and not finished, withdrawn or discontinued", examples=[45])
    not_taken: int = Field(description="given to another unit, which has not taken it yet", examples=[2])
    due_today: int = Field(description="the clock runs and the due date is today", examples=[1])
    due_soon: int = Field(
        description="the clock runs and 0 to `due_soon_days` working days are left, as in the work list", examples=[5]
    )
    overdue: WorkloadOverdueOut = Field(description="overdue, by age")
    suspended: WorkloadSuspendedOut = Field(description="suspended, by age; may be overdue too")
    idle: int = Field(
        description="without any event in the last `idle_days` working days, suspended ones left out", examples=[3]
    )
    arriving: WorkloadArrivalsOut | None = Field(description="in the window; null where rows are officers")
    leaving: WorkloadDeparturesOut | None = Field(description="in the window; null where rows are officers")
    projection: WorkloadForecastOut | None = Field(description="with `projection=true`; otherwise null")


class WorkloadWindowOut(BaseModel):
    """The last full working days before today, with the days off between them."""

    model_config = ConfigDict(populate_by_name=True)

    first: date = Field(alias="from", description="first date", examples=["2021-05-24"])
    last: date = Field(alias="to", description="last date: yesterday", examples=["2021-08-15"])
    working_days: int = Field(description="how many working days it has", examples=[WINDOW_DAYS])
    finished: int | None = Field(
        description="with `projection=true`: number of dossiers finished in it; otherwise null",
        examples=[2411],
    )


class WorkloadOut(BaseModel):
    """The open dossiers now."""

    by: By = Field(description="the kind of rows")
    basis: Basis = Field(description="the unit that an open dossier counts for")
    as_of: Moment = Field(description="now")
    due_soon_days: int = Field(description="most working days left of a dossier that is due soon", examples=[1])
    idle_days: int = Field(description="working days without any event after which a dossier is idle", examples=[5])
    window: WorkloadWindowOut = Field(description="the days of arrivals and departures, and of the forecast")
    rows: list[WorkloadRowOut] = Field(
        description="ordered by code and officer; of units those that exist now or have a figure that is not zero"
    )
    total: WorkloadRowOut = Field(description="the sum of the rows; moves between them stand on both sides")
