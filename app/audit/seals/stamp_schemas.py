"""Response model and parameters of the time stamps of seals (docs/journal.md)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.http.wire_types import Shown


class StampOut(BaseModel):
    """The time stamp of an outside authority over a seal, and so over every seal before it."""

    seal: int = Field(description="number of the seal", examples=[19])
    stamped_at: Shown = Field(description="time in the stamp", examples=["2021-08-17T00:01:10+07:00"])
    response: str = Field(
        description="the response of the authority (RFC 3161, `TimeStampResp` in DER) in base64",
        examples=["MIIFUzADAgEAMIIFSgYJKoZIhvcNAQcCoIIFOzCCBTcCAQMx"],
    )


class StampQuery(BaseModel):
    """Which time stamps to list."""

    model_config = ConfigDict(extra="forbid")

    covers: int | None = Field(
        None, ge=1, lt=2**31, description="only the first stamp over this seal or a later one", examples=[7]
    )
    limit: Annotated[int, Field(ge=1, le=20)] = Field(20, description="largest number of stamps")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(None, description="`next_cursor` of the page before")
