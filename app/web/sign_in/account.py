"""The page of one's own account: role in use, sessions, password, second factor and deputy (rules §21)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from app.access.sessions import session_hash
from app.domain.errors import Conflict, DomainError, Invalid, Unavailable
from app.http.messages import title
from app.identity.local_accounts.credentials import Credentials
from app.identity.local_accounts.dependencies import AccountServices
from app.identity.local_accounts.second_factor import app_address
from app.identity.local_accounts.service import (
    Refused,
    change_password,
    check_code,
    check_password,
    enrol,
    remove_second_factor,
)
from app.identity.persons.schemas import PersonOut, SessionList, SignedInOut
from app.lookup.texts import Words
from app.slips.barcodes import qr_picture
from app.web.public.rendering import redirect
from app.web.sign_in.links import NEW, password_fault
from app.web.staff.api_client import Refusal
from app.web.staff.forms import APP, Form, form_of
from app.web.staff.refusals import refusal_facts
from app.web.staff.responses import page_response
from app.web.staff.session import token_of
from app.web.staff.sign_in import BUSY, PAUSED, TOO_LATE, WRONG_CODE, ask_app, attempt_of, open_proof
from app.web.staff.sign_in_page import SERVICE, refused, sign_in_page, waiting_text
from app.web.staff.visit import Visit

router = APIRouter(prefix="/account")

_WRONG_PASSWORD = Words("Mật khẩu hiện tại không đúng.", "The present password is wrong.")
_DONE: Mapping[str, Words] = {
    "role": Words("Đã chuyển vai trò.", "The role is in use."),
    "end-session": Words("Đã kết thúc phiên làm việc.", "The session has ended."),
    "password": Words(
        "Đã đổi mật khẩu. Các phiên khác đã kết thúc.", "The password is changed. The other sessions have ended."
    ),
    "app": Words("Đã bật mã xác thực.", "The second factor is on."),
    "no-app": Words("Đã tắt mã xác thực.", "The second factor is off."),
    "deputy": Words("Đã ủy quyền xử lý thay.", "The deputy is named."),
    "no-deputy": Words("Đã hủy ủy quyền.", "The deputy is withdrawn."),
}

Step = Callable[[Visit, Form], Awaitable[None]]


class _Wrong(Exception):
    """What the person can put right in the form."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@router.get("")
async def account_page(request: Request) -> Response:
    """The page; without a session the sign-in."""
    token = await token_of(request)
    if token is None:
        return sign_in_page(request)
    return await _page(Visit(request, token))


@router.post("/{step}")
async def change_account(request: Request, step: str) -> Response:
    """Carries out one form of the page, and shows the page again."""
    form = await form_of(request)
    token = await token_of(request)
    if token is None:
        return sign_in_page(request, to="/account")
    visit = Visit(request, token)
    try:
        if step == "new-app":
            return await _page(visit, {"enrolling": await _proved_wholly(visit, form["on-password"], form)})
        if step not in _STEPS:
            return redirect(request, "/account")
        await _STEPS[step](visit, form)
    except Refusal as refusal:
        if refusal.status == 401:
            return sign_in_page(request, refused(refusal), to="/account")
        return await _page(visit, {"refusal": refusal_facts(refusal, visit.language)}, refusal.status)
    except (_Wrong, KeyError) as wrong:
        text = wrong.text if isinstance(wrong, _Wrong) else title("field_needed", visit.language)
        return await _page(visit, {"wrong": text}, 422)
    except Unavailable as error:
        if error.code != "sign_in_busy":
            raise
        return await _page(visit, {"wrong": BUSY.say(visit.language)}, 503)
    return redirect(request, f"/account?done={step}")


