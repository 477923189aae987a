"""Pages of links: set a password by an invitation or a reset, and ask for a reset by mail."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.background import BackgroundTask

from app.access.client_names import person_client
from app.access.persons import PersonChange, record_person_change
from app.access.sign_in_links import LinkKind, issue_link
from app.domain.errors import Invalid, Unavailable
from app.http.messages import title
from app.identity.local_accounts.attempts import count_reset
from app.identity.local_accounts.credentials import credentials_by_account
from app.identity.local_accounts.dependencies import AccountServices
from app.identity.local_accounts.service import person_of_link, set_password_by_link
from app.ledger.entries import Author
from app.lookup.texts import Words
from app.notifications.people.messages import mail_link
from app.web.public.languages import language_for
from app.web.public.rendering import redirect
from app.web.staff.browsers import remember_device
from app.web.staff.forms import ACCOUNT, Form, form_of
from app.web.staff.responses import page_response
from app.web.staff.sign_in import BUSY
from app.web.staff.sign_in_page import by_mail

router = APIRouter()

NEW, AGAIN = "new-password", "new-password-again"
_DIFFERENT = Words("Hai lần nhập mật khẩu không giống nhau.", "The two passwords are not the same.")
# A link that a person asked for.
RESET_LIFE = timedelta(hours=2)


@router.get("/sign-in/link/{secret}")
async def link_page(request: Request, secret: str) -> Response:
    """The form for the password. Reading it uses nothing up: programs read links in mails too."""
    return await _page(request, secret)


@router.post("/sign-in/link/{secret}")
async def use_link(request: Request, secret: str) -> Response:
    """Sets the password, ends the link and all sessions of the person, and leads to the sign-in."""
    form = await form_of(request)
    language = language_for(request)
    if fault := password_fault(form, language):
        return await _page(request, secret, fault)
    services = AccountServices.of(request.app)
    now = services.now()
    try:
        person = await set_password_by_link(services.database, services.hasher, secret, form.get(NEW, ""), now)
    except Invalid as refusal:
        return await _page(request, secret, title(refusal.code, language))
    except Unavailable as refusal:
        if refusal.code != "sign_in_busy":
            raise
        return await _page(request, secret, BUSY.say(language))
    if person is None:
        return await _page(request, secret)
    response = redirect(request, "/sign-in/password-set")
    # The next sign-in from here is no attempt of a stranger.
    remember_device(request, response, person.account)
    return response


@router.get("/sign-in/forgotten")
async def forgotten_page(request: Request) -> Response:
    """The form for the account whose password is forgotten."""
    return _forgotten(request, sent=False)


@router.post("/sign-in/forgotten")
async def ask_for_link(request: Request) -> Response:
    """Mails a link to a person who has a password and an address. The answer is the same for every account."""
    form = await form_of(request)
    response = _forgotten(request, sent=True)
    if account := form.get(ACCOUNT):
        # After the answer, so that its time does not tell whether there is such an account.
        response.background = BackgroundTask(_mail_link, request, account)
    return response


def password_fault(form: Form, language: str) -> str:
    """The fault of two fields for a new password; empty if they are equal."""
    return "" if form.get(NEW, "") == form.get(AGAIN, "") else _DIFFERENT.say(language)


async def _page(request: Request, secret: str, wrong: str = "") -> Response:
    services = AccountServices.of(request.app)
    async with services.database.reading() as connection:
        opened = await person_of_link(connection, secret, services.now())
    facts: dict[str, Any] = {"person": None, "kind": "", "wrong": wrong, "by_mail": by_mail(request)}
    if opened is not None:
        facts |= {"person": opened[1], "kind": str(opened[0].kind)}
    response = page_response(request, "link.html", facts, 422 if wrong else 200 if opened else 404)
    # The address has the secret, so no other page may see it, not even one of this service.
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


def _forgotten(request: Request, *, sent: bool) -> Response:
    return page_response(request, "forgotten.html", {"sent": sent, "by_mail": by_mail(request)})


async def _mail_link(request: Request, account: str) -> None:
    services = AccountServices.of(request.app)
    if not by_mail(request):
        return
    now: datetime = services.now()
    async with services.database.writing() as connection:
        allowed = await count_reset(connection, account, now)
        person = await credentials_by_account(connection, account)
        if not allowed or person is None or not person.is_active or not person.email or person.password_hash is None:
            return
        author = Author(person_client(person.person_id), None)
        secret = await issue_link(
            connection, person.person_id, LinkKind.RESET, author, now, now + RESET_LIFE, shown=False
        )
        await mail_link(connection, person.person_id, LinkKind.RESET, secret, now)
        await record_person_change(connection, person.person_id, PersonChange.RESET, author, now, {"own": True})
    services.committed()
