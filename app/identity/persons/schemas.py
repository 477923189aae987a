"""Request and response models of people."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from app.access.persons import PersonChange, PersonState
from app.access.sign_in_links import LinkKind
from app.catalogue.parameters import PageQuery
from app.domain.lifecycle import Role
from app.http.wire_types import Day, Moment, ShownDay, UnitOut, UnitReference, WireIn, with_example
from app.text_input import Name

# An enumeration, not free text: the permanent record must not have personal data.
Reason = Literal["absent", "returned", "left", "exposed", "mistake"]
Account = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]
Email = Annotated[str, StringConstraints(strict=True, max_length=254, pattern=r"^[^\s@<>,;:\"]+@[A-Za-z0-9.-]+$")]
Subject = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=255, pattern=r"^\S(.*\S)?$")]


class PersonQuery(PageQuery):
    """Filter and page of a list of people."""

    q: Name | None = Field(None, max_length=200, description="part of the name or the account name")
    state: PersonState | None = Field(None, description="only people in this state")


class RoleIn(WireIn):
    """A role to give."""

    model_config = with_example({"role": "clerk", "unit": "20899", "valid_from": "2021-08-16"})

    role: Role = Field(description="role", examples=["clerk"])
    unit: UnitReference | None = Field(
        None, description="unit of the role, which is valid for its subtree; default: all units", examples=["20899"]
    )
    valid_from: Day | None = Field(None, description="first day; default: today")
    valid_to: Day | None = Field(None, description="last day; default: no end")


class PersonIn(WireIn):
    """A person to create."""

    model_config = with_example(
        {
            "account": "minh.tv",
            "name": "Trần Văn Minh",
            "email": "minh.tv@tra-my.example.vn",
            "roles": [{"role": "clerk", "unit": "20899"}],
        }
    )

    account: Account = Field(description="account name, in lower case without accents", examples=["minh.tv"])
    name: Name = Field(max_length=200, description="name", examples=["Trần Văn Minh"])
    email: Email | None = Field(None, description="mail address for links", examples=["minh.tv@tra-my.example.vn"])
    issuer_subject: Subject | None = Field(None, description="`sub` at the provider of the single sign-on")
    needs_second_factor: StrictBool = Field(False, description="must enrol a second factor to sign in")
    roles: list[RoleIn] = Field(min_length=1, max_length=20, description="roles, at least one")


class PersonPatch(WireIn):
    """Changes of a person (merge patch)."""

    model_config = with_example({"name": "Trần Văn Minh", "needs_second_factor": True})

    account: Account = Field("", description="account name")
    name: Name = Field("", max_length=200, description="name")
    email: Email | None = Field(None, description="mail address for links; null: none")
    issuer_subject: Subject | None = Field(None, description="`sub` at the provider of the single sign-on; null: none")
    needs_second_factor: StrictBool = Field(False, description="must enrol a second factor to sign in")


class RolePatch(WireIn):
    """Changes of a role (merge patch). A role that was given by mistake is taken back at once."""

    model_config = with_example({"valid_to": "2021-12-31"}, {"ended": True})

    valid_to: Day | None = Field(None, description="last day; null: no end")
    ended: Literal[True] | None = Field(None, description="true: taken back at once")


class DeputyIn(WireIn):
    """A deputy for a span of days, both included."""

    model_config = with_example({"deputy_id": 18, "from_day": "2021-08-16", "to_day": "2021-08-20"})

    deputy_id: int = Field(ge=1, lt=2**31, strict=True, description="id of the person who stands in", examples=[18])
    from_day: Day = Field(description="first day")
    to_day: Day = Field(description="last day")


class PersonReasonIn(WireIn):
    """Reason of a step, for the permanent record."""

    model_config = with_example({"reason": "left"})

    reason: Reason | None = Field(None, description="reason for the record", examples=["left"])


class LinkIn(WireIn):
    """A link to make."""

    model_config = with_example({"kind": "invitation", "mail": True})

    kind: LinkKind = Field(description="first sign-in, or a new password and second factor", examples=["invitation"])
    mail: StrictBool = Field(False, description="true: mailed to the person; false: in this answer, once")


class PersonRoleOut(BaseModel):
    """A role of a person."""

    id: int = Field(description="id of the role", examples=[31])
    role: Role = Field(description="role", examples=["clerk"])
    unit: UnitOut | None = Field(description="unit of the role, which is valid for its subtree; null: all units")
    awaits: UnitOut | None = Field(description="successor of the unit that has to confirm the role; null: none")
    valid_from: ShownDay = Field(description="first day")
    valid_to: ShownDay | None = Field(description="last day; null: no end")
    state: Literal["valid", "future", "over", "ended"] = Field(description="`ended`: taken back", examples=["valid"])
    granted_by: str = Field(description="client that gave it", examples=["person:1"])
    granted_by_name: str | None = Field(description="its name, if the client is a person", examples=["Lê Thị Thanh"])
    granted_at: Moment = Field(description="when it was given")


class DeputyOut(BaseModel):
    """A deputy for a span of days, both included."""

    id: int = Field(description="id of the entry", examples=[4])
    deputy_id: int = Field(description="id of the person who stands in", examples=[18])
    deputy_name: str = Field(description="name of the person who stands in", examples=["Hồ Thị Mai"])
    from_day: ShownDay = Field(description="first day")
    to_day: ShownDay = Field(description="last day")
    withdrawn_at: Moment | None = Field(description="when it was withdrawn; null: it was not")


class SignInOut(BaseModel):
    """How a person can sign in."""

    password: bool = Field(description="a password is set", examples=[True])
    second_factor: bool = Field(description="a second factor is enrolled", examples=[True])
    approval_rests_until: Moment | None = Field(description="until then the person approves nothing; null: no rest")


class PersonOut(BaseModel):
    """A person who signs in."""

    id: int = Field(description="id of the person", examples=[17])
    client: str = Field(description="the person in journals and records", examples=["person:17"])
    account: str = Field(description="account name", examples=["minh.tv"])
    name: str = Field(description="name", examples=["Trần Văn Minh"])
    email: str | None = Field(description="mail address; null: none")
    issuer_subject: str | None = Field(description="`sub` at the provider of the single sign-on; null: none")
    state: PersonState = Field(description="only an active person signs in", examples=["active"])
    needs_second_factor: bool = Field(description="must enrol a second factor to sign in", examples=[False])
    roles: list[PersonRoleOut] = Field(description="all roles, oldest first")
    deputies: list[DeputyOut] = Field(description="all deputies, oldest first")
    sign_in: SignInOut = Field(description="how the person can sign in")
    created_at: Moment = Field(description="when the person was created")
    version: int = Field(description="number of changes of the person, its roles and deputies", examples=[1])


class PersonChangeOut(BaseModel):
    """One change of a person in the permanent record."""

    type: PersonChange = Field(description="kind of change", examples=["created"])
    recorded_at: Moment = Field(description="time of the change")
    client: str = Field(description="author; `command line` for a command", examples=["person:1"])
    client_name: str | None = Field(description="its name, if the client is a person", examples=["Lê Thị Thanh"])
    data: dict[str, Any] = Field(description="details of the change", examples=[{"fields": ["email"]}])


class ColleagueOut(BaseModel):
    """A person of the caller's units."""

    id: int = Field(description="id of the person", examples=[18])
    name: str = Field(description="name", examples=["Hồ Thị Mai"])


