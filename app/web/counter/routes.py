"""Routes of the counter: work list, search, dossiers and receipts."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Response

from app.domain.errors import NotFound
from app.domain.lifecycle import Action
from app.dossiers.answer_schemas import DossierOut, SimilarOut
from app.dossiers.operations import BODIES
from app.web.counter import oversight, particulars, reminders
from app.web.counter.action_forms import refill
from app.web.counter.actions import body_of
from app.web.counter.addresses import redirect_to
from app.web.counter.dossier import dossier_facts
from app.web.counter.officer import officer_of, remember_officer
from app.web.counter.preview import preview_of
from app.web.counter.receipt import (
    initial_form,
    matching_procedures,
    procedures_in_force,
    receipt_body,
    receipt_facts,
    similar_dossiers,
)
from app.web.counter.work_list import PARAMETERS, search_facts, work_facts
from app.web.public.parameters import query_fields
from app.web.staff.api_client import Refusal
from app.web.staff.forms import Form
from app.web.staff.labels import ACTIONS
from app.web.staff.refusals import form_facts
from app.web.staff.responses import pdf_response
from app.web.staff.visit import DONE, Visit, form_route, page_route

router = APIRouter(prefix="/counter", include_in_schema=False)
for part in (particulars, reminders, oversight):
    router.include_router(part.router)


# --- Work list and search ---------------------------------------------------------------------------------------------


@router.get("")
@page_route
async def work_list(visit: Visit) -> Response:
    """The work of the caller's units."""
    query = query_fields(visit.request, *PARAMETERS)
    caller = await visit.caller()
    return await visit.page(
        "counter-work.html", await work_facts(visit.api, caller, query, visit.today, visit.language)
    )


async def _search_page(visit: Visit, form: Form, refusal: Refusal | None = None) -> Response:
    facts = {"query": form, "dossiers": None, "following": None, **form_facts(refusal, visit.language)}
    return await visit.page("counter-search.html", facts, refusal.status if refusal else 200)


@router.get("/search")
@page_route
async def search_form(visit: Visit) -> Response:
    """The form for a search."""
    return await _search_page(visit, {})


@router.post("/search")
@form_route(_search_page)
async def search(visit: Visit, form: Form) -> Response:
    """Searches by code or by data of the applicant, which never stand in an address."""
    facts = await search_facts(visit.api, form)
    if facts["dossiers"] and len(facts["dossiers"]) == 1 and "q" in form:
        return redirect_to(visit.request, "d", facts["dossiers"][0].code)
    return await visit.page("counter-search.html", {**facts, "refusal": None})


# --- Dossiers ---------------------------------------------------------------------------------------------------------


@router.get("/d/{code}")
@page_route
async def dossier(visit: Visit) -> Response:
    """A dossier with its possible actions."""
    done = visit.request.query_params.get(DONE, "")
    facts = await _facts(visit, done=done if done in ACTIONS else "")
    shown: DossierOut = facts["dossier"]
    if done in (Action.RECEIVE, Action.SUBMIT) and shown.applicant is not None:
        applicant = {name: getattr(shown.applicant, name) for name in ("name", "identity_number", "phone")}
        others = await similar_dossiers(visit.api, shown.procedure.code, applicant)
        facts["similar"] = [other for other in others if other.code != shown.code]
    return await visit.page("counter-dossier.html", facts)


async def _act_page(visit: Visit, form: Form, refusal: Refusal | None) -> Response:
    """The dossier as it is now, with the form as it was filled in."""
    refused = form_facts(refusal, visit.language)
    facts = await _facts(visit, refusal=refused["refusal"])
    refill(facts, _action_of(form), form, refused["errors"])
    return await visit.page("counter-dossier.html", facts, refusal.status if refusal else 200)


@router.post("/d/{code}")
@form_route(_act_page)
async def act(visit: Visit, form: Form) -> Response:
    """Executes one action on the version of the dossier that was shown, once even if the form is sent twice."""
    action, code = _action_of(form), visit.request.path_params["code"]
    if "preview" in form:
        return await _preview(visit, form, action)
    after = await visit.api.post(
        "dossiers", code, action, body=body_of(action, form), version=form.get("version"), key=form.get("key")
    )
    response = redirect_to(visit.request, "d", after["code"], query=f"{DONE}={action}")
    remember_officer(visit.request, response, form.get("officer", ""))
    return response


