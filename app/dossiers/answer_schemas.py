"""Dossiers, their hand-offs and their journal as clients see them (contract, Dossiers)."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.domain.state import Flag, LateCause
from app.http.pagination import Page
from app.http.wire_types import Moment, Shown, ShownDay, UnitOut


class LimitOut(BaseModel):
    """A time limit."""

    amount: int | None = Field(description="amount; null for same_day", examples=[3])
    unit: str = Field(
        description="working_day, calendar_day, month, same_day or working_hour", examples=["working_day"]
    )


class ProcedureOut(BaseModel):
    """The procedure, in the version under which the dossier was received."""

    code: str = Field(description="national code", examples=["1.004837"])
    name: str = Field(description="official name", examples=["Thủ tục đăng ký giám hộ"])
    version: int | None = Field(description="null while only submitted", examples=[1])
    field: str = Field(description="its field", examples=["Hộ tịch"])


class ExternalOut(BaseModel):
    """The code in another system."""

    system: str = Field(description="name of the system", examples=["dvcqg"])
    code: str = Field(description="its code there", examples=["G22.99-210816-0001"])


_KIND = "kind of the identity paper: citizen, old, passport, tax_code or other; inferred if it was not stated"
_WHOLE = "whole in `GET /dossiers/{code}`, otherwise only its end"


class ApplicantOut(BaseModel):
    """The applicant."""

    kind: str = Field(description="person, business, agency or organisation", examples=["person"])
    name: str = Field(description="full name", examples=["Nguyễn Thị Hoa"])
    identity_kind: str | None = Field(None, description=_KIND, examples=["citizen"])
    identity_number: str | None = Field(
        None, description=f"identity card or business number: {_WHOLE}", examples=["049185001234"]
    )
    phone: str | None = Field(None, description="telephone, as it was written", examples=["0905 123 456"])
    phone_e164: str | None = Field(
        None, description="the same in E.164; null if it is not valid", examples=["+84905123456"]
    )
    email: str | None = Field(None, description="e-mail address", examples=[None])
    address: str | None = Field(None, description="street, village", examples=["Thôn 2"])
    commune: UnitOut | str | None = Field(
        None, description="the unit, or the text as given if the registry has no such unit"
    )


class ParticipantOut(BaseModel):
    """A person beside the applicant."""

    name: str = Field(description="full name", examples=["Nguyễn Văn Nam"])
    identity_kind: str | None = Field(None, description=_KIND, examples=["citizen"])
    identity_number: str | None = Field(None, description=f"identity card number: {_WHOLE}", examples=["049080005678"])
    phone: str | None = Field(None, description="telephone, as it was written", examples=["0905654321"])
    phone_e164: str | None = Field(
        None, description="the same in E.164; null if it is not valid", examples=["+84905654321"]
    )
    address: str | None = Field(None, description="street, village, commune", examples=["Thôn 2, xã Trà My"])


class AgentOut(ParticipantOut):
    """The person who hands in for the applicant."""

    authority_kind: str | None = Field(
        None,
        description="kind of the authority: written, certified, legal, family, introduction, service or other",
        examples=["written"],
    )
    authority: str = Field(description="paper that gives the authority", examples=["Giấy ủy quyền ngày 05/8/2026"])


class CoApplicantOut(ParticipantOut):
    """A person who applies together with the applicant."""

    relation: str | None = Field(None, description="part in the request", examples=["bên nam"])


class WarningOut(BaseModel):
    """Something about the people that may be wrong. It blocks nothing."""

    pointer: str = Field(description="JSON pointer into the dossier", examples=["/applicant/phone"])
    code: str = Field(description="stable code for programs", examples=["phone_without_texts"])
    detail: str = Field(description="the warning in English", examples=["A landline gets no text messages."])


class HandOffOut(BaseModel):
    """One hand-off of the dossier to a unit."""

    number: int = Field(description="its number within the dossier", examples=[1])
    step: str | None = Field(description="the route's name of the step", examples=[None])
    from_unit: UnitOut | None = Field(description="the giver; null for the first step of a route")
    to_unit: UnitOut = Field(description="the receiver")
    given_at: Shown = Field(description="when it was given")
    taken_at: Shown | None = Field(description="when the receiver took it", examples=[None])
    limit: LimitOut | None = Field(description="the step's share of the limit", examples=[None])
    due_at: Shown | None = Field(description="end of the step's share", examples=[None])
    done_at: Shown | None = Field(description="when the receiver passed it on or finished", examples=[None])
    state: str = Field(description="given, taken, done or not_taken", examples=["given"])
    verdict: str | None = Field(description="early, on_time or late, once done", examples=[None])


class MoneyOut(BaseModel):
    """Sums of money of a dossier, in đồng."""

    due: int = Field(description="due at the receipt and by requests", examples=[8000])
    asked: int = Field(description="of it, asked for by requests", examples=[0])
    paid: int = Field(description="paid, with the fee at the receipt", examples=[8000])
    refunded: int = Field(description="of it, given back", examples=[0])
    outstanding: int = Field(description="due and not paid; 0 once the dossier ended without a result", examples=[0])


class DossierOut(BaseModel):
    """A dossier."""

    code: str = Field(description="its code", examples=["000.31.15.H47-210816-0001"])
    external: list[ExternalOut] = Field(description="codes in other systems")
    procedure: ProcedureOut = Field(description="the procedure")
    applicant: ApplicantOut | None = Field(description="null for readers that need no names, and after a purge")
    handed_in_by: AgentOut | None = Field(
        description="who handed in for the applicant; null if nobody did, and for readers that need no names",
        examples=[None],
    )
    further_applicants: list[CoApplicantOut] = Field(
        description="who applies with the applicant; empty for readers that need no names", examples=[[]]
    )
    warnings: list[WarningOut] = Field(
        description="who cannot be reached, and which numbers are odd; empty for readers that need no names",
        examples=[[]],
    )
    summary: str | None = Field(
        description="the request in words; null for readers that need no names", examples=["Đăng ký giám hộ"]
    )
    documents: list[dict[str, Any]] = Field(
        description="papers that were handed in; their names are null for readers that need no names",
        examples=[[{"name": "Tờ khai", "form": "original", "copies": 1}]],
    )
    channel: str = Field(description="channel of receipt: counter, online or postal", examples=["counter"])
    return_method: str = Field(description="channel of the result: counter, online or postal", examples=["counter"])
    notify: bool = Field(description="false: the applicant wants no messages about the dossier", examples=[True])
    fee: int = Field(description="money paid and not given back, in đồng", examples=[8000])
    money: MoneyOut = Field(description="its sums of money")
    receiving_unit: UnitOut = Field(description="the unit that received it")
    responsible_unit: UnitOut = Field(description="the unit that answers for the due date")
    holder_unit: UnitOut = Field(description="the unit that has it now")
    officer: str | None = Field(
        description="person who works on it; null for readers that need no names", examples=["Trần Văn Minh"]
    )
    counter_unit: UnitOut = Field(description="the unit at whose counter the applicant is served")
    stage: str = Field(description="receive, process or return", examples=["receive"])
    status: str = Field(description="stable name of the status", examples=["received"])
    closed: bool = Field(description="nothing is left to do for it", examples=[False])
    national_status: int | None = Field(
        description="the national portal's number of the status; null for an annulled dossier", examples=[2]
    )
    submitted_at: Shown | None = Field(
        description="when it was submitted; null if it was received at once", examples=[None]
    )
    received_at: Shown | None = Field(description="when the papers were complete and the time limit began")
    limit: LimitOut | None = Field(description="its time limit; null while only submitted")
    clock: str = Field(description="not_started, running, suspended or ended", examples=["running"])
    provisional: bool = Field(
        description="a date of the deadline is in a year without an official calendar", examples=[False]
    )
    original_due_date: ShownDay | None = Field(
        description="due date at receipt, before suspensions and extensions", examples=["2021-08-19"]
    )
    due_date: ShownDay | None = Field(description="when the result is due", examples=["2021-08-19"])
    due_date_expected: bool = Field(
        description="received for another area and not yet with the competent agency: no clock runs, and the due date "
        "is as if it were handed on at once",
        examples=[False],
    )
    due_at: Shown | None = Field(
        description="the end of the last session of the due date; the exact minute for limits in hours",
        examples=["2021-08-19T17:00:00+07:00"],
    )
    projected_due_date: ShownDay | None = Field(
        description="while suspended: the due date if the suspension ended now", examples=[None]
    )
    promised_date: ShownDay | None = Field(description="the later date promised with an apology", examples=[None])
    working_days_left: int | None = Field(
        description="until the due date; 0 on it, negative after it, null unless the clock runs", examples=[3]
    )
    overdue: bool = Field(description="it is open and its due date has passed", examples=[False])
    finished_at: Shown | None = Field(description="when the result was ready at the counter", examples=[None])
    outcome: str | None = Field(description="granted or refused, once finished", examples=[None])
    verdict: str | None = Field(description="early, on_time or late, once finished", examples=[None])
    late_cause: str | None = Field(description=f"cause of a late result, of {', '.join(LateCause)}", examples=[None])
    late_cause_wanted: bool = Field(
        description="it was finished late, and its cause is not known yet", examples=[False]
    )
    returned_at: Shown | None = Field(description="when the result was handed over", examples=[None])
    hand_offs: list[HandOffOut] = Field(description="its hand-offs, oldest first", examples=[[]])
    conditions: list[str] = Field(description="codes of the conditions of its version that were applied", examples=[[]])
    flags: list[str] = Field(description=f"of {', '.join(Flag)}", examples=[[]])
    pending_corrections: list[int] = Field(
        description="sequences of the entries that ask for a correction and wait for a decision", examples=[[]]
    )
    version: int = Field(description="number of its changes; `If-Match` compares it", examples=[1])
    allowed_actions: list[str] = Field(
        description="actions that this caller may do now",
        examples=[["forward", "take", "request-supplement", "finish"]],
    )


class DefaultsOut(BaseModel):
    """Filters that a list applied, although the request did not name them."""

    open: Literal[True] = Field(description="only open dossiers: `open=true&open=false` lists all", examples=[True])
    hidden: int = Field(
        0,
        description="dossiers that are not open and fit all other filters, 100 at most; absent if there are none, and "
        "where this page has not all open ones",
        exclude_if=lambda hidden: not hidden,
    )


class DossierPage(Page[DossierOut]):
    """One page of dossiers in stable order."""

    defaults: DefaultsOut | None = Field(
        None,
        description="filters that were applied, although the request did not name them; absent if there were none",
        exclude_if=lambda defaults: defaults is None,
    )


class SimilarOut(BaseModel):
    """A dossier of the same person and procedure."""

    code: str = Field(description="its code", examples=["000.31.15.H47-210816-0001"])
    status: str = Field(description="stable name of its status", examples=["received"])
    received_at: Shown = Field(description="when it was received; when it was submitted, if it is only submitted")


class SimilarDossiersOut(BaseModel):
    """Dossiers of the same person and procedure, latest first."""

    items: list[SimilarOut] = Field(description="those that the caller may read")


class RecordedOut(BaseModel):
    """The entry that a change has recorded: keep it, and later compare it with the journal and the seals."""

    sequence: int = Field(description="its number in the journal", examples=[1])
    hash: str = Field(
        description="hash of the entry, over its content and all entries before it; its slip prints it too",
        examples=["0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"],
    )
    newest_seal: int = Field(
        description="number of the newest seal when it was recorded; 0: there was none", examples=[19]
    )


class ChangedOut(DossierOut):
    """A dossier after a change, with the last entry that the change recorded."""

    recorded: RecordedOut | None = Field(description="null if nothing was recorded, as by `dry_run`")


class ReceiptOut(ChangedOut):
    """A dossier with the rating key that its receipt prints, and with the dossiers that it may repeat."""

    rating_key: str | None = Field(
        description="key for the applicant's rating after the result is returned, as on the receipt slip; "
        "null while only submitted",
        examples=["7K2M-9QXD-4TBE-0H6R"],
    )
    similar: list[SimilarOut] = Field(
        description="dossiers of the same person and procedure that are open or of the same day, latest first: a hint",
        examples=[[]],
    )


class EntryOut(BaseModel):
    """One entry of the journal."""

    sequence: int = Field(description="its number within the dossier", examples=[1])
    type: str = Field(description="the action", examples=["receive"])
    occurred_at: Moment = Field(description="when it happened")
    recorded_at: Moment = Field(description="when it was recorded")
    client: str = Field(description="client that recorded it", examples=["tiep-nhan-tra-my"])
    client_name: str | None = Field(
        description="its name, if the client is a person; null for readers that need no names", examples=[None]
    )
    officer: str | None = Field(
        description="person who did it; null for readers that need no names", examples=["Trần Văn Minh"]
    )
    unit: UnitOut = Field(description="the unit that acted")
    data: dict[str, Any] = Field(
        description="the action's inputs and their effects", examples=[{"channel": "counter", "fee": 8000}]
    )
    note: str | None = Field(description="free text; null for readers that need no names", examples=[None])
    corrects: int | None = Field(description="the entry that this one corrects", examples=[None])
    superseded_by: int | None = Field(description="the last correction of this entry", examples=[None])
