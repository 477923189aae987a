"""The wire shapes of tokens: what administrators ask for, and what is shown of a token."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictInt

from app.catalogue.parameters import PageQuery
from app.domain.lifecycle import Role
from app.http.wire_types import Moment, UnitOut, UnitReference, WireIn, with_example
from app.text_input import Name

# Kinds and not a text: what is recorded for good shall hold nothing about people.
Reason = Literal["no_longer_needed", "lost", "exposed"]
State = Literal["active", "expired", "revoked"]


class TokenQuery(PageQuery):
    """Which tokens."""

    active: bool | None = Field(None, description="true: only those that let in now; false: only those that do not")


class TokenIn(WireIn):
    """A token to be issued."""

    model_config = with_example(
        {"client": "tiep-nhan-tra-my", "role": "clerk", "unit": "20899", "expires_at": "2022-08-16T08:30:00+07:00"}
    )

    client: Name = Field(description="who will use it, as it shall stand in journals", examples=["tiep-nhan-tra-my"])
    role: Role = Field(description="what it lets its client do", examples=["clerk"])
    unit: UnitReference | None = Field(
        None, description="the unit whose subtree it is for; without: all units", examples=["20899"]
    )
    expires_at: Moment | None = Field(None, description="until when it holds; without: until it is revoked")


class RevokeIn(WireIn):
    """Why a token shall not hold any more."""

    model_config = with_example({"reason": "lost"})

    reason: Reason | None = Field(None, description="why, for the record", examples=["lost"])


class RotateIn(WireIn):
    """How a token shall be replaced."""

    model_config = with_example({"overlap_hours": 24})

    overlap_hours: Annotated[StrictInt, Field(ge=0, le=720)] = Field(
        24, description="for how long the old one holds beside the new one; never longer than it would have"
    )
    expires_at: Moment | None = Field(
        None, description="until when the new one holds; without: for as long as the old one was made for"
    )


class TokenOut(BaseModel):
    """What is known of a token; its secret is not."""

    id: int = Field(description="its id", examples=[7])
    client: str = Field(description="who uses it, as it stands in journals", examples=["tiep-nhan-tra-my"])
    role: Role = Field(description="what it lets its client do", examples=["clerk"])
    unit: UnitOut | None = Field(description="the unit whose subtree it is for; null: all units")
    state: State = Field(description="active: it lets its client in now", examples=["active"])
    created_at: Moment = Field(description="when it was issued")
    expires_at: Moment | None = Field(description="until when it holds; null: until it is revoked")
    last_used_at: Moment | None = Field(description="when it last let its client in, to about a minute")
    revoked_at: Moment | None = Field(description="when it was revoked")
    replaced_by: int | None = Field(description="id of the token that a rotation made for it", examples=[None])
    version: int = Field(description="counts its changes; using it is none", examples=[1])


class CallerOut(BaseModel):
    """Who is calling, by the token that came with the call."""

    client: str = Field(description="as it stands in journals", examples=["tiep-nhan-tra-my"])
    role: Role = Field(description="what it may do", examples=["clerk"])
    unit: UnitOut | None = Field(description="the unit in whose subtree it may act; null: everywhere")


class TokenChangeOut(BaseModel):
    """One thing done to a token, as it is kept for good."""

    type: Literal["created", "rotated", "revoked"] = Field(description="what was done", examples=["created"])
    recorded_at: Moment = Field(description="when")
    client: str = Field(description="by whom; `command line` for a command", examples=["command line"])
    by_token: int | None = Field(
        description="id of that client's token; null for a command or the single sign-on", examples=[None]
    )
    data: dict[str, Any] = Field(description="what came of it", examples=[{"reason": "lost"}])


class TokenRecord(TokenOut):
    """A token with all that was done to it."""

    changes: list[TokenChangeOut] = Field(description="oldest first")


class IssuedTokenOut(TokenOut):
    """A token just issued: this answer alone holds its secret."""

    secret: str | None = Field(
        description="what the client sends after `Bearer`, shown this once; null where the answer is given again",
        examples=["mJ0k3vXk0mWbJ1x7c2S6aP0wT9gQ4nE8yZ5rL1uH3dA"],
    )


class RotatedTokenOut(IssuedTokenOut):
    """The token that takes over, with its secret, and the one that it takes over from."""

    replaced: TokenOut = Field(description="the old one, with the time until which it still holds")