class LinkOut(BaseModel):
    """A link that was made. Its address is in this response only."""

    kind: LinkKind = Field(description="what it is for", examples=["invitation"])
    expires_at: Moment = Field(description="end of its validity")
    mailed: bool = Field(
        description="true: the person gets it by mail, and this answer has no address", examples=[False]
    )
    address: str | None = Field(
        description="address of the page; null if it was mailed, and when the response is repeated",
        examples=["https://motcua.example.vn/sign-in/link/mJ0k3vXk0mWbJ1x7c2S6aP0wT9gQ4nE8yZ5rL1uH3dA"],
    )


class PersonSessionOut(BaseModel):
    """A session of a person."""

    id: str = Field(description="id of the session", examples=["8f14e45fceea167a"])
    method: Literal["password", "second_factor", "provider"] = Field(description="how the person signed in")
    started_at: Moment = Field(description="begin")
    used_at: Moment = Field(description="last use, accurate to about a minute")
    expires_at: Moment = Field(description="end, if it is not used before")
    browser: str | None = Field(description="browser", examples=["Firefox, Windows"])
    current: bool = Field(description="the session of this request", examples=[True])


class SessionList(BaseModel):
    """The sessions of a person."""

    items: list[PersonSessionOut] = Field(description="oldest first")


class EndedSessionsOut(BaseModel):
    """Sessions that the request ended."""

    ended: int = Field(description="their number", examples=[1])


class UsableRoleOut(BaseModel):
    """A role that the person may use today."""

    role_id: int = Field(description="id of the role", examples=[31])
    deputy_id: int | None = Field(description="id of the deputy entry; null: an own role")
    role: Role = Field(description="role", examples=["clerk"])
    unit: UnitOut | None = Field(description="unit of the role; null: all units")
    absent: ColleagueOut | None = Field(description="the absent person; null: an own role")
    chosen: bool = Field(description="the session works with it", examples=[True])


class SignedInOut(BaseModel):
    """The session of the request and its person."""

    person: ColleagueOut = Field(description="the person")
    account: str = Field(description="account name", examples=["minh.tv"])
    session: PersonSessionOut = Field(description="the session")
    roles: list[UsableRoleOut] = Field(description="roles that the person may use today")
    strong: bool = Field(description="may approve (rules, section 21)", examples=[True])
    approval_rests_until: Moment | None = Field(description="until then the person approves nothing; null: no rest")


class RoleChoiceIn(WireIn):
    """The role to work with."""

    model_config = with_example({"role_id": 31})

    role_id: int = Field(ge=1, lt=2**31, strict=True, description="id of the role", examples=[31])
    deputy_id: int | None = Field(
        None, ge=1, lt=2**31, strict=True, description="id of the deputy entry, for a role of an absent person"
    )
