"""A dossier as the client sees it (contract, Dossiers): built from what the register holds and what day it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, Field

from app.access.callers import Caller
from app.catalogue.cache import Reference
from app.domain.calendar import local_date
from app.domain.due_dates import projected
from app.domain.lifecycle import Permissions, Role, allowed_actions
from app.domain.state import NATIONAL_STATUS, Clock, DossierState, HandOff, limit_data
from app.domain.verdict import overdue, working_days_left
from app.dossiers.masking import masked
from app.dossiers.permissions import needs_names
from app.dossiers.queries import Dossier, JournalEntry
from app.http.pagination import Page
from app.http.wire_types import Moment, Shown, ShownDay, UnitOut


class LimitOut(BaseModel):
    """A time limit."""

    amount: int | None = Field(description="how many; null for same_day", examples=[3])
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

    system: str = Field(description="which system", examples=["dvcqg"])
    code: str = Field(description="its code there", examples=["G22.99-210816-0001"])


class ApplicantOut(BaseModel):
    """Who asks."""

    kind: str = Field(description="person, business, agency or organisation", examples=["person"])
    name: str = Field(description="full name", examples=["Nguyễn Thị Hoa"])
    identity_number: str | None = Field(
        None,
        description="identity card or business number: in full from `GET /dossiers/{code}`, else only its end",
        examples=["049185001234"],
    )
    phone: str | None = Field(None, description="telephone", examples=["0905123456"])
    email: str | None = Field(None, description="e-mail address", examples=[None])
    address: str | None = Field(None, description="street, village", examples=["Thôn 2"])
    commune: UnitOut | str | None = Field(None, description="the unit, or the text given where it is not known here")


class HandOffOut(BaseModel):
    """The dossier passing to a unit."""

    number: int = Field(description="its number within the dossier", examples=[1])
    step: str | None = Field(description="the route's name of the step", examples=[None])
    from_unit: UnitOut | None = Field(description="who gave it; null for the first of a route")
    to_unit: UnitOut = Field(description="to whom it was given")
    given_at: Shown = Field(description="when it was given")
    taken_at: Shown | None = Field(description="when the receiver took it", examples=[None])
    limit: LimitOut | None = Field(description="the step's share of the limit", examples=[None])
    due_at: Shown | None = Field(description="until when the step should be done", examples=[None])
    done_at: Shown | None = Field(description="when the receiver passed it on or finished", examples=[None])
    state: str = Field(description="given, taken, done or not_taken", examples=["given"])
    verdict: str | None = Field(description="early, on_time or late, once done", examples=[None])


class DossierOut(BaseModel):
    """A dossier."""

    code: str = Field(description="its code", examples=["000.31.15.H47-210816-0001"])
    external: list[ExternalOut] = Field(description="its codes in other systems")
    procedure: ProcedureOut = Field(description="what is asked for")
    applicant: ApplicantOut | None = Field(description="null for readers that need no names, and once purged")
    summary: str | None = Field(
        description="what is asked for, in words; null for readers that need no names", examples=["Đăng ký giám hộ"]
    )
    documents: list[dict[str, Any]] = Field(
        description="what was handed in; names of papers are null for readers that need no names",
        examples=[[{"name": "Tờ khai", "form": "original", "copies": 1}]],
    )
    channel: str = Field(description="how it came in: counter, online or postal", examples=["counter"])
    return_method: str = Field(description="how the result goes back: counter, online or postal", examples=["counter"])
    fee: int = Field(description="fee taken, in đồng", examples=[0])
    receiving_unit: UnitOut = Field(description="where it was received")
    responsible_unit: UnitOut = Field(description="who answers for its due date")
    holder_unit: UnitOut = Field(description="who has it now")
    officer: str | None = Field(
        description="who has it in hand; null for readers that need no names", examples=["Trần Văn Minh"]
    )
    counter_unit: UnitOut = Field(description="at whose counter the applicant is served")
    stage: str = Field(description="receive, process or return", examples=["receive"])
    status: str = Field(description="stable name of the status", examples=["received"])
    closed: bool = Field(description="nothing more will happen to it", examples=[False])
    national_status: int = Field(description="the national portal's number of the status", examples=[2])
    submitted_at: Shown | None = Field(description="when it was submitted, if it was", examples=[None])
    received_at: Shown | None = Field(description="when the papers were complete and the time limit began")
    limit: LimitOut | None = Field(description="its time limit; null while only submitted")
    clock: str = Field(description="not_started, running, suspended or ended", examples=["running"])
    provisional: bool = Field(
        description="a date of the deadline lies in a year without an official calendar", examples=[False]
    )
    original_due_date: ShownDay | None = Field(
        description="due date at receipt, before suspensions and extensions", examples=["2021-08-19"]
    )
    due_date: ShownDay | None = Field(description="when the result is due", examples=["2021-08-19"])
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
    overdue: bool = Field(description="it is still open and the due date has passed", examples=[False])
    finished_at: Shown | None = Field(description="when the result was ready at the counter", examples=[None])
    outcome: str | None = Field(description="granted or refused, once finished", examples=[None])
    verdict: str | None = Field(description="early, on_time or late, once finished", examples=[None])
    returned_at: Shown | None = Field(description="when the result was handed over", examples=[None])
    hand_offs: list[HandOffOut] = Field(description="its way through the units, oldest first", examples=[[]])
    flags: list[str] = Field(
        description="of backdated, corrected, imported, late_apology and repeated_supplement", examples=[[]]
    )
    pending_corrections: list[int] = Field(
        description="the journal's entries that ask for a correction nobody has approved or rejected yet", examples=[[]]
    )
    version: int = Field(description="how often it was changed; the number that `If-Match` compares", examples=[1])
    allowed_actions: list[str] = Field(
        description="what this caller may do now", examples=[["forward", "take", "request-supplement", "finish"]]
    )


class DefaultsOut(BaseModel):
    """Filters that a list applied, although the request did not name them."""

    open: Literal[True] = Field(description="only open dossiers: `open=true&open=false` lists all", examples=[True])


class DossierPage(Page[DossierOut]):
    """One page of dossiers in stable order."""

    defaults: DefaultsOut | None = Field(
        None,
        description="filters that were applied, although the request did not name them; absent if there were none",
        exclude_if=lambda defaults: defaults is None,
    )


class ReceiptOut(DossierOut):
    """A dossier as its receipt answers it."""

    rating_key: str | None = Field(
        description="by which the applicant may rate once the result is returned, as the receipt slip prints it; "
        "null while only submitted",
        examples=["7K2M-9QXD-4TBE-0H6R"],
    )


class EntryOut(BaseModel):
    """One entry of the journal."""

    sequence: int = Field(description="its number within the dossier", examples=[1])
    type: str = Field(description="the action", examples=["receive"])
    occurred_at: Moment = Field(description="when it happened")
    recorded_at: Moment = Field(description="when it was recorded")
    client: str = Field(description="name of the token that recorded it", examples=["tiep-nhan-tra-my"])
    officer: str | None = Field(
        description="who did it; null for readers that need no names", examples=["Trần Văn Minh"]
    )
    unit: UnitOut = Field(description="for which unit it was done")
    data: dict[str, Any] = Field(
        description="the action's inputs and their effects", examples=[{"channel": "counter", "fee": 0}]
    )
    note: str | None = Field(description="free text; null for readers that need no names", examples=[None])
    corrects: int | None = Field(description="the entry that this one puts right", examples=[None])
    superseded_by: int | None = Field(description="the last correction of this entry", examples=[None])


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a dossier is shown, and when."""

    caller: Caller
    scope: frozenset[int] | None
    now: datetime

    @property
    def needs_names(self) -> bool:
        """Who works on dossiers needs names; who counts, and who looks after the service, does not."""
        return needs_names(self.caller.role)

    @property
    def names_only_where_held(self) -> frozenset[int] | None:
        """The units that have to hold a dossier, or to have held it, for its people to be shown; None: any will do."""
        return self.scope if self.caller.role is Role.OFFICER else None

    def sees_people(self, dossier: Dossier) -> bool:
        """Whether this reader, who may read the dossier, is shown the people in it and what people wrote.

        An officer is where its units hold or held the dossier, a clerk or supervisor wherever they may read it; of a
        purged one nobody is, as nothing is left.
        """
        holders = self.names_only_where_held
        return (self.needs_names and not dossier.purged) and (
            holders is None or any(held and unit in holders for unit, held in dossier.units.items())
        )

    @property
    def today(self) -> date:
        """The local date of now."""
        return local_date(self.now)


