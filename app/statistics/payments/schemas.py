"""Wire shapes of a day's payments: the query parameters, the totals, and one payment."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.dossiers.schemas import Method
from app.http.pagination import Page
from app.http.wire_types import Day, Shown, UnitOut
from app.text_input import Name

NOT_STATED = "not_stated"
MethodAsked = Method | Literal["not_stated"]


class PaymentsIn(BaseModel):
    """Parameters of the list; a repeated filter matches either value."""

    model_config = ConfigDict(extra="forbid")

    day: Day | None = Field(None, description="local date of the payments; today if not given")
    method: list[MethodAsked] = Field(default_factory=list, max_length=5, description="ways of payment; all by default")
    unit: list[Name] = Field(
        default_factory=list, max_length=50, description="code: this unit and its subtree", examples=[["20899"]]
    )
    unit_id: list[Annotated[int, Field(ge=1, lt=2**31)]] = Field(
        default_factory=list, max_length=50, description="id: this unit and its subtree"
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="most items of a page")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")


class PaymentTotalOut(BaseModel):
    """The sums of one unit and one way of payment, in đồng."""

    unit: UnitOut = Field(description="the counter")
    method: str | None = Field(description="way of payment; null if it was not stated", examples=["cash"])
    paid: int = Field(description="money that came in", examples=[58_000])
    refunded: int = Field(description="money given back", examples=[8000])
    sum: int = Field(description="paid less refunded", examples=[50_000])
    payments: int = Field(description="number of payments and refunds", examples=[4])


class PaymentOut(BaseModel):
    """One payment, or a refund with a negative amount."""

    code: str = Field(description="the dossier's code", examples=["000.31.15.H47-210816-0001"])
    sequence: int = Field(description="the entry's number within the dossier", examples=[3])
    unit: UnitOut = Field(description="the counter")
    at: Shown = Field(description="when it was paid", examples=["2021-08-16T09:15:00+07:00"])
    amount: int = Field(description="in đồng; negative for a refund", examples=[8000])
    method: str | None = Field(description="way of payment; null if it was not stated", examples=["cash"])
    receipt_number: str | None = Field(description="number of the receipt", examples=["0001234"])


class PaymentPage(Page[PaymentOut]):
    """One page of the payments of a day in their order, with the totals of the whole day."""

    totals: list[PaymentTotalOut] = Field(description="sums of the day by unit and way of payment, on each page")