async def _preview(visit: Visit, form: Form, action: str) -> Response:
    """The page with what a correction would change, and its form as it was filled in."""
    code = visit.request.path_params["code"]
    after = DossierOut.model_validate(await visit.api.rehearse("dossiers", code, action, body=body_of(action, form)))
    facts = await _facts(visit)
    refill(facts, action, form, {})
    facts["preview"] = preview_of(facts["dossier"], after, visit.language)
    return await visit.page("counter-dossier.html", facts)


def _action_of(form: Form) -> str:
    action = form.get("action", "")
    if action not in BODIES:
        raise NotFound("no_such_path", "There is no such action.")
    return action


async def _facts(visit: Visit, *, done: str = "", refusal: Mapping[str, Any] | None = None) -> dict[str, Any]:
    reference, code = await visit.reference(), visit.request.path_params["code"]
    facts = await dossier_facts(visit.api, reference, code, visit.language, visit.today)
    more: dict[str, Any] = {
        "done": done,
        "refusal": refusal,
        "officer": officer_of(visit.request),
        "similar": [],
        "preview": None,
    }
    return {**facts, **more, "procedures": procedures_in_force(reference, visit.today)}


@router.get("/d/{code}/slips/{kind}")
@page_route
async def slip(visit: Visit) -> Response:
    """A paper of the dossier, as the API prints it."""
    path, query = visit.request.path_params, query_fields(visit.request, "sequence", "paper")
    return pdf_response(await visit.api.fetch("dossiers", path["code"], "slips", path["kind"], **query))


# --- Receipts ---------------------------------------------------------------------------------------------------------


@router.get("/receive")
@page_route
async def receipt_form(visit: Visit) -> Response:
    """The choice of the procedure; with the procedure, the form for its data."""
    reference, today = await visit.reference(), visit.today
    typed = query_fields(visit.request, "procedure").get("procedure", "")
    matches = matching_procedures(reference, typed, today) if typed else []
    if len(matches) != 1:
        facts = {"typed": typed, "matches": matches, "procedures": procedures_in_force(reference, today)}
        return await visit.page("counter-procedure.html", facts)
    version = reference.in_force(matches[0], today)
    assert version is not None, "only procedures in force match"
    form = initial_form(matches[0], version, officer_of(visit.request))
    facts = receipt_facts(reference, await visit.caller(), matches[0], form, today, {})
    return await visit.page("counter-receive.html", {**facts, "refusal": None, "similar": None})


async def _receipt_page(
    visit: Visit, form: Form, refusal: Refusal | None, similar: Sequence[SimilarOut] | None = None
) -> Response:
    """The form of the receipt as it was filled in; `similar`: None if it was not asked which dossiers it repeats."""
    reference, today = await visit.reference(), visit.today
    matches = matching_procedures(reference, form.get("procedure", "?"), today)
    if len(matches) != 1:
        if refusal:
            raise refusal
        return redirect_to(visit.request, "receive")
    refused = form_facts(refusal, visit.language)
    facts = receipt_facts(reference, await visit.caller(), matches[0], form, today, refused["errors"]) | refused
    facts["similar"] = similar
    return await visit.page("counter-receive.html", facts, refusal.status if refusal else 200)


@router.post("/receive")
@form_route(_receipt_page)
async def receive(visit: Visit, form: Form) -> Response:
    """Receives a dossier, once even if the form is sent twice, and redirects to its page with the slip.

    With the field `check` it only shows the form with the dossiers that the receipt would repeat.
    """
    body = receipt_body(form)
    if "check" in form:
        return await _receipt_page(
            visit, form, None, await similar_dossiers(visit.api, body.get("procedure", ""), body["applicant"])
        )
    dossier = await visit.api.post("dossiers", body=body, key=form.get("key"))
    done = "submit" if "submit" in form else "receive"
    response = redirect_to(visit.request, "d", dossier["code"], query=f"{DONE}={done}")
    remember_officer(visit.request, response, form.get("officer", ""))
    return response