def unit_out(reference: Reference, unit_id: int) -> UnitOut:
    """A unit by which a dossier is named."""
    unit = reference.units[unit_id]
    return _unit_out(unit.id, unit.code, unit.name, unit.kind)


# A dossier names four units and more, and a list mostly the same ones.
@lru_cache(maxsize=4096)
def _unit_out(unit_id: int, code: str, name: str, kind: str) -> UnitOut:
    return UnitOut(id=unit_id, code=code, name=name, kind=kind)


def is_overdue(state: DossierState, now: datetime) -> bool:
    """Whether an open dossier is overdue now (rules §7)."""
    if not state.open or state.limit is None or state.due_date is None or state.due_at is None:
        return False
    return overdue(state.limit.unit, state.due_date, state.due_at, now, state.protected)


def projected_due_date(reference: Reference, state: DossierState, now: datetime) -> date | None:
    """The due date as if the open suspension ended now (rules §5)."""
    if state.open_wait is None or state.procedure_version is None or state.received_at is None:
        return None
    law = reference.law(state.procedure_version, state.receiving_unit, state.received_at)
    found = projected(state, law, now)
    return found.due_date if found else None


def dossier_out(
    reference: Reference, dossier: Dossier, reader: Reader, permissions: Permissions, *, whole: bool = False
) -> DossierOut:
    """The dossier for this reader; the applicant's number is masked unless it is the `whole` one that was asked for."""
    state, people = dossier.state, reader.sees_people(dossier)
    procedure = reference.procedures[dossier.procedure_id]
    version = reference.version(state.procedure_version) if state.procedure_version else None
    terms = version.terms if version else None
    left = None
    if state.clock is Clock.RUNNING and state.due_date:
        left = working_days_left(reference.calendar, reader.today, state.due_date)
    return DossierOut(
        code=dossier.code,
        external=[ExternalOut(system=system, code=code) for system, code in dossier.externals],
        procedure=ProcedureOut(
            code=procedure.code,
            name=procedure.name,
            version=version.version if version else None,
            field=procedure.field,
        ),
        applicant=_applicant_out(reference, dossier.applicant, whole=whole) if people else None,
        summary=dossier.summary if people else None,
        # The names of papers are typed, and may name people.
        documents=[dict(one) if people else {**one, "name": None} for one in dossier.documents],
        channel=state.channel,
        return_method=dossier.return_method,
        fee=dossier.fee,
        receiving_unit=unit_out(reference, state.receiving_unit),
        responsible_unit=unit_out(reference, state.responsible_unit),
        holder_unit=unit_out(reference, state.holder_unit),
        officer=dossier.officer if people else None,
        counter_unit=unit_out(reference, state.counter_unit),
        stage=state.stage.value,
        status=state.status.value,
        closed=state.closed,
        national_status=NATIONAL_STATUS[state.status],
        submitted_at=state.submitted_at,
        received_at=state.received_at,
        limit=LimitOut(**limit_data(state.limit)) if state.limit else None,
        clock=state.clock.value,
        provisional=state.provisional,
        original_due_date=state.original_due_date,
        due_date=state.due_date,
        due_at=state.due_at,
        projected_due_date=projected_due_date(reference, state, reader.now),
        promised_date=state.promised_date,
        working_days_left=left,
        overdue=is_overdue(state, reader.now),
        finished_at=state.finished_at,
        outcome=state.outcome,
        verdict=state.verdict.value if state.verdict else None,
        returned_at=state.returned_at,
        hand_offs=[_hand_off_out(reference, one) for one in state.hand_offs],
        flags=sorted(state.flags),
        pending_corrections=[one.sequence for one in state.corrections],
        version=state.version,
        allowed_actions=[]
        if dossier.purged
        else [action.value for action in allowed_actions(state, permissions, terms, reader.today)],
    )


