"""The page of the sign-in: for the requested page, or amid a form whose fields it carries."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Request, Response

from app.http.services import HttpServices
from app.identity.local_accounts.second_factor import app_address
from app.settings import channels_of
from app.slips.barcodes import qr_picture
from app.web.public.languages import language_for
from app.web.staff.api_client import Refusal
from app.web.staff.forms import SIGN_IN_FIELDS, Form
from app.web.staff.refusals import refusal_facts
from app.web.staff.responses import page_response, with_wait
from app.web.staff.session import own_address
from app.web.staff.sign_in import Question

# The name of the service in an authenticator app.
SERVICE = "Motcua"
_FIRST = Question(status=200)


def sign_in_page(request: Request, question: Question = _FIRST, *, to: str = "", notice: str = "") -> Response:
    """The question on a page of its own; `to` is the page after the sign-in, by default the requested page."""
    return _page(request, question, to or own_address(request.scope["path"]), {}, notice)


def sign_in_again_page(request: Request, form: Form, question: Question | None = None) -> Response:
    """The question amid a form that came without a session. It carries the fields, and goes to the same address."""
    fields = {name: value for name, value in form.items() if name not in SIGN_IN_FIELDS}
    return _page(request, question or Question(), "", fields, "")


def refused(refusal: Refusal) -> Question:
    """The first question again, after a session or token that is no longer valid."""
    return Question(refusal=refusal, status=refusal.status)


def by_mail(request: Request) -> bool:
    """Whether links can be mailed: there is a mail server, and a public address of the service."""
    settings = HttpServices.of(request.app).settings
    return bool(settings.public_url) and "email" in channels_of(settings)


def waiting_text(seconds: int, language: str) -> str:
    """A time to wait in whole seconds or minutes."""
    if seconds < 100:
        return f"{seconds} giây" if language == "vi" else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return f"{minutes} phút" if language == "vi" else f"{minutes} minutes"


def _page(request: Request, question: Question, to: str, fields: Mapping[str, str], notice: str) -> Response:
    language, settings = language_for(request), HttpServices.of(request.app).settings
    wrong = question.wrong and question.wrong.say(language, wait=waiting_text(question.wait, language))
    facts = {
        "question": question,
        "wrong": wrong,
        "refusal": refusal_facts(question.refusal, language) if question.refusal else None,
        "to": to,
        "fields": fields,
        "notice": notice,
        "qr": qr_picture(app_address(question.secret, question.account, SERVICE)) if question.secret else "",
        "by_mail": by_mail(request),
        "provider": f"/sign-in/start?{urlencode({'to': to or '/sign-in/signed-in'})}" if settings.sso_client_id else "",
    }
    response = page_response(request, "sign-in.html", facts, question.status)
    if question.wait:
        response.headers["Retry-After"] = str(question.wait)
    return with_wait(response, question.refusal)
