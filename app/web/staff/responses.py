"""Answers to staff: pages with names in the reader's language, printed papers, refusals."""

from collections.abc import Mapping
from typing import Any

import httpx
from fastapi import Request, Response

from app.domain.state import Status
from app.dossiers.warnings import WARNINGS
from app.http.replica_reading import only_reading_since
from app.lookup.texts import STATUS, Words
from app.web.public.languages import language_for
from app.web.public.rendering import MEDIA_TYPE, page_headers, whole_page
from app.web.staff.api_client import Refusal
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
    return with_wait(page_response(request, "staff-refusal.html", facts, refusal.status), refusal)


def with_wait(response: Response, refusal: Refusal | None) -> Response:
    """The response with the seconds to wait, if the refusal has some."""
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
