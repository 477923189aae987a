"""Time limits as administrators send them (rules §4)."""

from typing import Annotated

from pydantic import Field, StrictFloat, StrictInt, StringConstraints

from app.domain.limits import LimitUnit
from app.http.wire_types import WireIn

Hour = Annotated[str, StringConstraints(strict=True, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class LimitIn(WireIn):
    """A time limit."""

    amount: StrictInt | None = Field(None, description="1–366 (months 1–24), null for same_day", examples=[3])
    unit: LimitUnit = Field(description="in what it is counted", examples=["working_day"])


class LimitsIn(WireIn):
    """The limit of each channel; a channel without one is not offered."""

    counter: LimitIn | None = Field(None, description="handed in at the counter")
    online: LimitIn | None = Field(None, description="sent online")
    postal: LimitIn | None = Field(None, description="sent by post")


class ShareIn(WireIn):
    """A step's share of a time limit."""

    amount: StrictInt | Annotated[StrictFloat, Field(multiple_of=0.5)] | None = Field(
        None, description="as of a limit; half days are possible where the limit is in working days", examples=[0.5]
    )
    unit: LimitUnit = Field(description="in what it is counted", examples=["working_day"])
