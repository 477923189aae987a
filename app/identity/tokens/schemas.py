"""Request and response models of tokens."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictInt

from app.catalogue.parameters import PageQuery
from app.domain.lifecycle import Role
from app.http.wire_types import Moment, UnitOut, UnitReference, WireIn, with_example
from app.text_input import Name

# An enumeration, not free text: the permanent record must not have personal data.
Reason = Literal["no_longer_needed", "lost", "exposed"]
State = Literal["active", "expired", "revoked"]


class TokenQuery(PageQuery):
    """Filter and page of a list of tokens."""

    active: bool | None = Field(None, description="true: only valid tokens; false: only revoked and expired ones")
    waiting: bool = Field(False, description="true: only tokens that a successor of their unit has to confirm")


class TokenIn(WireIn):
    """A token to issue."""

    model_config = with_example(
        {"client": "tiep-nhan-tra-my", "role": "clerk", "unit": "20899", "expires_at": "2022-08-16T08:30:00+07:00"}
    )

    client: Name = Field(description="name of the client, as shown in journals", examples=["tiep-nhan-tra-my"])
    role: Role = Field(description="role of the client", examples=["clerk"])
    unit: UnitReference | None = Field(
        None, description="unit of the token, which is valid for its subtree; default: all units", examples=["20899"]
    )
    expires_at: Moment | None = Field(None, description="expiry; default: none")


class RevokeIn(WireIn):
    """Reason of a revocation."""

    model_config = with_example({"reason": "lost"})

    reason: Reason | None = Field(None, description="reason for the record", examples=["lost"])


class ConfirmIn(WireIn):
    """Confirmation of a token by the successor of its unit."""

    model_config = with_example({"unit": "20899"})

    unit: UnitReference | None = Field(
        None, description="the successor that the client means; another one is refused", examples=["20899"]
    )


class RotateIn(WireIn):
    """Terms of a rotation."""

    model_config = with_example({"overlap_hours": 24})

    overlap_hours: Annotated[StrictInt, Field(ge=0, le=720)] = Field(
        24, description="hours for which the old token remains valid, at most until its expiry"
    )
    expires_at: Moment | None = Field(None, description="expiry of the new token; default: the lifetime of the old one")


class TokenOut(BaseModel):
    """A token without its secret."""

    id: int = Field(description="id of the token", examples=[7])
    client: str = Field(description="name of the client, as shown in journals", examples=["tiep-nhan-tra-my"])
    role: Role = Field(description="role of the client", examples=["clerk"])
    unit: UnitOut | None = Field(description="unit of the token, which is valid for its subtree; null: all units")
    awaits: UnitOut | None = Field(description="successor of the unit that has to confirm the token; null: none")
    state: State = Field(description="state; only an active token is accepted", examples=["active"])
    created_at: Moment = Field(description="time of issue")
    expires_at: Moment | None = Field(description="expiry; null: none")
    last_used_at: Moment | None = Field(description="last use, accurate to about a minute")
    revoked_at: Moment | None = Field(description="time of revocation")
    replaced_by: int | None = Field(description="id of the token that replaced it", examples=[None])
    version: int = Field(description="number of changes; a use is not a change", examples=[1])


class CallerPersonOut(BaseModel):
    """The person who signed in."""

    id: int = Field(description="id of the person", examples=[17])
    name: str = Field(description="name", examples=["Trần Văn Minh"])
    account: str = Field(description="account name", examples=["minh.tv"])
    deputy_of: int | None = Field(description="id of the absent person whose role is used; null: an own role")


class CallerOut(BaseModel):
    """The caller, according to the token or the session of the request."""

    client: str = Field(description="name of the client, as shown in journals", examples=["tiep-nhan-tra-my"])
    role: Role = Field(description="role of the client", examples=["clerk"])
    unit: UnitOut | None = Field(description="unit with the subtree in which it may act; null: everywhere")
    awaits: UnitOut | None = Field(description="successor of the unit that has to confirm the token; null: none")
    person: CallerPersonOut | None = Field(None, description="the person who signed in; null: a program")
    strong: bool = Field(True, description="false: a person who may not approve at present (rules, section 21)")


class TokenChangeOut(BaseModel):
    """One change of a token in its permanent record."""

    type: Literal["created", "rotated", "revoked"] = Field(description="kind of change", examples=["created"])
    recorded_at: Moment = Field(description="time of the change")
    client: str = Field(description="author; `command line` for a command", examples=["command line"])
    by_token: int | None = Field(
        description="id of the author's token; null for a command or the single sign-on", examples=[None]
    )
    data: dict[str, Any] = Field(description="details of the change", examples=[{"reason": "lost"}])


class TokenRecord(TokenOut):
    """A token with its changes."""

    changes: list[TokenChangeOut] = Field(description="oldest first")


class IssuedTokenOut(TokenOut):
    """A new token. Its secret is in this response only."""

    secret: str | None = Field(
        description="the text after `Bearer` in requests; null when the response is repeated",
        examples=["mJ0k3vXk0mWbJ1x7c2S6aP0wT9gQ4nE8yZ5rL1uH3dA"],
    )


class RotatedTokenOut(IssuedTokenOut):
    """The new token with its secret, and the replaced token."""

    replaced: TokenOut = Field(description="the old token with its new expiry")