async def _page(visit: Visit, more: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    request, language, more = visit.request, visit.language, dict(more or {})
    try:
        session = SignedInOut.model_validate(await visit.api.get("sessions", "current"))
        person = PersonOut.model_validate(await visit.api.get("persons", "current"))
        sessions = SessionList.model_validate(await visit.api.get("persons", str(person.id), "sessions"))
    except Refusal as refusal:
        if refusal.status == 401:
            return sign_in_page(request, refused(refusal))
        # A token has no account.
        return page_response(request, "staff-refusal.html", refusal_facts(refusal, language), refusal.status)
    enrolling: Credentials | None = more.pop("enrolling", None)
    done = _DONE.get(request.query_params.get("done", ""))
    facts = {
        "person": person,
        "done": done.say(language) if done and not more else "",
        "wrong": "",
        "refusal": None,
        "roles": session.roles,
        "sessions": sessions.items,
        "rests_until": session.approval_rests_until,
        "deputies": [deputy for deputy in person.deputies if not deputy.withdrawn_at],
        **_app(request, enrolling),
        **(await _of_caller(visit)),
    }
    return page_response(request, "account.html", {**facts, **more}, status)


def _app(request: Request, enrolling: Credentials | None) -> dict[str, Any]:
    """A new secret for an app, as a hidden field, a key and a QR code; empty for nobody who enrols."""
    if enrolling is None:
        return {"app": ""}
    question = ask_app(request, enrolling)
    address = app_address(question.secret, enrolling.account, SERVICE)
    return {"app": (question.hidden or {})[APP], "key": question.secret, "qr": qr_picture(address)}


async def _of_caller(visit: Visit) -> dict[str, Any]:
    """The caller for the header, and the colleagues who may stand in. Both are missing without a role of today."""
    try:
        caller = await visit.caller()
        colleagues = (await visit.api.get("persons", "colleagues"))["items"]
    except Refusal as refusal:
        if refusal.status != 403:
            raise
        return {"caller": None, "colleagues": []}
    units = (await visit.reference()).units
    return {"caller": caller, "unit_name": lambda unit: units[unit.id].full_name, "colleagues": colleagues}


async def _choose_role(visit: Visit, form: Form) -> None:
    deputy = form.get("deputy", "")
    body = {"role_id": _number(form["role"]), "deputy_id": _number(deputy) if deputy else None}
    await visit.api.put("sessions", "current", body=body)


async def _end_session(visit: Visit, form: Form) -> None:
    await visit.api.delete("persons", await _person_id(visit), "sessions", form["session"])


async def _name_deputy(visit: Visit, form: Form) -> None:
    body = {"deputy_id": _number(form["colleague"]), "from_day": form["from"], "to_day": form["until"]}
    await visit.api.post("persons", await _person_id(visit), "deputies", body=body)


async def _withdraw_deputy(visit: Visit, form: Form) -> None:
    await visit.api.post("persons", await _person_id(visit), "deputies", form["deputy"], "withdraw", body={})


async def _change_password(visit: Visit, form: Form) -> None:
    if fault := password_fault(form, visit.language):
        raise _Wrong(fault)
    credentials = await _proved(visit, form["password"])
    services = AccountServices.of(visit.request.app)
    try:
        await change_password(
            services.database, services.hasher, credentials, form[NEW], services.now(), session_hash(visit.token)
        )
    except Invalid as refusal:
        raise _Wrong(title(refusal.code, visit.language)) from None


async def _enrol_app(visit: Visit, form: Form) -> None:
    services, proof = AccountServices.of(visit.request.app), open_proof(visit.request, form[APP])
    if proof is None or not proof.secret or str(proof.person_id) != await _person_id(visit):
        raise _Wrong(TOO_LATE.say(visit.language))
    try:
        async with services.database.writing() as connection:
            await enrol(connection, proof.person_id, proof.version, proof.secret, form.get("code", ""), services.now())
    except DomainError as error:
        if error.code not in ("code_wrong", "credentials_changed"):
            raise
        raise _Wrong((WRONG_CODE if error.code == "code_wrong" else TOO_LATE).say(visit.language)) from None


async def _remove_app(visit: Visit, form: Form) -> None:
    credentials = await _proved_wholly(visit, form["off-password"], form)
    services = AccountServices.of(visit.request.app)
    try:
        async with services.database.writing() as connection:
            await remove_second_factor(connection, credentials, services.now())
    except Conflict as refusal:
        raise _Wrong(title(refusal.code, visit.language)) from None


async def _proved_wholly(visit: Visit, password: str, form: Form) -> Credentials:
    """As `_proved`, and by a code of the second factor if there is one: a stolen password replaces no app."""
    credentials = await _proved(visit, password)
    if credentials.secret is None:
        return credentials
    services, attempt = AccountServices.of(visit.request.app), attempt_of(visit.request, credentials.account)
    person, version, now = credentials.person_id, credentials.version, services.now()
    outcome = await check_code(services.database, attempt, person, version, form.get("code", ""), now)
    if outcome is None:
        raise _Wrong(TOO_LATE.say(visit.language))
    if isinstance(outcome, Refused):
        raise _refused(visit, outcome, WRONG_CODE)
    return outcome


async def _proved(visit: Visit, password: str) -> Credentials:
    """The credentials of the person, who proves the present password again. Wrong ones count as in the sign-in."""
    services = AccountServices.of(visit.request.app)
    account = (await visit.api.get("sessions", "current"))["account"]
    attempt = attempt_of(visit.request, account)
    outcome = await check_password(services.database, services.hasher, attempt, password, services.now())
    if isinstance(outcome, Refused):
        raise _refused(visit, outcome, _WRONG_PASSWORD)
    return outcome


def _refused(visit: Visit, refusal: Refused, wrong: Words) -> _Wrong:
    words = PAUSED if refusal.wait else wrong
    return _Wrong(words.say(visit.language, wait=waiting_text(refusal.wait, visit.language)))


async def _person_id(visit: Visit) -> str:
    return str((await visit.api.get("sessions", "current"))["person"]["id"])


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


_STEPS: Mapping[str, Step] = {
    "role": _choose_role,
    "end-session": _end_session,
    "deputy": _name_deputy,
    "no-deputy": _withdraw_deputy,
    "password": _change_password,
    "app": _enrol_app,
    "no-app": _remove_app,
}
