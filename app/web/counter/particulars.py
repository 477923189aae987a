"""Corrects the particulars of a dossier: its people, summary, papers and return method."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.catalogue.cache import Reference
from app.dossiers.answer_schemas import DossierOut
from app.web.counter.addresses import redirect_to
from app.web.counter.dossier import units_on
from app.web.counter.people import (
    AGENT,
    APPLICANT,
    FIRST_KIND,
    agent_fields,
    agent_of,
    applicant_of,
    co_applicant_rows,
    co_applicants_of,
    patch_between,
)
from app.web.staff.api_client import Refusal
from app.web.staff.forms import NO, YES, Form, blank_rows, paper_rows, papers, rows_of, yes_no
from app.web.staff.refusals import form_facts
from app.web.staff.visit import DONE, Visit, form_route, page_route

router = APIRouter()

_NEW_ROWS = 3
_PLAIN = ("summary", "return_method")


@router.get("/d/{code}/particulars")
@page_route
async def particulars_form(visit: Visit) -> Response:
    """The form with the present particulars."""
    dossier = await _dossier(visit)
    return await _page(visit, dossier, _form_of(await visit.reference(), dossier))


async def _filled(visit: Visit, form: Form, refusal: Refusal | None) -> Response:
    return await _page(visit, await _dossier(visit), form, refusal)


@router.post("/d/{code}/particulars")
@form_route(_filled)
async def correct_particulars(visit: Visit, form: Form) -> Response:
    """Sends the fields that differ from what the form was shown with, once even if the form is sent twice."""
    code = visit.request.path_params["code"]
    after = await visit.api.patch(
        "dossiers", code, body=patch_of(form), version=form.get("version"), key=form.get("key")
    )
    return redirect_to(visit.request, "d", after["code"], query=f"{DONE}=particulars")


async def _dossier(visit: Visit) -> DossierOut:
    return DossierOut.model_validate(await visit.api.get("dossiers", visit.request.path_params["code"]))


async def _page(visit: Visit, dossier: DossierOut, form: Form, refusal: Refusal | None = None) -> Response:
    reference = await visit.reference()
    rows = rows_of(dossier.documents, given=True)
    others = [person.model_dump(exclude_none=True, exclude={"phone_e164"}) for person in dossier.further_applicants]
    shown = _form_of(reference, dossier)
    was = {
        **{name: shown.get(name) for name in (*_PLAIN, "notify")},
        "applicant": applicant_of(shown),
        "handed_in_by": agent_of(shown),
        "further_applicants": others,
        "documents": _papers(rows),
    }
    facts = {
        "dossier": dossier,
        "form": form,
        "papers": paper_rows(form) if "papers" in form else [*rows, *blank_rows(_NEW_ROWS)],
        "others": co_applicant_rows(co_applicants_of(form) if "others" in form else others),
        "was": json.dumps(was, ensure_ascii=False),
        "communes": units_on(reference, visit.today, ("commune",)),
        "key": secrets.token_urlsafe(16),
        **form_facts(refusal, visit.language),
    }
    return await visit.page("counter-particulars.html", facts, refusal.status if refusal else 200)


def _form_of(reference: Reference, dossier: DossierOut) -> dict[str, str]:
    """The present particulars as fields of the form, without blank ones."""
    fields: dict[str, Any] = {name: getattr(dossier, name) for name in _PLAIN}
    fields["notify"] = YES if dossier.notify else NO
    if dossier.applicant is not None:
        fields |= {name: getattr(dossier.applicant, name) for name in APPLICANT}
        commune = dossier.applicant.commune
        if commune is not None and not isinstance(commune, str):
            fields["commune"] = f"{commune.code} {reference.units[commune.id].full_name}"
        fields["identity_kind"] = fields["identity_kind"] or FIRST_KIND
    fields |= agent_fields(dossier.handed_in_by)
    return {name: value for name, value in fields.items() if value}


def _papers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ("name", "form", "copies") if row[name]} for row in rows]


# --- The patch --------------------------------------------------------------------------------------------------------


def patch_of(form: Form) -> dict[str, Any]:
    """The merge patch: the fields that differ from those that the form was shown with; a blanked field is removed.

    The present particulars do not matter, so that a form that is sent twice gives the same patch.
    """
    was = _shown(form.get("was", ""))
    body: dict[str, Any] = {name: form.get(name) for name in _PLAIN if form.get(name) != was.get(name)}
    if form.get("notify") != was.get("notify"):
        body["notify"] = yes_no(form.get("notify", ""))
    if applicant := patch_between(was.get("applicant"), applicant_of(form), APPLICANT):
        body["applicant"] = applicant
    agent = agent_of(form)
    if patch := patch_between(was.get("handed_in_by"), agent, AGENT):
        body["handed_in_by"] = patch if agent else None
    lists = {"further_applicants": co_applicants_of(form), "documents": papers(form)}
    return body | {name: value for name, value in lists.items() if value != was.get(name)}


def _shown(text: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}
