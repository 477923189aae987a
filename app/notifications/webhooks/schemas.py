"""The wire shapes of webhooks."""

from typing import Annotated

from pydantic import BaseModel, Field, StrictInt

from app.domain.actions import Action
from app.http.wire_types import Moment, UnitOut, UnitReference, WireIn, with_example

_URL = "https://he-thong.example.vn/motcua"
Types = Annotated[list[Action], Field(max_length=len(Action))]


class WebhookIn(WireIn):
    """A system that is to be told."""

    model_config = with_example({"url": _URL, "unit": "20899", "types": ["receive", "finish", "return"]})

    url: Annotated[str, Field(min_length=1, max_length=2000)] = Field(
        description="where it listens, by https; private networks have to be named in a setting", examples=[_URL]
    )
    unit: UnitReference | None = Field(
        None, description="the unit of whose subtree it is told; the token's own where not given", examples=["20899"]
    )
    types: Types = Field(
        default_factory=list,
        description="the types of journal entries that it is told of; all where none is given",
        examples=[["receive", "finish", "return"]],
    )


class ReplayIn(WireIn):
    """From where on a webhook is to be told anew."""

    model_config = with_example({"from": "2021-08-16T00:00:00+07:00"}, {"from": 1})

    start: Annotated[StrictInt, Field(ge=1, lt=2**63)] | Moment = Field(
        alias="from",
        description="the instant at which entries were recorded, or the number of an entry in the whole register",
    )


class WebhookOut(BaseModel):
    """A system that is told what happens to dossiers."""

    id: int = Field(description="its id", examples=[3])
    url: str = Field(description="where it listens", examples=[_URL])
    unit: UnitOut | None = Field(description="the unit of whose subtree it is told; null: of all units")
    types: list[Action] = Field(description="the types of entries that it is told of; none: all", examples=[["finish"]])
    client: str = Field(description="who subscribed it", examples=["he-thong-tinh"])
    created_at: Moment = Field(description="when it was subscribed; it is told of what was recorded since")
    ended_at: Moment | None = Field(description="when it was deleted", examples=[None])
    replaying: bool = Field(description="whether it is being told anew", examples=[False])


class SubscribedOut(WebhookOut):
    """A webhook just subscribed: this answer alone holds its secret."""

    secret: str | None = Field(
        description="the key of its signatures, shown this once; null where the answer is given again",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="],
    )
