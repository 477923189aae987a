"""The receipt of a dossier in two steps: the choice of the procedure, then the form for its data."""

import re
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.catalogue.cache import Procedure, Reference, Version
from app.catalogue.parameters import ProcedureQuery, procedure_filter
from app.catalogue.queries import list_procedures
from app.dossiers.answer_schemas import SimilarDossiersOut, SimilarOut
from app.http.wire_types import validated
from app.identity.tokens.schemas import CallerOut
from app.web.counter.actions import value_of
from app.web.counter.dossier import units_on
from app.web.counter.people import AGENT, FIRST_KIND, agent_of, applicant_of, co_applicant_rows, co_applicants_of
from app.web.staff.api_client import ApiClient
from app.web.staff.forms import YES, Form, blank_rows, moment, number, paper_rows, papers, rows_of, unit_code, yes_no

_NEW_ROWS = 3
_CODE = re.compile(r"[A-Za-z0-9.]+")
_MORE = (
    "summary",
    "email",
    "receiving_unit",
    "responsible_unit",
    "another_area",
    "fee_due",
    *(f"agent_{name}" for name in AGENT),
    "external",
    "at",
    "reason",
    "note",
)
_PLAIN = (
    "procedure",
    "channel",
    "summary",
    "return_method",
    "officer",
    "note",
    "reason",
    "fee_method",
    "fee_receipt_number",
)


def procedures_in_force(reference: Reference, today: date, text: str = "") -> list[Procedure]:
    """The procedures in force that match the words, with or without accents, by name; all of them without words."""
    query = validated(ProcedureQuery, {"q": text} if text else {}, "")
    matches = list_procedures(reference, procedure_filter(reference, query, today))
    in_force = (procedure for procedure in matches if reference.in_force(procedure, today))
    return sorted(in_force, key=lambda procedure: procedure.name)


def matching_procedures(reference: Reference, typed: str, today: date) -> list[Procedure]:
    """The procedure of a code, with or without its name after it; otherwise those that match the words."""
    code = _CODE.match(typed)
    procedure = reference.find_procedure(code[0]) if code else None
    if procedure is not None and reference.in_force(procedure, today):
        return [procedure]
    return procedures_in_force(reference, today, typed[:200])


def initial_form(procedure: Procedure, version: Version, officer: str) -> dict[str, str]:
    """The fields that are filled in at first."""
    channel = next((name for name, limit in version.limits.items() if limit is not None), "")
    return {
        "procedure": procedure.code,
        "kind": "person",
        "identity_kind": FIRST_KIND,
        "agent_identity_kind": FIRST_KIND,
        "channel": channel,
        "return_method": "counter",
        "notify": YES,
        "fee": str(version.fee or 0),
        "fee_method": "cash" if version.fee else "",
        "officer": officer,
    }


def receipt_facts(
    reference: Reference, caller: CallerOut, procedure: Procedure, form: Form, today: date, errors: Mapping[str, str]
) -> dict[str, Any]:
    """The facts of the template `counter-receive.html`; `form` has the fields as they are filled in."""
    version = reference.in_force(procedure, today)
    assert version is not None
    rows = paper_rows(form) if "papers" in form else [*rows_of(version.documents, given=True), *blank_rows(_NEW_ROWS)]
    return {
        "procedure": procedure,
        "form": form,
        "errors": errors,
        "has_more": any(name in _MORE or name.startswith("other-") for name in errors),
        "papers": rows,
        "others": co_applicant_rows(co_applicants_of(form)),
        "channels": [name for name, limit in version.limits.items() if limit is not None],
        "communes": units_on(reference, today, ("commune",)),
        "units": units_on(reference, today, ("province", "district", "office", "commune")),
        "names_unit": caller.unit is None,
        "key": secrets.token_urlsafe(16),
    }


async def similar_dossiers(api: ApiClient, procedure: str, applicant: Mapping[str, Any]) -> list[SimilarOut]:
    """The dossiers that a receipt for this applicant would repeat; none while no name is filled in."""
    if not applicant.get("name"):
        return []
    answer = await api.post("dossiers", "similar", body={"procedure": procedure, "applicant": applicant})
    return SimilarDossiersOut.model_validate(answer).items


def receipt_body(form: Form) -> dict[str, Any]:
    """The body of `POST /dossiers` from the form, without blank fields."""
    body: dict[str, Any] = {name: form[name] for name in _PLAIN if name in form}
    body["applicant"] = applicant_of(form)
    body["documents"] = papers(form)
    body |= {name: unit_code(form[name]) for name in ("receiving_unit", "responsible_unit") if name in form}
    if "submit" in form:
        body["submit"] = True
    body |= {name: number(form[name]) for name in ("fee", "fee_due") if name in form}
    if "notify" in form:
        body["notify"] = yes_no(form["notify"])
    if "another_area" in form:
        body["another_area"] = value_of("another_area", form["another_area"])
    if agent := agent_of(form):
        body["handed_in_by"] = agent
    if others := co_applicants_of(form):
        body["further_applicants"] = others
    if "at" in form:
        body["at"] = moment(form["at"])
    if "external_code" in form:
        body["external"] = [{"system": form.get("external_system", ""), "code": form["external_code"]}]
    return body
