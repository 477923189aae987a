"""What is asked of slips: on which paper and about which event, of a register its counter and period."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.http.query_parameters import parameters_of
from app.http.wire_types import Day, Moment
from app.slips.forms import SlipKind
from app.text_input import Name

Paper = Literal["a4", "a5"]


class SlipIn(BaseModel):
    """The parameters of a dossier's slip."""

    sequence: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None, description="which journal entry it is about; by default the last one that has such a slip", examples=[3]
    )
    paper: Paper = Field("a4", description="the size of the paper: `a4` or `a5`, upright")


class SlipOut(BaseModel):
    """One slip that there is."""

    kind: SlipKind = Field(description="which paper", examples=["receipt"])
    sequence: int = Field(description="the journal entry that it is about", examples=[1])
    occurred_at: Moment = Field(description="when that happened")


class SlipsOut(BaseModel):
    """The slips that a dossier has by now."""

    items: list[SlipOut] = Field(description="by kind, those of a kind oldest first")


class RegisterIn(BaseModel):
    """The parameters of a register: one counter and its period."""

    unit: Name | None = Field(None, description="code of the receiving unit, as it was on `to`", examples=["20899"])
    unit_id: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None, description="id of the receiving unit, instead of its code"
    )
    first: Day = Field(alias="from", description="first date of receipt", examples=["2021-08-01"])
    last: Day = Field(alias="to", description="last date of receipt, inclusive", examples=["2021-08-31"])


SLIP_PARAMETERS = parameters_of(SlipIn)
REGISTER_PARAMETERS = parameters_of(RegisterIn)