def _applicant_out(reference: Reference, data: Mapping[str, Any], *, whole: bool) -> ApplicantOut:
    unit = data["commune_unit_id"]
    commune = unit_out(reference, unit) if unit is not None else data["commune_text"]
    return ApplicantOut(
        kind=data["kind"],
        name=data["name"],
        identity_number=data["identity_number"] if whole else masked(data["identity_number"]),
        phone=data["phone"],
        email=data["email"],
        address=data["address"],
        commune=commune,
    )


def _hand_off_out(reference: Reference, one: HandOff) -> HandOffOut:
    return HandOffOut(
        number=one.number,
        step=one.step,
        from_unit=unit_out(reference, one.from_unit) if one.from_unit is not None else None,
        to_unit=unit_out(reference, one.to_unit),
        given_at=one.given_at,
        taken_at=one.taken_at,
        limit=LimitOut(**limit_data(one.limit)) if one.limit else None,
        due_at=one.due_at,
        done_at=one.done_at,
        state=one.state.value,
        verdict=one.verdict.value if one.verdict else None,
    )


def entry_out(reference: Reference, one: JournalEntry, superseded_by: int | None, *, people: bool) -> EntryOut:
    """The entry; for who is shown `people` the words that stay out of the journal stand in its data again."""
    entry = one.entry
    data = {key: value for key, value in entry.data.items() if key != "texts"}
    words: Mapping[str, Any] = one.texts if people else {}
    data |= {key: value for key, value in words.items() if key not in ("officer", "note")}
    if "changes" in words:
        data["changes"] = {**entry.data.get("changes", {}), **words["changes"]}
    return EntryOut(
        sequence=entry.sequence,
        type=entry.type.value,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        client=one.client,
        officer=words.get("officer"),
        unit=unit_out(reference, entry.unit),
        data=data,
        note=words.get("note"),
        corrects=one.corrects,
        superseded_by=superseded_by,
    )
