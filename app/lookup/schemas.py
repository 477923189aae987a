"""Bodies and answers of look-ups and explained deadlines (contract, Citizens and Dossiers)."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from app.catalogue.limit_schemas import LimitIn
from app.catalogue.presenting import SessionOut
from app.domain.limits import LARGEST_AMOUNT, ClockPolicy
from app.domain.state import SuspensionReason
from app.dossiers.answer_schemas import LimitOut, ProcedureOut
from app.dossiers.schemas import Channel
from app.http.wire_types import Moment, Shown, UnitOut, UnitReference, WireIn
from app.text_input import Name

MOST_SUSPENSIONS = 20


# --- Look-ups ---------------------------------------------------------------------------------------------------------


class CollectAtOut(BaseModel):
    """The counter that hands over the result."""

    unit: UnitOut = Field(description="the counter's unit")
    address: str | None = Field(description="address of the counter", examples=["Thôn 1, xã Trà My"])
    phone: str | None = Field(description="the counter's telephone", examples=["02353882123"])
    sessions: list[SessionOut] = Field(description="its present opening hours")


class LookupStepOut(BaseModel):
    """One step of the dossier."""

    at: Shown = Field(description="time of the step", examples=["2021-08-16T08:30:00+07:00"])
    text: str = Field(description="the step, in the language for people", examples=["Đã tiếp nhận hồ sơ tại Xã Trà My"])


class LookupOut(BaseModel):
    """Status and dates of a dossier; with a proof its times and steps too. Never people."""

    code: str = Field(description="the dossier's code", examples=["000.31.15.H47-210816-0001"])
    complete: bool = Field(
        description="false without the key of the slip or last digits: then the fields that need them are null",
        examples=[True],
    )
    procedure: ProcedureOut | None = Field(description="the procedure; null without a proof")
    status: str = Field(description="stable name of the status", examples=["processing"])
    status_text: str = Field(description="the status in the language for people", examples=["Đang xử lý"])
    stage: str = Field(description="receive, process or return", examples=["process"])
    received_at: Shown | None = Field(
        description="when the papers were complete and the time limit began; null without a proof",
        examples=["2021-08-16T08:30:00+07:00"],
    )
    received_date: date | None = Field(description="the date of `received_at`", examples=["2021-08-16"])
    due_date: date | None = Field(description="when the result is due", examples=["2021-08-19"])
    due_date_expected: bool = Field(
        description="received for another area and not yet with the competent agency: no clock runs, and the due date "
        "is as if it were handed on at once",
        examples=[False],
    )
    promised_date: date | None = Field(description="the later date promised with an apology", examples=[None])
    provisional: bool = Field(
        description="the due date depends on a year without an official calendar", examples=[False]
    )
    clock: str = Field(description="not_started, running, suspended or ended", examples=["running"])
    overdue: bool = Field(description="it is open and its due date has passed", examples=[False])
    finished_at: Shown | None = Field(
        description="when the result was ready at the counter; null without a proof", examples=[None]
    )
    finished_date: date | None = Field(description="the date of `finished_at`", examples=[None])
    returned_at: Shown | None = Field(
        description="when the result was handed over; null without a proof", examples=[None]
    )
    returned_date: date | None = Field(description="the date of `returned_at`", examples=[None])
    verdict: str | None = Field(description="early, on_time or late, once finished", examples=[None])
    suspended_since: Shown | None = Field(
        description="beginning of the open suspension; null without a proof", examples=[None]
    )
    suspended_date: date | None = Field(description="the date of `suspended_since`", examples=[None])
    suspension_reason: SuspensionReason | None = Field(description="reason of the open suspension", examples=[None])
    projected_due_date: date | None = Field(
        description="while suspended: the due date if the suspension ended now", examples=[None]
    )
    apology: str | None = Field(description="an apology if the due date was not or will not be met", examples=[None])
    fee: int | None = Field(description="money paid and not given back, in đồng; null without a proof", examples=[8000])
    fee_outstanding: int | None = Field(
        description="money due and not paid, in đồng; null without a proof", examples=[0]
    )
    holder_unit: UnitOut | None = Field(description="the unit that has the dossier; null without a proof")
    collect_at: CollectAtOut = Field(description="the counter that hands over the result")
    steps: list[LookupStepOut] | None = Field(description="its steps, oldest first; null without a proof")


# --- Deadlines, explained ---------------------------------------------------------------------------------------------


class DayOut(BaseModel):
    """One calendar day of the count."""

    date: Annotated[date, Field(description="the day", examples=["2021-08-17"])]
    counted: bool = Field(description="true if the limit counts it", examples=[True])
    number: int | None = Field(description="its number among the counted days", examples=[1])
    why: str = Field(description="weekday, and the weekend, holiday, make-up day or suspension", examples=["Thứ Ba"])


class HoursDayOut(DayOut):
    """One calendar day of a limit in hours."""

    minutes: int = Field(description="minutes of the limit on this day", examples=[240])


class SuspensionOut(BaseModel):
    """The effect of one suspension on the due date."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: date | Shown = Field(
        alias="from", description="the day it began; for limits in hours the instant", examples=["2021-08-17"]
    )
    to: date | Shown | None = Field(
        description="the day it ended, likewise; null while it is open", examples=["2021-08-20"]
    )
    reason: SuspensionReason = Field(description="its reason")
    policy: ClockPolicy = Field(description="its effect on the clock")
    days_added: int | None = Field(
        description="days by which the limit moved, in its unit; null for limits in hours", examples=[2]
    )


class HoursSuspensionOut(SuspensionOut):
    """The effect of one suspension on a limit in hours."""

    minutes_added: int = Field(description="session minutes by which the limit moved", examples=[240])


