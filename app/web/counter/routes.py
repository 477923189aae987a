"""The addresses of the counter: signing in and out, the work list, one dossier, receiving."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from app.domain.errors import NotFound
from app.dossiers.operations import BODIES
from app.web.counter import oversight, particulars, reminders
from app.web.counter.action_forms import tried_again
from app.web.counter.actions import body_of
from app.web.counter.api_client import Refusal
from app.web.counter.dossier import dossier_facts
from app.web.counter.forms import TOKEN, Form, form_of
from app.web.counter.labels import ACTIONS
from app.web.counter.receipt import (
    dossier_of,
    empty_form,
    procedures_in_force,
    procedures_meant,
    receiving_facts,
)
from app.web.counter.refusals import errors_of, told
from app.web.counter.responses import pdf_response, redirect_to, sign_in_page
from app.web.counter.sign_in import HOME, officer_of, remember_officer, sign_in, sign_out, within
from app.web.counter.visit import DONE, Visit, form_route, page_route, token_refusal
from app.web.counter.work_list import PARAMETERS, found_facts, work_facts
from app.web.public.parameters import given

router = APIRouter(prefix="/counter", include_in_schema=False)
for part in (particulars, reminders, oversight):
    router.include_router(part.router)


# --- Signing in and out -----------------------------------------------------------------------------------------------


@router.get("/sign-in")
async def ask_to_sign_in(request: Request) -> Response:
    """One field: the token."""
    return sign_in_page(request, to=HOME)


@router.post("/sign-in")
async def signed_in(request: Request) -> Response:
    """From the token as it was pasted to the page that was asked for."""
    form = await form_of(request)
    token, to = form.get(TOKEN, ""), within(form.get("to", ""))
    if refusal := await token_refusal(request, token):
        return sign_in_page(request, refusal, to=to)
    response = redirect_to(request, *to.split("/")[2:])
    sign_in(request, response, token)
    return response


@router.post("/sign-out")
async def signed_out(request: Request) -> Response:
    """The token is gone from the browser."""
    await form_of(request)
    response = redirect_to(request)
    sign_out(request, response)
    return response


# --- Work list and search ---------------------------------------------------------------------------------------------


@router.get("")
@page_route
async def work(visit: Visit) -> Response:
    """What the caller's units have to do."""
    asked = given(visit.request, *PARAMETERS)
    caller = await visit.caller()
    return await visit.page(
        "counter-work.html", await work_facts(visit.interface, caller, asked, visit.today, visit.language)
    )


async def _search_page(visit: Visit, form: Form, refusal: Refusal | None = None) -> Response:
    facts = {"asked": form, "dossiers": None, "following": None}
    facts["refusal"] = told(refusal, visit.language) if refusal else None
    return await visit.page("counter-search.html", facts, refusal.status if refusal else 200)


@router.get("/search")
@page_route
async def ask_what_to_find(visit: Visit) -> Response:
    """The fields to search by."""
    return await _search_page(visit, {})


@router.post("/search")
@form_route(_search_page)
async def find(visit: Visit, form: Form) -> Response:
    """Searches by code or by data of the applicant, which never stand in an address."""
    facts = await found_facts(visit.interface, form)
    if facts["dossiers"] and len(facts["dossiers"]) == 1 and "q" in form:
        return redirect_to(visit.request, "d", facts["dossiers"][0].code)
    return await visit.page("counter-search.html", {**facts, "refusal": None})


# --- One dossier ------------------------------------------------------------------------------------------------------


@router.get("/d/{code}")
@page_route
async def dossier(visit: Visit) -> Response:
    """One dossier, and what can be done with it now."""
    done = visit.request.query_params.get(DONE, "")
    return await visit.page("counter-dossier.html", await _facts(visit, done=done if done in ACTIONS else ""))


