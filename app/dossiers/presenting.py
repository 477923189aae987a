"""Makes dossiers and journal entries as clients see them, for one reader on one day (contract, Dossiers)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from app.access.shown_people import people_shown
from app.catalogue.cache import Procedure, Reference, Version
from app.contact_data import phone_of
from app.domain.due_dates import projected
from app.domain.identity_papers import kind_of
from app.domain.lifecycle import Permissions, allowed_actions
from app.domain.state import NATIONAL_STATUS, Clock, DossierState, HandOff, limit_data
from app.domain.verdict import Verdict, overdue, working_days_left
from app.dossiers.answer_schemas import (
    AgentOut,
    ApplicantOut,
    CoApplicantOut,
    DossierOut,
    EntryOut,
    ExternalOut,
    HandOffOut,
    LimitOut,
    MoneyOut,
    ProcedureOut,
    RecordedOut,
    SimilarOut,
    WarningOut,
)
from app.dossiers.masking import masked
from app.dossiers.permissions import may_read
from app.dossiers.queries import Dossier, JournalEntry
from app.dossiers.reader import Reader
from app.dossiers.similar import SimilarDossier
from app.dossiers.warnings import WARNINGS, warnings_of
from app.http.wire_types import UnitOut


def unit_out(reference: Reference, unit_id: int) -> UnitOut:
    """A unit as a dossier names it."""
    unit = reference.units[unit_id]
    return _unit_out(unit.id, unit.code, unit.name, unit.kind)


# A dossier names four units and more, and the dossiers of a list name mostly the same ones.
@lru_cache(maxsize=4096)
def _unit_out(unit_id: int, code: str, name: str, kind: str) -> UnitOut:
    return UnitOut(id=unit_id, code=code, name=name, kind=kind)


def is_overdue(state: DossierState, now: datetime) -> bool:
    """True if the dossier is open and overdue at `now` (rules §7)."""
    if not state.open or state.awaits_agency or state.limit is None or state.due_date is None or state.due_at is None:
        return False
    return overdue(state.limit.unit, state.due_date, state.due_at, now, state.protected)


def is_expected(clock: str, due_date: date | None) -> bool:
    """True for a due date that no clock runs towards yet: a dossier for another area (rules §15)."""
    return clock == Clock.NOT_STARTED and due_date is not None


def projected_due_date(reference: Reference, state: DossierState, now: datetime) -> date | None:
    """The due date as if the open suspension ended at `now`; None if nothing is suspended (rules §5)."""
    if state.open_wait is None or state.procedure_version is None or state.received_at is None:
        return None
    law = reference.law(state.procedure_version, state.receiving_unit, state.received_at)
    deadline = projected(state, law, now)
    return deadline.due_date if deadline else None


def dossier_out(
    reference: Reference, dossier: Dossier, reader: Reader, permissions: Permissions, *, whole: bool = False
) -> DossierOut:
    """The dossier for this reader; the applicant's number is masked unless `whole`."""
    state = dossier.state
    version = reference.version(state.procedure_version) if state.procedure_version else None
    return DossierOut(
        code=dossier.code,
        external=[ExternalOut(system=system, code=code) for system, code in dossier.externals],
        procedure=procedure_out(reference.procedures[dossier.procedure_id], version),
        **_people(reference, dossier, reader, whole=whole),
        channel=state.channel,
        return_method=dossier.return_method,
        notify=dossier.notify,
        fee=dossier.fee,
        money=money_out(state),
        receiving_unit=unit_out(reference, state.receiving_unit),
        responsible_unit=unit_out(reference, state.responsible_unit),
        holder_unit=unit_out(reference, state.holder_unit),
        counter_unit=unit_out(reference, state.counter_unit),
        **_progress(state),
        **_deadline(reference, state, reader),
        hand_offs=[_hand_off_out(reference, hand_off) for hand_off in state.hand_offs],
        version=state.version,
        allowed_actions=_allowed(dossier, permissions, version, reader.today),
    )