class CalendarDecisionOut(BaseModel):
    """The decision on the calendar of one year."""

    year: int = Field(description="the year", examples=[2021])
    status: str = Field(description="official, or provisional before the decision", examples=["official"])
    decision: str | None = Field(description="its reference", examples=["TB 4875/TB-LĐTBXH"])


class DeadlineOut(BaseModel):
    """A due date with its computation, so that a person can check it."""

    due_date: date = Field(description="when the result is due", examples=["2021-08-19"])
    due_at: Shown = Field(
        description="the end of the last session on that day, or the exact minute for hours",
        examples=["2021-08-19T17:00:00+07:00"],
    )
    original_due_date: date = Field(description="without suspensions and extensions", examples=["2021-08-19"])
    provisional: bool = Field(
        description="a day of the count is in a year without an official calendar", examples=[False]
    )
    limit: LimitOut = Field(description="the time limit")
    received_at: Shown = Field(description="when the limit began", examples=["2021-08-16T08:30:00+07:00"])
    rule: str = Field(
        description="the rule in words, in the language for people",
        examples=["Thời hạn 3 ngày làm việc. Ngày tiếp nhận không tính (khoản 3 Điều 147 Bộ luật Dân sự 2015)."],
    )
    days: list[HoursDayOut | DayOut] = Field(
        description="a line for every calendar day from receipt to due date",
        # The framework takes nulls out of examples: the day of receipt, which has no number, cannot stand here.
        examples=[
            [
                {"date": "2021-08-17", "counted": True, "number": 1, "why": "Thứ Ba: ngày làm việc"},
                {"date": "2021-08-18", "counted": True, "number": 2, "why": "Thứ Tư: ngày làm việc"},
                {
                    "date": "2021-08-19",
                    "counted": True,
                    "number": 3,
                    "why": "Thứ Năm: ngày làm việc; ngày hẹn trả kết quả",
                },
            ]
        ],
    )
    suspensions: list[HoursSuspensionOut | SuspensionOut] = Field(
        description="the effect of each suspension, in order", examples=[[]]
    )
    extension_days: int = Field(description="days of extension, in the unit of the limit", examples=[0])
    calendar_decisions: list[CalendarDecisionOut] = Field(description="the decision on each year of the count")


class LookupDeadlineOut(BaseModel):
    """The due date of a looked-up dossier; its computation only with a proof."""

    complete: bool = Field(
        description="false without the key of the slip or last digits: then the fields that need them are null",
        examples=[True],
    )
    due_date: date = Field(description="when the result is due", examples=["2021-08-19"])
    due_at: Shown | None = Field(
        description="the end of the last session on that day, or the exact minute for hours; null without a proof",
        examples=["2021-08-19T17:00:00+07:00"],
    )
    original_due_date: date = Field(description="without suspensions and extensions", examples=["2021-08-19"])
    provisional: bool = Field(
        description="a day of the count is in a year without an official calendar", examples=[False]
    )
    limit: LimitOut | None = Field(description="the time limit; null without a proof")
    received_at: Shown | None = Field(
        description="when the limit began; null without a proof", examples=["2021-08-16T08:30:00+07:00"]
    )
    rule: str | None = Field(
        description="the rule in words, in the language for people; null without a proof",
        examples=["Thời hạn 3 ngày làm việc. Ngày tiếp nhận không tính (khoản 3 Điều 147 Bộ luật Dân sự 2015)."],
    )
    days: list[HoursDayOut | DayOut] | None = Field(
        description="a line for every calendar day from receipt to due date; null without a proof"
    )
    suspensions: list[HoursSuspensionOut | SuspensionOut] | None = Field(
        description="the effect of each suspension, in order; null without a proof", examples=[[]]
    )
    extension_days: int | None = Field(
        description="days of extension, in the unit of the limit; null without a proof", examples=[0]
    )
    calendar_decisions: list[CalendarDecisionOut] = Field(description="the decision on each year of the count")


class SpanIn(WireIn):
    """A suspension."""

    from_: str = Field(
        alias="from", max_length=40, description="a date; an instant for working_hour", examples=["2021-08-17"]
    )
    to: str | None = Field(None, max_length=40, description="likewise; null while it is open", examples=["2021-08-20"])
    reason: SuspensionReason = Field(SuspensionReason.SUPPLEMENT, description="its reason")


class DeadlineIn(WireIn):
    """A request for a due date: by procedure and channel, or by a limit."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"limit": {"amount": 5, "unit": "working_day"}, "received_at": "2021-08-16T08:30:00+07:00"},
                {
                    "procedure": "1.004837",
                    "channel": "counter",
                    "received_at": "2021-08-16T08:30:00+07:00",
                    "unit": "20899",
                    "suspensions": [{"from": "2021-08-17", "to": "2021-08-20", "reason": "supplement"}],
                },
            ]
        }
    )

    procedure: Name | None = Field(None, description="a procedure's code: the version in force on the day of receipt")
    channel: Channel | None = Field(None, description="with `procedure`: the channel; counter if not given")
    limit: LimitIn | None = Field(None, description="instead of a procedure")
    received_at: Moment = Field(description="when the complete papers were received")
    unit: UnitReference | None = Field(
        None, description="the unit with its working hours; the default hours if not given"
    )
    suspensions: list[SpanIn] = Field(
        default_factory=list, max_length=MOST_SUSPENSIONS, description="in order; 5 years in all at most"
    )
    clock_policy: ClockPolicy | None = Field(None, description="if not given: the policy of the procedure, or exclude")
    extension_days: Annotated[StrictInt, Field(ge=0, le=LARGEST_AMOUNT)] = Field(
        0, description="days of extension, in the unit of the limit"
    )
