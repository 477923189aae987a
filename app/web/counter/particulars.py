"""Mending the particulars of a dossier: applicant, summary, papers and the way back, from what was shown of them."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.catalogue.cache import Reference
from app.dossiers.answer_schemas import DossierOut
from app.web.counter.api_client import Refusal
from app.web.counter.dossier import units_on
from app.web.counter.forms import Form, blank_rows, from_listed, paper_rows, papers
from app.web.counter.receipt import APPLICANT, applicant_value
from app.web.counter.refusals import refused
from app.web.counter.responses import redirect_to
from app.web.counter.visit import DONE, Visit, form_route, page_route

router = APIRouter()

_NEW_ROWS = 3
_PLAIN = ("summary", "return_method")


@router.get("/d/{code}/particulars")
@page_route
async def ask_what_is_right(visit: Visit) -> Response:
    """The particulars as they stand, to be written over."""
    dossier = await _dossier(visit)
    return await _page(visit, dossier, _written(await visit.reference(), dossier))


async def _filled(visit: Visit, form: Form, refusal: Refusal | None) -> Response:
    return await _page(visit, await _dossier(visit), form, refusal)


@router.post("/d/{code}/particulars")
@form_route(_filled)
async def correct_particulars(visit: Visit, form: Form) -> Response:
    """Sends the fields that differ from what the form was shown with, once even if the form is sent twice."""
    code = visit.request.path_params["code"]
    after = await visit.interface.patch(
        "dossiers", code, body=patch_of(form), version=form.get("version"), key=form.get("key")
    )
    return redirect_to(visit.request, "d", after["code"], query=f"{DONE}=particulars")


async def _dossier(visit: Visit) -> DossierOut:
    return DossierOut.model_validate(await visit.interface.get("dossiers", visit.request.path_params["code"]))


async def _page(visit: Visit, dossier: DossierOut, form: Form, refusal: Refusal | None = None) -> Response:
    reference = await visit.reference()
    listed = from_listed(dossier.documents, given=True)
    facts = {
        "dossier": dossier,
        "form": form,
        "papers": paper_rows(form) if "papers" in form else [*listed, *blank_rows(_NEW_ROWS)],
        "was": json.dumps({**_written(reference, dossier), "documents": _papers(listed)}, ensure_ascii=False),
        "communes": units_on(reference, visit.today, ("commune",)),
        "key": secrets.token_urlsafe(16),
        **refused(refusal, visit.language),
    }
    return await visit.page("counter-particulars.html", facts, refusal.status if refusal else 200)


def _written(reference: Reference, dossier: DossierOut) -> dict[str, str]:
    """The particulars as the form has them, those that there are."""
    found: dict[str, Any] = {name: getattr(dossier, name) for name in _PLAIN}
    if dossier.applicant is not None:
        found |= {name: getattr(dossier.applicant, name) for name in APPLICANT}
        commune = dossier.applicant.commune
        if commune is not None and not isinstance(commune, str):
            found["commune"] = f"{commune.code} {reference.units[commune.id].full_name}"
    return {name: value for name, value in found.items() if value}


def _papers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in ("name", "form", "copies") if row[name]} for row in rows]


# --- What is sent -----------------------------------------------------------------------------------------------------


def patch_of(form: Form) -> dict[str, Any]:
    """The merge-patch: what differs from what the form was shown with; what was blanked is taken away.

    From what was shown, not from what stands now: a form that is sent twice says the same twice.
    """
    was = _shown(form.get("was", ""))
    body: dict[str, Any] = {name: form.get(name) for name in _PLAIN if form.get(name) != was.get(name)}
    applicant = {
        name: applicant_value(name, form[name]) if name in form else None
        for name in APPLICANT
        if form.get(name) != was.get(name)
    }
    if applicant:
        body["applicant"] = applicant
    if papers(form) != was.get("documents"):
        body["documents"] = papers(form)
    return body


def _shown(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
