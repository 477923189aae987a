"""The content of a slip: the texts, ready to print, that its template gets (docs/slips.md)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.catalogue.cache import Reference
from app.domain.actions import Action
from app.domain.localtime import local_date
from app.dossiers.queries import Dossier
from app.slips.agencies import counter, heading, name_in_text, seat, shop_of
from app.slips.control_slip import hand_off_lines
from app.slips.events import Document, Event, HeldDate, documents_at, documents_of, event_for
from app.slips.forms import SlipKind, form_on
from app.slips.print_job import Content, PrintJob
from app.slips.wording import AUTHORITY, CHANNEL, PAPER_FORM, addressee, day_words, limit_words, moment_words, money


@dataclass(frozen=True, slots=True)
class Case:
    """A dossier with its journal, as far as its reader may see personal data."""

    reference: Reference
    dossier: Dossier
    events: Sequence[Event]
    sees_people: bool
    rating_key: str | None  # only for clerks and supervisors, who hand out receipts
    held: HeldDate | None = None


@dataclass(frozen=True, slots=True)
class ApplicantLines:
    """The applicant on a slip."""

    name: str
    addressee: str
    address: str | None
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class AgentLines:
    """The person who handed in for the applicant, with the paper that gives the authority and its label."""

    name: str
    identity_number: str | None
    phone: str | None
    address: str | None
    authority: str
    authority_label: str


@dataclass(frozen=True, slots=True)
class CoApplicantLines:
    """A person who applies with the applicant."""

    name: str
    identity_number: str | None
    phone: str | None
    address: str | None
    relation: str | None


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One document in the table of a slip; `name` is None if the reader may not see personal data."""

    name: str | None
    form: str
    copies: int


@dataclass(frozen=True, slots=True)
class ProcedureLine:
    """The procedure of a dossier."""

    code: str
    name: str
    field: str


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """The hash of a slip's entry, and the number of the newest seal when it was recorded; None without a seal."""

    hash: str
    newest_seal: int | None


def slip_job(case: Case, kind: SlipKind, sequence: int | None, paper: str) -> PrintJob:
    """The slip to print, from the template of the unit that issues it.

    Raises Conflict `no_such_slip` if the journal has no event for it.
    """
    event = event_for(kind, case.events, sequence)
    # A control slip describes the whole journal, any other slip its event.
    issue = case.events[-1] if kind is SlipKind.CONTROL else event
    unit_id = issue.state.counter_unit
    received = local_date(issue.state.received_at or issue.state.submitted_at or issue.at)
    content = {
        "kind": kind.value,
        "paper": paper,
        **_head(case, kind, issue, received),
        **_subject(case),
        **_dates(issue),
        "officer": event.officer,
        "recorded": RecordedLine(issue.hash, issue.newest_seal or None),
        # A control slip goes through offices, not to the applicant.
        "qr_key": None if kind is SlipKind.CONTROL else case.rating_key,
        "counter": counter(case.reference, unit_id, received),
        **_PARTS[kind](case, event),
    }
    return PrintJob(kind, case.reference.units[unit_id], content)


def _head(case: Case, kind: SlipKind, issue: Event, received: date) -> Content:
    unit_id = issue.state.counter_unit
    _agency, _, ordinal = case.dossier.code.partition("-")
    return {
        "form": form_on(kind, received),
        "agency": heading(case.reference, unit_id, received),
        "number": f"{ordinal}.{issue.sequence}/{shop_of(case.reference.units[unit_id], received).mark}",
        "place": seat(case.reference, unit_id),
        "date": day_words(local_date(issue.at)),
        "code": case.dossier.code,
    }


def _subject(case: Case) -> Content:
    dossier = case.dossier
    procedure = case.reference.procedures[dossier.procedure_id]
    return {
        "applicant": applicant_lines(case.reference, dossier) if case.sees_people else None,
        "procedure": ProcedureLine(procedure.code, procedure.name, procedure.field),
        "summary": dossier.summary if case.sees_people else None,
    }


def applicant_lines(reference: Reference, dossier: Dossier) -> ApplicantLines:
    """The applicant of a dossier that was not purged."""
    data = dossier.applicant
    commune = data["commune_unit_id"]
    home = name_in_text(reference.units[commune]) if commune is not None else data["commune_text"]
    return ApplicantLines(
        name=data["name"],
        addressee=addressee(data["kind"], data["name"]),
        address=", ".join(part for part in (data["address"], home) if part) or None,
        phone=data["phone"],
        email=data["email"],
    )


def _dates(issue: Event) -> Content:
    state = issue.state
    return {
        "received": moment_words(state.received_at) if state.received_at else None,
        "due": moment_words(state.due_at) if state.due_at else None,
        "limit": limit_words(state.limit) if state.limit else None,
    }


def _papers(case: Case, documents: Sequence[Document]) -> list[PaperLine]:
    # Names of documents are free text, so they may contain personal data.
    return [
        PaperLine(document.name if case.sees_people else None, PAPER_FORM[document.form], document.copies)
        for document in documents
    ]


