"""Response model of the access log."""

from pydantic import BaseModel, Field

from app.http.wire_types import Day, Moment, UnitOut


class ViewOut(BaseModel):
    """One response that showed personal data in the dossier."""

    viewed_at: Moment = Field(description="time of the view")
    client: str = Field(description="client that saw them", examples=["tiep-nhan-tra-my"])
    client_name: str | None = Field(description="its name, if the client is a person", examples=[None])
    token: int | None = Field(description="id of the token; null for a token of the single sign-on", examples=[7])
    kind: str = Field(
        description="what was seen: `dossier`, `journal` with its free text, `slip`, `export` for the person, or the "
        "operation that answered, such as `listDossiers`",
        examples=["dossier"],
    )
    dossiers: int = Field(description="number of dossiers whose people the response showed", examples=[1])
    request_id: str | None = Field(description="id of the request, if there was one", examples=["5f0c1b1e6a43-1a"])


class OfficeDayOut(BaseModel):
    """Views of a dossier by one office on one day. It names no clerk."""

    date: Day = Field(description="local date of the views")
    unit: UnitOut | None = Field(description="the office; null for one that is responsible for all units")
    views: int = Field(description="number of responses with people of the dossier", examples=[2])


class OfficeDaysOut(BaseModel):
    """The offices that looked at a dossier, the latest day first."""

    code: str = Field(description="code of the dossier", examples=["000.31.15.H47-210816-0001"])
    since: Day = Field(description="the first local date that is shown")
    items: list[OfficeDayOut] = Field(description="offices and days")
