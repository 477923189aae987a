"""What a slip says, as the data that its template is given (docs/slips.md): words ready to be set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.catalogue.cache import Reference
from app.domain.localtime import local_date
from app.dossiers.queries import Dossier
from app.slips.agencies import among, counter, heading, seat, shop_of
from app.slips.control_slip import hand_offs_of
from app.slips.events import Event, chosen, papers_at
from app.slips.forms import SlipKind, form_on
from app.slips.wording import CHANNEL, PAPER_FORM, addressed, day_words, limit_words, moment_words, money

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A dossier with its journal, as far as its reader may see the people in it."""

    reference: Reference
    dossier: Dossier
    events: Sequence[Event]
    sees_people: bool
    rating_key: str | None  # for whoever hands out receipts, else None


def content_of(case: Case, kind: SlipKind, sequence: int | None) -> tuple[int, Content]:
    """The unit that gives the slip out, whose template it is set by, and what the slip says.

    Raises Conflict `no_such_slip` where the journal has nothing for it.
    """
    event = chosen(kind, case.events, sequence)
    # A control slip tells of all that happened until now, any other of its event.
    told = case.events[-1] if kind is SlipKind.CONTROL else event
    unit_id = told.state.counter_unit
    received = local_date(told.state.received_at or told.state.submitted_at or told.at)
    return unit_id, {
        "kind": kind.value,
        **_head(case, kind, told, received),
        **_subject(case),
        **_dates(told),
        "officer": event.officer,
        "counter": counter(case.reference, unit_id, received),
        **_PARTS[kind](case, event),
    }


def _head(case: Case, kind: SlipKind, told: Event, received: date) -> Content:
    unit_id = told.state.counter_unit
    _agency, _, ordinal = case.dossier.code.partition("-")
    return {
        "form": asdict(form_on(kind, received)),
        "agency": heading(case.reference, unit_id, received),
        "number": f"{ordinal}.{told.sequence}/{shop_of(case.reference.units[unit_id], received).mark}",
        "place": seat(case.reference, unit_id),
        "date": day_words(local_date(told.at)),
        "code": case.dossier.code,
    }


def _subject(case: Case) -> Content:
    dossier = case.dossier
    procedure = case.reference.procedures[dossier.procedure_id]
    return {
        "applicant": applicant_of(case.reference, dossier) if case.sees_people else None,
        "procedure": {"code": procedure.code, "name": procedure.name, "field": procedure.field},
        "summary": dossier.summary if case.sees_people else None,
    }


def applicant_of(reference: Reference, dossier: Dossier) -> dict[str, str | None]:
    """Who asks, as slips name them: without the identity number, which no form has."""
    data = dossier.applicant
    commune = data["commune_unit_id"]
    home = among(reference.units[commune]) if commune is not None else data["commune_text"]
    return {
        "name": data["name"],
        "addressee": addressed(data["kind"], data["name"]),
        "address": ", ".join(part for part in (data["address"], home) if part) or None,
        "phone": data["phone"],
        "email": data["email"],
    }


def _dates(told: Event) -> Content:
    state = told.state
    return {
        "received": moment_words(state.received_at) if state.received_at else None,
        "due": moment_words(state.due_at) if state.due_at else None,
        "limit": limit_words(state.limit) if state.limit else None,
    }


def _papers(case: Case, papers: Sequence[Mapping[str, Any]]) -> list[Content]:
    # The names of papers are typed, and may name people.
    return [
        {
            "name": one["name"] if case.sees_people else None,
            "form": PAPER_FORM[one["form"]],
            "copies": one["copies"],
        }
        for one in papers
    ]


def _receipt(case: Case, event: Event) -> Content:
    papers = papers_at(event, case.events, case.dossier.documents)
    return {
        "papers": _papers(case, papers),
        "copies": sum(one["copies"] for one in papers),
        "fee": money(case.dossier.fee),
        "return_method": CHANNEL[case.dossier.return_method],
        "provisional": event.state.provisional,
        "rating_key": case.rating_key if event.state.received_at else None,
    }


def _supplement(case: Case, event: Event) -> Content:
    return {"papers": _papers(case, event.words.get("documents", ())), **_reasons(case, event)}


def _reasons(_case: Case, event: Event) -> Content:
    return {"reason": event.words.get("reason"), "legal_basis": event.words.get("legal_basis")}


def _apology(case: Case, event: Event) -> Content:
    promised = date.fromisoformat(event.data["promised_date"])
    return {"promised": day_words(promised), **_reasons(case, event)}


def _control(case: Case, _event: Event) -> Content:
    return {
        "responsible": case.reference.units[case.dossier.state.responsible_unit].full_name,
        "hand_offs": hand_offs_of(case.reference, case.events),
    }


_PARTS: Mapping[SlipKind, Callable[[Case, Event], Content]] = {
    SlipKind.RECEIPT: _receipt,
    SlipKind.SUPPLEMENT: _supplement,
    SlipKind.REFUSAL: _reasons,
    SlipKind.APOLOGY: _apology,
    SlipKind.DISCONTINUATION: _reasons,
    SlipKind.CONTROL: _control,
}
