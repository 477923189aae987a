"""Wire shapes of the national figures (contract, National figures)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Moment
from app.statistics.on_time.parameters import Channel, PeriodIn, Words
from app.statistics.on_time.schemas import OnTimeRowOut

RegionName = Annotated[str, Field(examples=["da-nang"])]
MissingReason = Literal["no_answer", "unavailable", "refused", "not_understood"]


class NationalIn(PeriodIn):
    """Parameters of the national figures; a repeated filter matches either value."""

    field: Words = Field([], description="field of the procedure", examples=[["Hộ tịch"]])
    procedure: Words = Field([], description="code of the procedure", examples=[["1.004837"]])
    channel: list[Channel] = Field([], max_length=3, description="channel of the dossier")


class RegionOut(BaseModel):
    """The figures of one region."""

    region: RegionName = Field(description="name of the region")
    as_of: Moment = Field(description="when its open dossiers are counted")
    changed_since: Moment | None = Field(description="last change of this period there", examples=[None])
    total: OnTimeRowOut = Field(description="all dossiers of the region")


class MissingOut(BaseModel):
    """A region that the sum lacks."""

    region: RegionName = Field(description="name of the region")
    reason: MissingReason = Field(description="why its figures are missing")
    code: str | None = Field(description="code of the problem that it answered", examples=["unavailable"])
    last_answer_at: Moment | None = Field(
        description="when it last answered any question of this process; null if it never did", examples=[None]
    )
    seconds_since: int | None = Field(description="seconds since `last_answer_at`", examples=[42])


class NationalOut(BaseModel):
    """On-time figures of all regions that answered."""

    model_config = ConfigDict(populate_by_name=True)

    first: date = Field(alias="from", description="first date of the period", examples=["2021-01-01"])
    last: date = Field(alias="to", description="last date of the period", examples=["2021-08-16"])
    as_of: Moment = Field(description="the earliest `as_of` of the regions")
    is_complete: bool = Field(description="every region is in the sum", examples=[True])
    total: OnTimeRowOut = Field(description="sum of the regions that answered")
    regions: list[RegionOut] = Field(description="the regions in the sum")
    missing: list[MissingOut] = Field(description="the regions that are not in the sum")
