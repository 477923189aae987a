"""Shapes of the state of the single sign-on."""

from pydantic import BaseModel, Field

from app.http.wire_types import Moment


class SignOnKeysOut(BaseModel):
    """The issuer's public keys, as the answering process has them."""

    count: int = Field(description="number of usable keys", examples=[2])
    fetched_at: Moment | None = Field(description="last successful fetch; null: none yet")
    tried_at: Moment | None = Field(description="last attempt")
    failure: str | None = Field(
        description="kind of the failure of the last attempt; null: it succeeded", examples=["HTTP 500"]
    )


class SignOnFailureOut(BaseModel):
    """The last sign-in of a person that failed in the answering process."""

    at: Moment = Field(description="when it failed")
    code: str = Field(description="stable code, as in problems", examples=["sign_on_unavailable"])
    detail: str = Field(description="what failed, in English", examples=["The provider does not answer."])


class SignOnOut(BaseModel):
    """The single sign-on: what is configured, what to register at the provider, and how it works at the moment."""

    programs: bool = Field(description="bearer tokens of the issuer are accepted", examples=[True])
    people: bool = Field(description="people sign in at the provider", examples=[True])
    issuer: str | None = Field(description="issuer of the tokens", examples=["https://sso.example.vn/realms/tra-my"])
    client_id: str | None = Field(description="the name of this service at the provider", examples=["motcua"])
    redirect_uri: str | None = Field(
        description="to register as redirect URI", examples=["https://motcua.example.vn/sign-in/callback"]
    )
    back_channel_logout_uri: str | None = Field(
        description="to register as back-channel logout URI",
        examples=["https://motcua.example.vn/sso/back-channel-logout"],
    )
    post_logout_redirect_uri: str | None = Field(
        description="to register as redirect URI after signing out", examples=["https://motcua.example.vn/counter"]
    )
    ends_at_provider: bool = Field(
        description="signing out here leads to the provider, to sign out there too", examples=[True]
    )
    unknown_people: str = Field(description="`refuse` or `create`", examples=["refuse"])
    keys: SignOnKeysOut | None = Field(description="the issuer's keys; null without an issuer")
    succeeded_at: Moment | None = Field(description="last sign-in of a person in the answering process; null: none")
    last_failure: SignOnFailureOut | None = Field(description="last one that failed in this process; null: none")
