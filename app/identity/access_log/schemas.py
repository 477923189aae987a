"""Response model of the access log."""

from pydantic import BaseModel, Field

from app.http.wire_types import Moment


class ViewOut(BaseModel):
    """One response that showed personal data in the dossier."""

    viewed_at: Moment = Field(description="time of the view")
    client: str = Field(description="client of the token that saw them", examples=["tiep-nhan-tra-my"])
    token: int | None = Field(description="id of the token; null for a token of the single sign-on", examples=[7])
    kind: str = Field(
        description="what was seen: `dossier`, `journal` with its free text, `slip`, `export` for the person, or the "
        "operation that answered, such as `listDossiers`",
        examples=["dossier"],
    )
    dossiers: int = Field(description="number of dossiers whose people the response showed", examples=[1])
    request_id: str | None = Field(description="id of the request, if there was one", examples=["5f0c1b1e6a43-1a"])