def _receipt(case: Case, event: Event) -> Content:
    documents = documents_at(event, case.events, documents_of(case.dossier.documents))
    return {
        "papers": _papers(case, documents),
        "copies": sum(document.copies for document in documents),
        "fee": money(case.dossier.fee),
        "outstanding": money(case.dossier.state.outstanding) if case.dossier.state.outstanding else None,
        "return_method": CHANNEL[case.dossier.return_method],
        "holds": _holds(case, event),
        "provisional": event.state.provisional,
        "expected": event.state.awaits_agency,
        "identity_number": _identity_number(case, event),
        "agent": _agent(case, event),
        "further_applicants": _co_applicants(case, event),
        "rating_key": case.rating_key if event.state.received_at else None,
    }


def _holds(case: Case, event: Event) -> Content | None:
    """The date that holds by now, and since when; None if it is still that of the receipt."""
    held = case.held
    if held is None or held.sequence <= event.sequence:
        return None
    return {"date": day_words(held.date), "since": day_words(local_date(held.since))}


def _agent(case: Case, event: Event) -> AgentLines | None:
    agent = case.dossier.people.handed_in_by
    if agent is None or not case.sees_people:
        return None
    label = AUTHORITY[agent.get("authority_kind", "written")]
    return AgentLines(**_person(agent, event), authority=agent["authority"], authority_label=label)


def _co_applicants(case: Case, event: Event) -> list[CoApplicantLines]:
    people = case.dossier.people.further_applicants if case.sees_people else ()
    return [CoApplicantLines(**_person(person, event), relation=person.get("relation")) for person in people]


def _person(person: Mapping[str, Any], event: Event) -> dict[str, Any]:
    """The fields of a person beside the applicant."""
    shown = {name: person.get(name) for name in ("name", "identity_number", "phone", "address")}
    return shown if _has_identity(event) else {**shown, "identity_number": None}


# Form 01 of Circular 03/2025/TT-VPCP has a line for the identity number; earlier receipts have none.
_IDENTITY_SINCE = date(2025, 9, 15)


def _identity_number(case: Case, event: Event) -> str | None:
    return case.dossier.applicant["identity_number"] if case.sees_people and _has_identity(event) else None


def _has_identity(event: Event) -> bool:
    received_at = event.state.received_at
    return received_at is not None and local_date(received_at) >= _IDENTITY_SINCE


def _supplement(case: Case, event: Event) -> Content:
    return {"papers": _papers(case, event.texts.documents), **_reasons(case, event)}


def _reasons(_case: Case, event: Event) -> Content:
    return {"reason": event.texts.reason, "legal_basis": event.texts.legal_basis}


def _stop(_case: Case, event: Event) -> Content:
    return {"request": event.texts.request}


def _apology(case: Case, event: Event) -> Content:
    promised = date.fromisoformat(event.data["promised_date"])
    return {"promised": day_words(promised), **_reasons(case, event)}


def _submission(_case: Case, event: Event) -> Content:
    return {"submitted": moment_words(event.at)}


def _payment(_case: Case, event: Event) -> Content:
    return {"amount": money(event.data["amount"])}


def _redate(_case: Case, event: Event) -> Content:
    assert event.moved is not None, "the event has this slip"
    before, after = event.moved
    why = _WHY.get(event.action, "Điều chỉnh thông tin của hồ sơ")
    decision = event.data.get("decision")
    return {
        "before": day_words(before),
        "after": day_words(after),
        "reason": f"{why} ({decision})" if decision else why,
        "legal_basis": event.texts.legal_basis,
    }


# The reason of a moved date, by the action that moved it.
_WHY: Mapping[Action, str] = {
    Action.REDATE: "Lịch nghỉ, làm bù được thay đổi",
    Action.OUTAGE: "Sự cố hệ thống đã được thông báo",
    Action.EXTEND: "Gia hạn thời hạn giải quyết",
    Action.APPLY_CONDITION: "Áp dụng thời hạn theo điều kiện của thủ tục",
    Action.SUPPLEMENT: "Đã tiếp nhận giấy tờ bổ sung",
    Action.PAY: "Đã thực hiện nghĩa vụ tài chính",
    Action.RESUME: "Tiếp tục giải quyết sau khi xác minh",
}


def _transfer(case: Case, event: Event) -> Content:
    return {"to": case.reference.units[event.data["to_unit"]].full_name, **_reasons(case, event)}


def _control(case: Case, _event: Event) -> Content:
    return {
        "responsible": case.reference.units[case.dossier.state.responsible_unit].full_name,
        "hand_offs": hand_off_lines(case.reference, case.events),
    }


_PARTS: Mapping[SlipKind, Callable[[Case, Event], Content]] = {
    SlipKind.RECEIPT: _receipt,
    SlipKind.SUPPLEMENT: _supplement,
    SlipKind.REFUSAL: _reasons,
    SlipKind.APOLOGY: _apology,
    SlipKind.STOP: _stop,
    SlipKind.DISCONTINUATION: _reasons,
    SlipKind.SUBMISSION: _submission,
    SlipKind.PAYMENT: _payment,
    SlipKind.REDATE: _redate,
    SlipKind.TRANSFER: _transfer,
    SlipKind.CONTROL: _control,
}