def recorded_out(dossier: Dossier) -> RecordedOut:
    """The last entry of a dossier that was just changed, for its client to keep (rules §13)."""
    assert dossier.newest_seal is not None, "a change reads the newest seal"
    return RecordedOut(sequence=dossier.state.version, hash=dossier.journal_hash, newest_seal=dossier.newest_seal)


def money_out(state: DossierState) -> MoneyOut:
    """The sums of money of a dossier (rules §19)."""
    money = state.money
    return MoneyOut(
        due=money.due + money.unrecorded,
        asked=money.asked,
        paid=money.paid + money.unrecorded,
        refunded=money.refunded,
        outstanding=state.outstanding,
    )


def similar_out(similar: Sequence[SimilarDossier], scope: frozenset[int] | None, own: str = "") -> list[SimilarOut]:
    """The similar dossiers that a caller with this scope may read, without its `own`."""
    others = [dossier for dossier in similar if dossier.code != own and may_read(scope, dossier.units)]
    # That the same person has them is personal.
    people_shown(dossier.id for dossier in others)
    return [SimilarOut(code=dossier.code, status=dossier.status, received_at=dossier.at) for dossier in others]


def procedure_out(procedure: Procedure, version: Version | None) -> ProcedureOut:
    """A procedure as a dossier names it; `version` is None while the dossier is only submitted."""
    return ProcedureOut(
        code=procedure.code,
        name=procedure.name,
        version=version.version if version else None,
        field=procedure.field,
    )


def _people(reference: Reference, dossier: Dossier, reader: Reader, *, whole: bool) -> dict[str, Any]:
    """The fields that may name people: null for a reader who does not see them."""
    if not reader.sees_people(dossier):
        # Names of papers are typed, and may name people.
        papers = [{**paper, "name": None} for paper in dossier.documents]
        nobody: dict[str, Any] = {"applicant": None, "handed_in_by": None, "further_applicants": [], "warnings": []}
        return {**nobody, "summary": None, "documents": papers, "officer": None}
    agent, others = dossier.people.handed_in_by, dossier.people.further_applicants
    return {
        "applicant": applicant_out(reference, dossier.applicant, whole=whole),
        "handed_in_by": AgentOut(**_participant(agent, whole=whole)) if agent else None,
        "further_applicants": [CoApplicantOut(**_participant(other, whole=whole)) for other in others],
        "warnings": [
            WarningOut(pointer=pointer, code=code, detail=WARNINGS[code].en)
            for pointer, code in warnings_of(dossier, reader.today)
        ],
        "summary": dossier.summary,
        "documents": [dict(paper) for paper in dossier.documents],
        "officer": dossier.officer,
    }


def _progress(state: DossierState) -> dict[str, Any]:
    """The fields on the status and on the result."""
    return {
        "stage": state.stage.value,
        "status": state.status.value,
        "closed": state.closed,
        "national_status": NATIONAL_STATUS.get(state.status),
        "submitted_at": state.submitted_at,
        "received_at": state.received_at,
        "finished_at": state.finished_at,
        "outcome": state.outcome,
        "verdict": state.verdict.value if state.verdict else None,
        "late_cause": state.late_cause,
        "late_cause_wanted": state.verdict is Verdict.LATE and state.late_cause is None,
        "returned_at": state.returned_at,
        "conditions": list(state.conditions),
        "flags": sorted(state.flags),
        "pending_corrections": [correction.sequence for correction in state.corrections],
    }


