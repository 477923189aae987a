"""Request and response models of messages in the outbox."""

from typing import Literal

from pydantic import BaseModel, Field

from app.catalogue.parameters import PageQuery
from app.http.wire_types import Moment, UnitOut, WireIn, with_example

State = Literal["pending", "sent", "dead", "dropped"]


class OutboxQuery(PageQuery):
    """Filter and page of messages; a repeated filter means either value."""

    state: list[State] = Field(
        default_factory=list, max_length=4, description="pending, sent, dead, or dropped: without a recipient"
    )


class ResendIn(WireIn):
    """Time of a new attempt for a dead message."""

    model_config = with_example({"at": "2021-08-17T07:30:00+07:00"})

    at: Moment | None = Field(None, description="earliest time of the attempt; default: now")


class MessageOut(BaseModel):
    """A message. Its address is looked up when it is sent, and not shown."""

    id: int = Field(description="id of the message", examples=[41])
    channel: Literal["webhook", "email", "gateway"] = Field(description="channel of delivery", examples=["webhook"])
    kind: str = Field(description="kind of message", examples=["dossier.finish"])
    recipient: str = Field(description="id of the webhook or contact, or `applicant`", examples=["3"])
    dossier: str | None = Field(description="code of the dossier", examples=["000.31.15.H47-210816-0001"])
    sequence: int | None = Field(description="number of the journal entry that it is about", examples=[5])
    unit: UnitOut | None = Field(description="unit that manages it; null: only administrators of all units")
    state: State = Field(description="pending, sent, dead, or dropped: without a recipient", examples=["dead"])
    attempts: int = Field(description="number of attempts since it was stored or resent", examples=[12])
    created_at: Moment = Field(description="time of storage in the outbox")
    next_at: Moment = Field(description="time of the next attempt, or of the last one")
    ended_at: Moment | None = Field(description="time when it was sent, dead or dropped", examples=[None])
    last_error: str | None = Field(description="kind of failure of the last attempt", examples=["status 500"])
