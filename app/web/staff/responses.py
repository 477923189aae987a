"""Answers of the counter: pages with names in the reader's language, printed papers, redirects, the sign-in form."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from fastapi import Request, Response

from app.domain.state import Status
from app.dossiers.warnings import WARNINGS
from app.http.replica_reading import only_reading_since
from app.http.services import HttpServices
from app.lookup.texts import STATUS, Words
from app.web.public.languages import language_for
from app.web.public.rendering import MEDIA_TYPE, page_headers, redirect, whole_page
from app.web.staff.api_client import Refusal
from app.web.staff.forms import RESUME, TOKEN, Form
from app.web.staff.labels import (
    ACTIONS,
    ANSWERS,
    CHOICES,
    FIELDS,
    FLAGS,
    MARKS,
    OCCASIONS,
    REMINDER_STATES,
    ROLES,
    SLIPS,
    SNOOZE_REASONS,
    label_of,
)
from app.web.staff.refusals import refusal_facts
from app.web.staff.session import HOME, counter_address

_NAMES: Mapping[str, Mapping[Any, Any]] = {
    "action": ACTIONS,
    "answer": ANSWERS,
    "choice": CHOICES,
    "field": FIELDS,
    "flag": FLAGS,
    "mark": MARKS,
    "occasion": OCCASIONS,
    "reminders": REMINDER_STATES,
    "role": ROLES,
    "slip": SLIPS,
    "snooze": SNOOZE_REASONS,
    "status": {Status(key).value: words for key, words in STATUS.items()},
    "warning": {code: Words(sentence.vi, sentence.en) for code, sentence in WARNINGS.items()},
}
# The browser's own viewer shows papers. The policy of pages would keep it from that.
_PAPER_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def page_response(request: Request, template: str, facts: Mapping[str, Any], status: int = 200) -> Response:
    """The page. No browser stores it, so that nothing of it is left after signing out."""
    language = language_for(request)

    def name(kind: str, key: str) -> str:
        return label_of(_NAMES[kind], key, language)

    body = whole_page(request, template, {**_always(request), "name": name, **facts})
    headers = {**page_headers(request), "Cache-Control": "no-store"}
    return Response(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def _always(request: Request) -> dict[str, Any]:
    """Facts of every page, also of one without a session."""
    return {"caller": None, "resumed": False, "only_reading_since": only_reading_since(request.app)}


def refusal_page(request: Request, refusal: Refusal) -> Response:
    """A refusal on a page of its own."""
    facts = refusal_facts(refusal, language_for(request))
    return _with_wait(page_response(request, "staff-refusal.html", facts, refusal.status), refusal)


def sign_in_page(request: Request, refusal: Refusal | None = None, *, to: str = "", status: int = 200) -> Response:
    """The form for the token; `to` is the page after it, by default the requested page."""
    facts = {"to": to or counter_address(request.scope["path"]), "fields": {}}
    return _sign_in_response(request, facts, refusal, status)


def sign_in_again_page(request: Request, form: Form, refusal: Refusal | None = None) -> Response:
    """The form for the token, with the fields of a form that came without a session; it goes to the same address."""
    fields = {name: value for name, value in form.items() if name not in (TOKEN, RESUME)}
    return _sign_in_response(request, {"to": "", "fields": fields}, refusal, 401)


def _sign_in_response(request: Request, facts: Mapping[str, Any], refusal: Refusal | None, status: int) -> Response:
    people = HttpServices.of(request.app).settings.sso_client_id
    after = urlencode({"to": facts["to"] or "/sign-in/signed-in"})
    facts = {**facts, "provider": f"/sign-in/start?{after}" if people else ""}
    facts = {**facts, "refusal": refusal_facts(refusal, language_for(request)) if refusal else None}
    response = page_response(request, "sign-in.html", facts, refusal.status if refusal else status)
    return _with_wait(response, refusal)


def _with_wait(response: Response, refusal: Refusal | None) -> Response:
    if refusal and refusal.retry_after:
        response.headers["Retry-After"] = refusal.retry_after
    return response


def pdf_response(paper: httpx.Response) -> Response:
    """A paper as the API printed it."""
    headers = {
        "Content-Disposition": paper.headers["content-disposition"],
        "Content-Security-Policy": _PAPER_POLICY,
        "Cache-Control": "no-store",
    }
    return Response(paper.content, headers=headers, media_type=paper.headers["content-type"])


def redirect_to(request: Request, *path: str, query: str = "") -> Response:
    """A redirect to another page of the counter."""
    address = "/".join([HOME, *(quote(part, safe="") for part in path)])
    return redirect(request, f"{address}?{query}" if query else address)
