"""A view as supervisors and administrators see it."""

from pydantic import BaseModel, Field

from app.http.wire_types import Moment


class ViewOut(BaseModel):
    """One view of the people in a dossier."""

    viewed_at: Moment = Field(description="when they were shown")
    client: str = Field(description="name of the token that saw them", examples=["tiep-nhan-tra-my"])
    token: int | None = Field(description="the token's id; null for one of the single sign-on", examples=[7])
    kind: str = Field(
        description="what was shown: `dossier`, `journal` with its words, or `slip`", examples=["dossier"]
    )
    request_id: str | None = Field(description="the request's id, where it was known", examples=["5f0c1b1e6a43-1a"])
