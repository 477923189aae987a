"""The addresses of the counter: signing in and out, the work list, one dossier, receiving."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from app.domain.errors import NotFound
from app.dossiers.operations import BODIES
from app.web.counter import oversight as overseeing
from app.web.counter import particulars as mending
from app.web.counter import reminders as reminding
from app.web.counter.action_forms import tried_again
from app.web.counter.actions import body_of
from app.web.counter.api_client import Interface, Refusal
from app.web.counter.dossier import dossier_facts
from app.web.counter.forms import Form, form_of
from app.web.counter.labels import ACTIONS
from app.web.counter.receipt import (
    dossier_of,
    empty_form,
    procedures_in_force,
    procedures_meant,
    receiving_facts,
)
from app.web.counter.refusals import errors_of, told
from app.web.counter.sign_in import officer_of, remember_officer, sign_in, sign_out, within
from app.web.counter.visit import DONE, Visit, moved, printed, sign_in_page, visited
from app.web.counter.work_list import PARAMETERS, found_facts, work_facts
from app.web.public.languages import language_for
from app.web.public.parameters import given

router = APIRouter(prefix="/counter", include_in_schema=False)
router.include_router(mending.router)
router.include_router(reminding.router)
router.include_router(overseeing.router)


# --- Signing in and out -----------------------------------------------------------------------------------------------


@router.get("/sign-in")
async def ask_to_sign_in(request: Request) -> Response:
    """One field: the token."""
    return sign_in_page(request, to=within(""), status=200)


@router.post("/sign-in")
async def signed_in(request: Request) -> Response:
    """From the token as it was pasted to the page that was asked for."""
    form = await form_of(request)
    token, to = form.get("token", ""), within(form.get("to", ""))
    try:
        await Interface(request, token if token.isascii() else "?", language_for(request)).get("tokens", "current")
    except Refusal as refusal:
        return sign_in_page(request, refusal, to=to)
    response = moved(request, *to.split("/")[2:])
    sign_in(request, response, token)
    return response


@router.post("/sign-out")
async def signed_out(request: Request) -> Response:
    """The token is gone from the browser."""
    await form_of(request)
    response = moved(request)
    sign_out(request, response)
    return response


# --- Work list and search ---------------------------------------------------------------------------------------------


@router.get("")
@visited
async def work(visit: Visit) -> Response:
    """What the caller's units have to do."""
    asked = given(visit.request, *PARAMETERS)
    caller = await visit.caller()
    return await visit.page(
        "counter-work.html", await work_facts(visit.interface, caller, asked, visit.today, visit.language)
    )


@router.get("/search")
@visited
async def ask_what_to_find(visit: Visit) -> Response:
    """The fields to search by."""
    return await visit.page("counter-search.html", {"asked": {}, "dossiers": None, "following": None, "refusal": None})


@router.post("/search")
@visited
async def find(visit: Visit) -> Response:
    """By code or by what is known of the applicant, which never stands in an address."""
    form = await form_of(visit.request)
    try:
        facts, status = {**await found_facts(visit.interface, form), "refusal": None}, 200
    except Refusal as refusal:
        if refusal.status not in (403, 422):
            raise
        facts = {"asked": form, "dossiers": None, "following": None, "refusal": told(refusal, visit.language)}
        status = refusal.status
    if facts["dossiers"] and len(facts["dossiers"]) == 1 and "q" in form:
        return moved(visit.request, "d", facts["dossiers"][0].code)
    return await visit.page("counter-search.html", facts, status)


# --- One dossier ------------------------------------------------------------------------------------------------------


@router.get("/d/{code}")
@visited
async def dossier(visit: Visit) -> Response:
    """One dossier, and what can be done with it now."""
    done = visit.request.query_params.get(DONE, "")
    return await visit.page("counter-dossier.html", await _facts(visit, done=done if done in ACTIONS else ""))


@router.post("/d/{code}")
@visited
async def act(visit: Visit) -> Response:
    """Does one thing with a dossier of the version that was shown, once however often the form is sent."""
    form = await form_of(visit.request)
    action, code = form.get("action", ""), visit.request.path_params["code"]
    if action not in BODIES:
        raise NotFound("no_such_path", "There is no such action.")
    try:
        body = body_of(action, form)
        after = await visit.interface.post(
            "dossiers", code, action, body=body, version=form.get("version"), key=form.get("key")
        )
    except Refusal as refusal:
        if refusal.status not in (403, 409, 412, 422):
            raise
        return await _act_refused(visit, action, form, refusal)
    response = moved(visit.request, "d", after["code"], query=f"{DONE}={action}")
    remember_officer(visit.request, response, form.get("officer", ""))
    return response


async def _act_refused(visit: Visit, action: str, form: Form, refusal: Refusal) -> Response:
    """The dossier as it is now, with the form as it was filled in."""
    facts = await _facts(visit, refusal=told(refusal, visit.language))
    tried_again(facts, action, form, errors_of(refusal, visit.language))
    return await visit.page("counter-dossier.html", facts, refusal.status)


async def _facts(visit: Visit, *, done: str = "", refusal: Mapping[str, Any] | None = None) -> dict[str, Any]:
    reference, code = await visit.reference(), visit.request.path_params["code"]
    facts = await dossier_facts(visit.interface, reference, code, visit.language, visit.today)
    return {**facts, "done": done, "refusal": refusal, "officer": officer_of(visit.request)}


@router.get("/d/{code}/slips/{kind}")
@visited
async def slip(visit: Visit) -> Response:
    """One of its papers, as the interface prints it."""
    path, asked = visit.request.path_params, given(visit.request, "sequence", "paper")
    return printed(await visit.interface.fetch("dossiers", path["code"], "slips", path["kind"], **asked))


# --- Receiving --------------------------------------------------------------------------------------------------------


@router.get("/receive")
@visited
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


@router.post("/receive")
@visited
async def receive(visit: Visit) -> Response:
    """Receives it, once however often the form is sent, and leads on to its page with the slip."""
    form = await form_of(visit.request)
    try:
        made = await visit.interface.post("dossiers", body=dossier_of(form), key=form.get("key"))
    except Refusal as refusal:
        if refusal.status not in (403, 409, 422):
            raise
        return await _receipt_refused(visit, form, refusal)
    response = moved(visit.request, "d", made["code"], query=f"{DONE}={'submit' if 'submit' in form else 'receive'}")
    remember_officer(visit.request, response, form.get("officer", ""))
    return response


async def _receipt_refused(visit: Visit, form: Form, refusal: Refusal) -> Response:
    reference, today = await visit.reference(), visit.today
    meant = procedures_meant(reference, form.get("procedure", "?"), today)
    if len(meant) != 1:
        raise refusal
    errors = errors_of(refusal, visit.language)
    facts = receiving_facts(reference, await visit.caller(), meant[0], form, today, errors)
    return await visit.page("counter-receive.html", {**facts, "refusal": told(refusal, visit.language)}, refusal.status)
