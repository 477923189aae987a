"""Parameters and answers of slips and registers."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.http.query_parameters import parameters_of
from app.http.wire_types import Day, Moment
from app.slips.forms import SlipKind
from app.text_input import Name

Paper = Literal["a4", "a5"]


class SlipIn(BaseModel):
    """Parameters of a dossier's slip."""

    sequence: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None, description="sequence of the journal entry; the default is the last entry with such a slip", examples=[3]
    )
    paper: Paper = Field("a4", description="paper size: `a4` or `a5`, portrait")


class SlipOut(BaseModel):
    """An available slip."""

    kind: SlipKind = Field(description="kind of slip", examples=["receipt"])
    sequence: int = Field(description="sequence of its journal entry", examples=[1])
    occurred_at: Moment = Field(description="time of that entry's event")


class SlipsOut(BaseModel):
    """The available slips of a dossier."""

    items: list[SlipOut] = Field(description="by kind, then oldest first")


class RegisterIn(BaseModel):
    """Parameters of a register: a counter and its period."""

    unit: Name | None = Field(None, description="code of the receiving unit on the date `to`", examples=["20899"])
    unit_id: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None, description="id of the receiving unit, instead of its code"
    )
    first: Day = Field(alias="from", description="first date of receipt", examples=["2021-08-01"])
    last: Day = Field(alias="to", description="last date of receipt, inclusive", examples=["2021-08-31"])


SLIP_PARAMETERS = parameters_of(SlipIn)
REGISTER_PARAMETERS = parameters_of(RegisterIn)
