"""The wire shapes of messages in the outbox."""

from typing import Literal

from pydantic import BaseModel, Field

from app.catalogue.parameters import PageQuery
from app.http.wire_types import Moment, UnitOut, WireIn, with_example

State = Literal["pending", "sent", "dead", "dropped"]


class OutboxQuery(PageQuery):
    """Which messages; a filter given twice means either."""

    state: list[State] = Field(
        default_factory=list, max_length=4, description="pending, sent, dead, or dropped: nobody was left to be told"
    )


class ResendIn(WireIn):
    """When a dead message is to be sent anew."""

    model_config = with_example({"at": "2021-08-17T07:30:00+07:00"})

    at: Moment | None = Field(None, description="not before this instant; at once where none is given")


class MessageOut(BaseModel):
    """A message that was sent, or is to be; whom it reaches is looked up when it is sent, and not shown."""

    id: int = Field(description="its id", examples=[41])
    channel: Literal["webhook", "email", "gateway"] = Field(description="how it goes", examples=["webhook"])
    kind: str = Field(description="what it tells", examples=["dossier.finish"])
    recipient: str = Field(description="id of the webhook or contact, or `applicant`", examples=["3"])
    dossier: str | None = Field(description="code of the dossier", examples=["000.31.15.H47-210816-0001"])
    sequence: int | None = Field(description="number of the journal entry that it tells of", examples=[5])
    unit: UnitOut | None = Field(description="the unit whose staff looks after it; null: those of all units")
    state: State = Field(description="pending, sent, dead, or dropped: nobody was left to be told", examples=["dead"])
    attempts: int = Field(description="how many times it was tried since it was last put there", examples=[12])
    created_at: Moment = Field(description="when it was put into the outbox")
    next_at: Moment = Field(description="when it is, or was, to be tried next")
    ended_at: Moment | None = Field(description="when it was sent, given up or dropped", examples=[None])
    last_error: str | None = Field(description="why the last attempt failed, as a kind", examples=["status 500"])
