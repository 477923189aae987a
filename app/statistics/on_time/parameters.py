"""Query parameters of the on-time figures and of the lists behind them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.http.wire_types import Day
from app.statistics.on_time.periods import PERIOD_DESCRIPTION, PeriodName
from app.text_input import Name

By = Literal["office", "commune", "unit", "field", "procedure", "channel", "month", "level"]
Basis = Literal["responsible", "receiving", "step"]
Channel = Literal["counter", "online", "postal"]

Words = Annotated[list[Name], Field(max_length=50)]


class PeriodIn(BaseModel):
    """The period of figures."""

    period: PeriodName | None = Field(None, description=PERIOD_DESCRIPTION)
    first: Day | None = Field(None, alias="from", description="first date; by default 1 January of the year of `to`")
    last: Day | None = Field(None, alias="to", description="last date; by default today")


class FiguresIn(PeriodIn):
    """Parameters of all figures; a repeated filter matches either value."""

    unit: Words = Field([], description="code: this unit and its subtree", examples=[["20899"]])
    unit_id: list[Annotated[int, Field(ge=1, lt=2**31)]] = Field(
        [], max_length=50, description="id: this unit and its subtree"
    )
    on: Day | None = Field(None, description="the date on which `unit` bore its code; by default `to`")
    field: Words = Field([], description="field of the procedure", examples=[["Hộ tịch"]])
    procedure: Words = Field([], description="code of the procedure", examples=[["1.004837"]])
    channel: list[Channel] = Field([], max_length=3, description="channel of the dossier")
    successors: bool = Field(False, description="add predecessors' figures to those of their successors")


class OnTimeIn(FiguresIn):
    """Parameters of the on-time figures; a repeated filter matches either value."""

    by: By = Field("office", description="the kind of rows")
    basis: Basis = Field(
        "responsible",
        description="the unit that a dossier counts for; `step` counts steps, each for the unit that does it",
    )


class FigureDossiersIn(OnTimeIn):
    """The same parameters, with the figure and the row to open."""

    figure: str = Field(
        max_length=60,
        description="a figure by its place in the answer",
        examples=["finished.late"],
    )
    row: Name | None = Field(
        None,
        description="a row by its key, for units by its id; by default the total",
        examples=["18"],
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="most items of a page")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")
