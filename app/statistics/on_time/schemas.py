"""Wire shapes of the on-time figures and of the lists behind them (contract, Statistics)."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Day, Moment, UnitOut
from app.statistics.on_time.parameters import Basis, By, Channel


class OnTimeReceivedOut(BaseModel):
    """Dossiers accepted with the receipt date in the period, by channel."""

    total: int = Field(description="by any channel", examples=[120])
    counter: int = Field(description="handed in at the counter", examples=[90])
    online: int = Field(description="sent in online", examples=[25])
    postal: int = Field(description="sent in by post", examples=[5])


class OnTimeFinishedOut(BaseModel):
    """Dossiers with a result in the period, by verdict."""

    total: int = Field(description="with any verdict, and steps without one", examples=[118])
    early: int = Field(description="before the due date", examples=[70])
    on_time: int = Field(description="on the due date", examples=[43])
    late: int = Field(description="after the due date", examples=[5])


class OnTimeEndedOut(BaseModel):
    """Dossiers that ended without a result in the period."""

    total: int = Field(description="all of them", examples=[1])
    overdue: int = Field(description="of them those that were overdue then", examples=[0])


class OnTimeOpenOut(BaseModel):
    """Dossiers open at the instant `as_of`."""

    total: int = Field(description="all of them", examples=[10])
    in_time: int = Field(description="not overdue", examples=[8])
    overdue: int = Field(description="overdue", examples=[2])
    suspended: int = Field(description="of all, those with a suspended clock", examples=[3])


class RateOut(BaseModel):
    """A share with its numerator and denominator."""

    value: float | None = Field(
        description="cut after the fourth decimal; null over a denominator of 0", examples=[0.9576]
    )
    numerator: int = Field(description="numerator", examples=[113])
    denominator: int = Field(description="denominator", examples=[118])


class OnTimeSubmittedOut(BaseModel):
    """Dossiers before their receipt; they are outside the identity of the other figures."""

    new: int = Field(description="submitted in the period", examples=[25])
    declined: int = Field(description="declined in the period", examples=[2])
    withdrawn: int = Field(description="withdrawn in the period while only submitted", examples=[1])
    waiting: int = Field(description="waiting at `as_of`", examples=[3])
    waiting_over_one_working_day: int = Field(
        description="of those waiting, submitted before the last full working day", examples=[0]
    )


class OnTimeRowOut(BaseModel):
    """The figures of one row.

    received + carried_over + moved_in = finished + withdrawn + discontinued + moved_out + open, each by its total.
    """

    key: str = Field(
        description="code of the unit, procedure or channel, name of the field or level, month as YYYY-MM; or `total`",
        examples=["515.03"],
    )
    id: int | None = Field(description="the unit's id if rows are units; null for other rows", examples=[7])
    name: str = Field(description="its name", examples=["Phòng Tư pháp"])
    received: OnTimeReceivedOut = Field(description="received in the period, by channel")
    carried_over: int = Field(description="received before the period and open when it began", examples=[9])
    finished: OnTimeFinishedOut = Field(description="finished in the period, by verdict")
    moved_in: int = Field(description="open dossiers that others ceded in the period", examples=[0])
    moved_out: int = Field(description="open dossiers ceded to others in the period", examples=[0])
    withdrawn: OnTimeEndedOut = Field(description="withdrawn by the applicant in the period")
    discontinued: OnTimeEndedOut = Field(
        description="ended by the office in the period", examples=[{"total": 0, "overdue": 0}]
    )
    open: OnTimeOpenOut = Field(description="open at `as_of`")
    rate_of_finished: RateOut = Field(description="(early + on time) / finished with a verdict")
    rate_of_due: RateOut = Field(
        description="1 − (late + overdue ones open, withdrawn or discontinued) / (received + carried over + net moves)",
        examples=[{"value": 0.9457, "numerator": 122, "denominator": 129}],
    )
    late_without_apology: int = Field(
        description="finished late, or open and overdue, without any apology; steps: without one of their own",
        examples=[1],
    )
    submitted: OnTimeSubmittedOut = Field(description="dossiers before their receipt")


class OnTimeOut(BaseModel):
    """On-time figures of a period."""

    model_config = ConfigDict(populate_by_name=True)

    by: By = Field(description="the kind of rows")
    basis: Basis = Field(description="the unit that a dossier counts for")
    first: date = Field(alias="from", description="first date of the period", examples=["2021-01-01"])
    last: date = Field(alias="to", description="last date of the period", examples=["2021-08-16"])
    as_of: Moment = Field(description="when the open dossiers are counted: the period's end, or now if earlier")
    rows: list[OnTimeRowOut] = Field(description="ordered by key; months and channels in their own order")
    changed_since: Moment | None = Field(
        description="last change of this period by a correction, a backdated entry or an import; null without one",
        examples=[None],
    )
    total: OnTimeRowOut = Field(
        description="the dossiers of all rows, over the whole period; moves between rows stand on both sides"
    )


class FigureDossierOut(BaseModel):
    """A dossier behind a figure; nothing personal."""

    code: str = Field(description="the dossier's code", examples=["000.31.15.H47-210816-0001"])
    procedure: str = Field(description="code of its procedure", examples=["1.004837"])
    field: str = Field(description="field of the procedure", examples=["Hộ tịch"])
    channel: Channel = Field(description="channel", examples=["counter"])
    receiving_unit: UnitOut = Field(description="the unit that received it")
    unit: UnitOut = Field(description="the unit that it counts for: responsible then, or doing the step")
    to_unit: UnitOut | None = Field(description="the unit that a move reached; null for other figures", examples=[None])
    at: Moment = Field(description="instant of the event, or the beginning of the state")
    received_at: Moment | None = Field(description="when it was received", examples=["2021-08-16T08:30:00+07:00"])
    due_date: Day | None = Field(description="its due date as it is now", examples=["2021-08-19"])
    finished_at: Moment | None = Field(description="when its result was ready", examples=[None])
    verdict: Literal["early", "on_time", "late"] | None = Field(description="its verdict as it is now", examples=[None])
    status: str = Field(description="its status now", examples=["processing"])


class FigureDossiersOut(BaseModel):
    """One page of the dossiers behind a figure."""

    figure: str = Field(description="the figure asked for", examples=["finished.late"])
    row: str | None = Field(description="the row asked for; null for the total", examples=["18"])
    count: int = Field(description="the figure, which is the number of items on all pages", examples=[5])
    items: list[FigureDossierOut] = Field(description="the dossiers")
    next_cursor: str | None = Field(description="`cursor` of the next page, null on the last", examples=[None])
