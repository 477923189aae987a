"""Wire shapes of trend and lead time."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Moment
from app.statistics.on_time.parameters import Basis
from app.statistics.on_time.schemas import OnTimeEndedOut, OnTimeFinishedOut, OnTimeOpenOut, OnTimeReceivedOut, RateOut
from app.statistics.trends.parameters import LeadTimeBasis, LeadTimeBy, TrendBy

Hint = Literal["generous", "fitting", "tight", "impossible"]


class TrendLabelOut(BaseModel):
    """The unit, field, procedure or channel of a row."""

    key: str = Field(
        description="code of the unit, procedure or channel, name of the field or level; or `total`",
        examples=["515.03"],
    )
    id: int | None = Field(description="the unit's id if rows are units; null for other rows", examples=[7])
    name: str = Field(description="its name", examples=["Phòng Tư pháp"])


class TrendPeriodOut(BaseModel):
    """The period of the figures."""

    model_config = ConfigDict(populate_by_name=True)

    first: date = Field(alias="from", description="first date of the period", examples=["2021-01-01"])
    last: date = Field(alias="to", description="last date of the period", examples=["2021-08-16"])
    as_of: Moment = Field(description="what happened before is counted: the period's end, or now if that is earlier")
    changed_since: Moment | None = Field(
        description="last change of this period by a correction, a backdated entry or an import; null without one",
        examples=[None],
    )


# --- Trend ------------------------------------------------------------------------------------------------------------


class TrendMonthOut(BaseModel):
    """The figures of one row in one month, which is a period of its own.

    received + carried_over + moved_in = finished + withdrawn + discontinued + moved_out + open, each by its total.
    """

    model_config = ConfigDict(populate_by_name=True)

    month: str = Field(description="the month as YYYY-MM", examples=["2021-08"])
    first: date = Field(alias="from", description="its first date that lies in the period", examples=["2021-08-01"])
    last: date = Field(
        alias="to", description="its last date that lies in the period, today at the latest", examples=["2021-08-16"]
    )
    received: OnTimeReceivedOut = Field(description="received in the month, by channel")
    carried_over: int = Field(description="received before `from` and open when it began", examples=[9])
    moved_in: int = Field(description="open dossiers that others ceded in the month", examples=[0])
    finished: OnTimeFinishedOut = Field(description="finished in the month, by verdict")
    withdrawn: OnTimeEndedOut = Field(description="withdrawn by the applicant in the month")
    discontinued: OnTimeEndedOut = Field(
        description="ended by the office in the month", examples=[{"total": 0, "overdue": 0}]
    )
    moved_out: int = Field(description="open dossiers ceded to others in the month", examples=[0])
    open: OnTimeOpenOut = Field(description="open at the end of `to`, or now if that is earlier")
    rate_of_finished: RateOut = Field(description="(early + on time) / finished")
    rate_of_due: RateOut = Field(
        description="1 − (late + overdue ones open, withdrawn or discontinued) / (received + carried over + net moves)",
        examples=[{"value": 0.9457, "numerator": 122, "denominator": 129}],
    )


class TrendRowOut(TrendLabelOut):
    """The months of one row, in order."""

    months: list[TrendMonthOut] = Field(description="one for each month of the period up to today, in order")


class TrendOut(TrendPeriodOut):
    """Rates and volumes month by month."""

    by: TrendBy = Field(description="the kind of rows")
    basis: Basis = Field(description="the unit that a dossier counts for")
    rows: list[TrendRowOut] = Field(description="ordered by key; channels in their own order")
    total: TrendRowOut = Field(description="the dossiers of all rows in each month; moves between rows on both sides")


# --- Lead time --------------------------------------------------------------------------------------------------------


class LeadTimeDaysOut(BaseModel):
    """Distribution of the time taken, in working days."""

    median: int | None = Field(
        description="at least half took this number of days or fewer (nearest rank); null without dossiers",
        examples=[4],
    )
    percentile_90: int | None = Field(
        description="at least nine in ten took this number of days or fewer (nearest rank); null without dossiers",
        examples=[9],
    )
    mean: float | None = Field(description="rounded to two decimals; null without dossiers", examples=[4.52])
    histogram: list[int] = Field(
        description="numbers by working days: 0, 1, 2, …; the last class has `longest` days and more",
        examples=[[2, 5, 9, 14, 31, 20, 18, 11, 4, 2, 2]],
    )


class LeadTimeClassesOut(BaseModel):
    """Dossiers by the part of their limit that they used; a share on a bound belongs to the class below it."""

    up_to_25: int = Field(description="at most 25 % of it", examples=[11])
    up_to_50: int = Field(description="more, and at most 50 %", examples=[24])
    up_to_75: int = Field(description="more, and at most 75 %", examples=[40])
    up_to_100: int = Field(description="more, and at most the whole limit", examples=[37])
    over_100: int = Field(description="more than the limit", examples=[6])


class LeadTimeUnmeasuredOut(BaseModel):
    """Dossiers with a limit that is not a number of whole working days."""

    same_day: int = Field(description="to be done on the day itself", examples=[0])
    working_hour: int = Field(description="limits in hours, which days cannot measure", examples=[0])


class LeadTimeShareOut(BaseModel):
    """The net time divided by the length of the limit; it shows limits that are generous or impossible.

    A limit in working days has the length of its amount with extensions. A limit in calendar days or months has the
    working days between the receipt and its due date without suspensions.
    """

    number: int = Field(description="dossiers with a share", examples=[118])
    median: float | None = Field(
        description="at least half used at most this share (nearest rank), to four decimals; null without dossiers",
        examples=[0.6666],
    )
    percentile_90: float | None = Field(
        description="at least nine in ten used at most this share (nearest rank), to four decimals; null without any",
        examples=[0.95],
    )
    classes: LeadTimeClassesOut = Field(description="numbers by the part of the limit that was used")
    unmeasured: LeadTimeUnmeasuredOut = Field(description="dossiers without a share, by the unit of their limit")
    hint: Hint | None = Field(
        description=(
            "`impossible`: the median is over 100 %; else `tight`: the 90th percentile is over 100 %; `generous`: the "
            "90th percentile is at most 50 %; else `fitting`. Null where fewer than `min_volume` are measured"
        ),
        examples=["fitting"],
    )


class LeadTimeRowOut(TrendLabelOut):
    """The time that the dossiers of one row took."""

    number: int = Field(description="dossiers finished in the period", examples=[118])
    suspended: int = Field(description="of them, those that waited at some time", examples=[21])
    gross: LeadTimeDaysOut = Field(description="all working days after the receipt, up to the date of the finish")
    net: LeadTimeDaysOut = Field(
        description="without the working days after a suspension began, up to the date on which it ended",
        examples=[
            {
                "median": 4,
                "percentile_90": 7,
                "mean": 3.96,
                "histogram": [2, 6, 12, 19, 34, 22, 13, 7, 2, 1, 0],
            }
        ],
    )
    share_of_limit: LeadTimeShareOut = Field(description="the share of the limit that was used, without suspended time")


class LeadTimeOut(TrendPeriodOut):
    """The time that the dossiers finished in a period took, in working days."""

    by: LeadTimeBy = Field(description="the kind of rows")
    basis: LeadTimeBasis = Field(description="the unit that a dossier counts for")
    longest: int = Field(description="working days from which on histograms count together", examples=[10])
    min_volume: int = Field(description="with fewer measured dossiers than this a row has no `hint`", examples=[30])
    rows: list[LeadTimeRowOut] = Field(description="ordered by key; channels in their own order")
    total: LeadTimeRowOut = Field(description="the dossiers of all rows")
