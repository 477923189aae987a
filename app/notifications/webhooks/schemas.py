"""Request and response models of webhooks."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictInt

from app.domain.actions import Action
from app.http.wire_types import Moment, UnitOut, UnitReference, WireIn, with_example

_URL = "https://he-thong.example.vn/motcua"
Type = Action | Literal["seal"]
Types = Annotated[list[Type], Field(max_length=len(Action) + 1)]


class WebhookIn(WireIn):
    """A webhook to subscribe."""

    model_config = with_example({"url": _URL, "unit": "20899", "types": ["receive", "finish", "return"]})

    url: Annotated[str, Field(min_length=1, max_length=2000)] = Field(
        description="address of the receiver, by https; a setting must name private networks", examples=[_URL]
    )
    unit: UnitReference | None = Field(
        None, description="unit with the subtree of its dossiers; default: the token's own", examples=["20899"]
    )
    types: Types = Field(
        default_factory=list,
        description="types of journal entries to send, and `seal` for new seals; default: all entries and no seals",
        examples=[["receive", "finish", "return"]],
    )


class ReplayIn(WireIn):
    """Start of a replay."""

    model_config = with_example({"from": "2021-08-16T00:00:00+07:00"}, {"from": 1})

    start: Annotated[StrictInt, Field(ge=1, lt=2**63)] | Moment = Field(
        alias="from",
        description="first instant of recording, or number of the first entry in the whole register",
    )


class WebhookOut(BaseModel):
    """A webhook."""

    id: int = Field(description="id of the webhook", examples=[3])
    url: str = Field(description="address of the receiver", examples=[_URL])
    unit: UnitOut | None = Field(description="unit with the subtree of its dossiers; null: all units")
    types: list[Type] = Field(description="types to send; empty: all entries", examples=[["finish"]])
    client: str = Field(description="client that subscribed it", examples=["he-thong-tinh"])
    created_at: Moment = Field(description="time of the subscription, from which on entries are sent")
    ended_at: Moment | None = Field(description="time of the end", examples=[None])
    replaying: bool = Field(description="true during a replay", examples=[False])


class SubscribedOut(WebhookOut):
    """A new webhook. Its secret is in this response only."""

    secret: str | None = Field(
        description="key of the signatures; null when the response is repeated",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="],
    )