def _deadline(reference: Reference, state: DossierState, reader: Reader) -> dict[str, Any]:
    """The fields on the limit and the due date, as of the reader's instant (rules §5 to §7)."""
    days_left = None
    if state.clock is Clock.RUNNING and state.due_date:
        days_left = working_days_left(reference.calendar, reader.today, state.due_date)
    return {
        "limit": LimitOut(**limit_data(state.limit)) if state.limit else None,
        "clock": state.clock.value,
        "provisional": state.provisional,
        "original_due_date": state.original_due_date,
        "due_date": state.due_date,
        "due_date_expected": is_expected(state.clock, state.due_date),
        "due_at": state.due_at,
        "projected_due_date": projected_due_date(reference, state, reader.now),
        "promised_date": state.promised_date,
        "working_days_left": days_left,
        "overdue": is_overdue(state, reader.now),
    }


def _allowed(dossier: Dossier, permissions: Permissions, version: Version | None, today: date) -> list[str]:
    if dossier.purged:
        return []
    terms = version.terms if version else None
    return [action.value for action in allowed_actions(dossier.state, permissions, terms, today)]


def applicant_out(reference: Reference, applicant: Mapping[str, Any], *, whole: bool) -> ApplicantOut:
    """The applicant; the identity number is masked unless `whole`."""
    unit = applicant["commune_unit_id"]
    number = applicant["identity_number"]
    return ApplicantOut(
        kind=applicant["kind"],
        name=applicant["name"],
        identity_kind=_kind_of(applicant, of_person=applicant["kind"] == "person"),
        identity_number=number if whole else masked(number),
        phone=applicant["phone"],
        phone_e164=_e164(applicant["phone"]),
        email=applicant["email"],
        address=applicant["address"],
        commune=unit_out(reference, unit) if unit is not None else applicant["commune_text"],
    )


def _participant(person: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """The fields of a person beside the applicant; the identity number is masked unless `whole`."""
    number = person.get("identity_number")
    return {
        **person,
        "identity_kind": _kind_of(person, of_person=True),
        "identity_number": number if whole else masked(number),
        "phone_e164": _e164(person.get("phone")),
    }


def _kind_of(person: Mapping[str, Any], *, of_person: bool) -> str | None:
    """The kind of the identity paper, inferred if it was not stated; None without a number."""
    number, stated = person.get("identity_number"), person.get("identity_kind")
    return (stated or kind_of(number, of_person=of_person).value) if number else None


def _e164(written: str | None) -> str | None:
    phone = phone_of(written)
    return phone.e164 if phone else None


def _hand_off_out(reference: Reference, hand_off: HandOff) -> HandOffOut:
    return HandOffOut(
        number=hand_off.number,
        step=hand_off.step,
        from_unit=unit_out(reference, hand_off.from_unit) if hand_off.from_unit is not None else None,
        to_unit=unit_out(reference, hand_off.to_unit),
        given_at=hand_off.given_at,
        taken_at=hand_off.taken_at,
        limit=LimitOut(**limit_data(hand_off.limit)) if hand_off.limit else None,
        due_at=hand_off.due_at,
        done_at=hand_off.done_at,
        state=hand_off.state.value,
        verdict=hand_off.verdict.value if hand_off.verdict else None,
    )


def entry_out(
    reference: Reference,
    written: JournalEntry,
    superseded_by: int | None,
    *,
    people: bool,
    names: Mapping[str, str],
) -> EntryOut:
    """The entry; if the reader sees `people`, its data have again the words that stay out of the journal.

    `names` are those of clients that are people.
    """
    entry = written.entry
    data = {key: value for key, value in entry.data.items() if key != "texts"}
    words: Mapping[str, Any] = written.texts if people else {}
    data |= {key: value for key, value in words.items() if key not in ("officer", "note")}
    if "changes" in words:
        data["changes"] = {**entry.data.get("changes", {}), **words["changes"]}
    return EntryOut(
        sequence=entry.sequence,
        type=entry.type.value,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        client=written.client,
        client_name=names.get(written.client),
        officer=words.get("officer"),
        unit=unit_out(reference, entry.unit),
        data=data,
        note=words.get("note"),
        corrects=written.corrects,
        superseded_by=superseded_by,
    )
