"""Shapes of the file with all that is kept of one person."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.dossiers.answer_schemas import ApplicantOut, ExternalOut, ProcedureOut
from app.http.wire_types import Moment, ShownDay

FORMAT = "motcua person export 1"


class ExportedParticipantOut(BaseModel):
    """The person beside an applicant."""

    name: str
    identity_kind: str | None = None
    identity_number: str | None = None
    phone: str | None = None
    address: str | None = None


class ExportedAgentOut(ExportedParticipantOut):
    """The person as the one who handed in for an applicant."""

    authority_kind: str | None = None
    authority: str | None = None


class ExportedCoApplicantOut(ExportedParticipantOut):
    """The person as one who applied with the applicant."""

    relation: str | None = None


class ExportedEntryOut(BaseModel):
    """One entry of a dossier, with its texts; names of officers and of other people are left out."""

    sequence: int
    type: str
    occurred_at: Moment
    unit: str
    texts: dict[str, Any]


class ExportedRatingOut(BaseModel):
    """The rating given with the receipt of a dossier."""

    rated_at: Moment
    score: int
    comment: str | None


class ExportedNoticeOut(BaseModel):
    """A message to the applicant."""

    kind: str
    channel: str
    state: str
    created_at: Moment
    ended_at: Moment | None


class ExportedViewsOut(BaseModel):
    """Views of the dossier's personal data from one office on one date; the office is null if it is not known."""

    date: ShownDay
    office: str | None
    kind: str
    times: int


class ExportedDossierOut(BaseModel):
    """A dossier that names the person.

    `role` is `applicant` for the present applicant, and `co_applicant` for one who applies together. A person who only
    handed in, or was an applicant before a change of particulars, is `named`: the words of such a dossier are another
    person's, and are left out.
    """

    code: str
    role: Literal["applicant", "co_applicant", "named"]
    external: list[ExternalOut]
    procedure: ProcedureOut
    receiving_unit: str
    responsible_unit: str
    channel: str
    return_method: str
    notify: bool
    fee: int
    status: str
    submitted_at: Moment | None
    received_at: Moment | None
    due_date: ShownDay | None
    promised_date: ShownDay | None
    finished_at: Moment | None
    outcome: str | None
    verdict: str | None
    returned_at: Moment | None
    particulars: list[ApplicantOut]
    handed_in: list[ExportedAgentOut]
    applied_together: list[ExportedCoApplicantOut]
    summary: str | None
    documents: list[dict[str, Any]]
    entries: list[ExportedEntryOut]
    rating: ExportedRatingOut | None
    notices: list[ExportedNoticeOut]
    views: list[ExportedViewsOut]


class PersonExportOut(BaseModel):
    """All that is kept of one person."""

    format: str = Field(FORMAT)
    made_at: Moment
    found_by: Literal["identity_number", "dossier"]
    dossiers: list[ExportedDossierOut]