async def _act_page(visit: Visit, form: Form, refusal: Refusal | None) -> Response:
    """The dossier as it is now, with the form as it was filled in."""
    facts = await _facts(visit, refusal=told(refusal, visit.language) if refusal else None)
    errors = errors_of(refusal, visit.language) if refusal else {}
    tried_again(facts, _action_of(form), form, errors)
    return await visit.page("counter-dossier.html", facts, refusal.status if refusal else 200)


@router.post("/d/{code}")
@form_route(_act_page)
async def act(visit: Visit, form: Form) -> Response:
    """Executes one action on the version of the dossier that was shown, once even if the form is sent twice."""
    action, code = _action_of(form), visit.request.path_params["code"]
    after = await visit.interface.post(
        "dossiers", code, action, body=body_of(action, form), version=form.get("version"), key=form.get("key")
    )
    response = redirect_to(visit.request, "d", after["code"], query=f"{DONE}={action}")
    remember_officer(visit.request, response, form.get("officer", ""))
    return response


def _action_of(form: Form) -> str:
    action = form.get("action", "")
    if action not in BODIES:
        raise NotFound("no_such_path", "There is no such action.")
    return action


async def _facts(visit: Visit, *, done: str = "", refusal: Mapping[str, Any] | None = None) -> dict[str, Any]:
    reference, code = await visit.reference(), visit.request.path_params["code"]
    facts = await dossier_facts(visit.interface, reference, code, visit.language, visit.today)
    return {**facts, "done": done, "refusal": refusal, "officer": officer_of(visit.request)}


@router.get("/d/{code}/slips/{kind}")
@page_route
async def slip(visit: Visit) -> Response:
    """One of its papers, as the interface prints it."""
    path, asked = visit.request.path_params, given(visit.request, "sequence", "paper")
    return pdf_response(await visit.interface.fetch("dossiers", path["code"], "slips", path["kind"], **asked))


# --- Receiving --------------------------------------------------------------------------------------------------------


@router.get("/receive")
@page_route
async def ask_what_came(visit: Visit) -> Response:
    """The procedure first; once that is known, all that it asks for."""
    reference, today = await visit.reference(), visit.today
    typed = given(visit.request, "procedure").get("procedure", "")
    meant = procedures_meant(reference, typed, today) if typed else []
    if len(meant) != 1:
        facts = {"typed": typed, "meant": meant, "procedures": procedures_in_force(reference, today)}
        return await visit.page("counter-procedure.html", facts)
    version = reference.in_force(meant[0], today)
    assert version is not None, "only those in force are meant"
    form = empty_form(meant[0], version, officer_of(visit.request))
    facts = receiving_facts(reference, await visit.caller(), meant[0], form, today, {})
    return await visit.page("counter-receive.html", {**facts, "refusal": None})


async def _receipt_page(visit: Visit, form: Form, refusal: Refusal | None) -> Response:
    """The form of the receipt as it was filled in."""
    reference, today = await visit.reference(), visit.today
    meant = procedures_meant(reference, form.get("procedure", "?"), today)
    if len(meant) != 1:
        if refusal:
            raise refusal
        return redirect_to(visit.request, "receive")
    errors = errors_of(refusal, visit.language) if refusal else {}
    facts = receiving_facts(reference, await visit.caller(), meant[0], form, today, errors)
    facts["refusal"] = told(refusal, visit.language) if refusal else None
    return await visit.page("counter-receive.html", facts, refusal.status if refusal else 200)


@router.post("/receive")
@form_route(_receipt_page)
async def receive(visit: Visit, form: Form) -> Response:
    """Receives a dossier, once even if the form is sent twice, and redirects to its page with the slip."""
    made = await visit.interface.post("dossiers", body=dossier_of(form), key=form.get("key"))
    done = "submit" if "submit" in form else "receive"
    response = redirect_to(visit.request, "d", made["code"], query=f"{DONE}={done}")
    remember_officer(visit.request, response, form.get("officer", ""))
    return response
