"""Wire shapes of late records: the query parameters, and one record."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.domain.lifecycle import CORRECTIONS, Action
from app.dossiers.operations import BODIES
from app.http.wire_types import Day, Moment, UnitOut
from app.text_input import Name

# Actions with a time of their own. A correction happens when it is recorded, so it is never late.
LATE_TYPES = tuple(action for action in BODIES if action not in CORRECTIONS)


def _require_late_type(action: Action) -> Action:
    if action not in LATE_TYPES:
        raise PydanticCustomError("not_a_choice", "possible: {types}", {"types": ", ".join(LATE_TYPES)})
    return action


LateType = Annotated[
    Action,
    AfterValidator(_require_late_type),
    WithJsonSchema({"enum": [action.value for action in LATE_TYPES], "type": "string"}),
]


class LateRecordsIn(BaseModel):
    """Parameters of the list; a repeated filter matches either value."""

    model_config = ConfigDict(extra="forbid")

    first: Day | None = Field(None, alias="from", description="recorded from this day on")
    last: Day | None = Field(None, alias="to", description="recorded up to this day")
    type: list[LateType] = Field(
        default_factory=list,
        max_length=len(LATE_TYPES),
        description="types of entries; receipts by default: `receive` and `submit`",
    )
    unit: list[Name] = Field(
        default_factory=list, max_length=50, description="code: this unit and its subtree", examples=[["20899"]]
    )
    unit_id: list[Annotated[int, Field(ge=1, lt=2**31)]] = Field(
        default_factory=list, max_length=50, description="id: this unit and its subtree"
    )
    on: Day | None = Field(None, description="the date on which `unit` bore its code; by default `to`, else today")
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="most items of a page")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")


class LateRecordOut(BaseModel):
    """One entry recorded later than it happened."""

    code: str = Field(description="the dossier's code", examples=["000.31.15.H47-210816-0001"])
    sequence: int = Field(description="the entry's number within the dossier", examples=[1])
    type: str = Field(description="the action", examples=["receive"])
    unit: UnitOut = Field(description="for which unit it was done")
    occurred_at: Moment = Field(description="when it happened, by what was said then; a receipt's limit counts from it")
    recorded_at: Moment = Field(description="when it was recorded")
    late_seconds: int = Field(description="how much later it was recorded, in seconds", examples=[93_600])
    beyond_window: bool = Field(
        description="it was recorded after more than the working hours for which no supervisor is needed",
        examples=[False],
    )
    client: str = Field(description="client that recorded it", examples=["tiep-nhan-tra-my"])
    client_name: str | None = Field(description="its name, if the client is a person", examples=[None])
    officer: str | None = Field(description="who did it", examples=["Trần Văn Minh"])
    reason: str | None = Field(
        description="why it was recorded late, or the note with it; beyond the window there is one",
        examples=["Mất đường truyền từ chiều thứ Sáu"],
    )
