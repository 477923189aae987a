"""Wire shapes of form II.06a/VPCP/KSTT: its parameters, and its lines with the columns of the form."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.http.query_parameters import parameters_of
from app.http.wire_types import Day, Moment, UnitOut
from app.statistics.on_time.periods import PERIOD_DESCRIPTION, PeriodName
from app.text_input import Name

Rows = Literal["fields", "units"]
Line = Literal["row", "subtotal", "total"]


class FormIn(BaseModel):
    """Parameters of the form: one unit, a period, and the kind of rows."""

    unit: Name | None = Field(
        None, description="code of the unit reporting; its subtree is counted", examples=["20900"]
    )
    unit_id: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None, description="id of the unit reporting, instead of its code"
    )
    on: Day | None = Field(None, description="the date on which `unit` bore its code; by default the period's last")
    rows: Rows = Field("fields", description="the kind of rows: a field of procedures, or a unit, grouped by level")
    period: PeriodName | None = Field(None, description=PERIOD_DESCRIPTION)
    first: Day | None = Field(None, alias="from", description="first date; by default 1 January of the year of `to`")
    last: Day | None = Field(None, alias="to", description="last date; by default today")
    receiver: Name | None = Field(
        None, description="name of the body that receives the report, for its heading", examples=["UBND tỉnh Quảng Nam"]
    )
    successors: bool = Field(False, description="add predecessors' figures to those of their successors")


PARAMETERS = parameters_of(FormIn)


class FormReceivedOut(BaseModel):
    """Columns 3 to 6: dossiers to be dealt with in the period."""

    total: int = Field(description="column 3: 4 + 5 + 6", examples=[129])
    online: int = Field(description="column 4: received in the period online", examples=[25])
    counter_or_postal: int = Field(
        description="column 5: received in the period at the counter or by post", examples=[95]
    )
    carried_over: int = Field(
        description="column 6: open when the period began, or moved in from other units", examples=[9]
    )


class FormResolvedOut(BaseModel):
    """Columns 7 to 10: dossiers with a result in the period."""

    total: int = Field(description="column 7: 8 + 9 + 10", examples=[118])
    early: int = Field(description="column 8: before the due date", examples=[70])
    on_time: int = Field(description="column 9: on the due date", examples=[43])
    late: int = Field(description="column 10: after the due date", examples=[5])


class FormPendingOut(BaseModel):
    """Columns 11 to 13: dossiers being dealt with at `as_of`."""

    total: int = Field(description="column 11: 12 + 13", examples=[10])
    in_time: int = Field(description="column 12: not overdue", examples=[8])
    overdue: int = Field(description="column 13: overdue", examples=[2])


class FormLineOut(BaseModel):
    """One line of the form: 3 = 7 + 11 + 14."""

    number: str = Field(description="column 1: rows count within their group, subtotals in Roman", examples=["1"])
    name: str = Field(description="column 2: the field, the unit or the group", examples=["Hộ tịch"])
    received: FormReceivedOut = Field(description="columns 3 to 6")
    resolved: FormResolvedOut = Field(description="columns 7 to 10")
    pending: FormPendingOut = Field(description="columns 11 to 13")
    ended_or_moved: int = Field(description="column 14: withdrawn, discontinued, or moved out", examples=[1])
    line: Line = Field(description="a row, a group's subtotal, or the total")
    group: str | None = Field(description="the unit's or the subtotal's kind where rows are units", examples=[None])
    key: str = Field(
        description="name of the field, code of the unit, kind of the group, or `total`", examples=["Hộ tịch"]
    )
    id: int | None = Field(description="the unit's id where rows are units", examples=[None])


class FormPeriodOut(BaseModel):
    """The period reported, both dates inside it."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    name: str | None = Field(description="the `period` of the request; null for dates", examples=["statutory-2025-Q1"])
    title: str | None = Field(description="title of the period; null for dates", examples=["Quý I năm 2025"])
    first: date = Field(alias="from", description="first date", examples=["2024-12-15"])
    last: date = Field(alias="to", description="last date", examples=["2025-03-14"])


class FormOut(BaseModel):
    """Form II.06a/VPCP/KSTT: the handling of dossiers, with the data of its heading."""

    form: str = Field(description="number of the form", examples=["II.06a/VPCP/KSTT"])
    title: str = Field(description="its title", examples=["Tình hình, kết quả giải quyết thủ tục hành chính"])
    rows: Rows = Field(description="the kind of rows")
    unit: UnitOut = Field(description="the unit reporting")
    reporter: str = Field(description="its name as the heading has it", examples=["Xã Trà My"])
    receiver: str | None = Field(description="the body that receives the report", examples=["UBND tỉnh Quảng Nam"])
    period: FormPeriodOut = Field(description="the period reported")
    as_of: Moment = Field(description="when the open dossiers are counted: the period's end, or now if earlier")
    ended: bool = Field(description="whether the period has ended; else it is answered up to now", examples=[True])
    lines: list[FormLineOut] = Field(
        description="in the form's order: rows; where they are units each group's rows after its subtotal"
    )
    total: FormLineOut = Field(description="the sum of the rows; moves between them stand in columns 6 and 14")
    changed_since: Moment | None = Field(
        description="last change of this period by a correction, a backdated entry or an import; null without one",
        examples=[None],
    )
