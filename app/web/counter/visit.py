"""A visit to one of the counter's pages: who is signed in, in which language, and how pages are answered."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx
from fastapi import Request, Response

from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices
from app.domain.localtime import local_date
from app.domain.state import Status
from app.http.wire_types import UnitOut
from app.identity.tokens.schemas import CallerOut
from app.lookup.texts import STATUS
from app.web.counter.api_client import Interface, Refusal
from app.web.counter.labels import (
    ACTIONS,
    ANSWERS,
    CHOICES,
    FIELDS,
    FLAGS,
    OCCASIONS,
    REMINDER_STATES,
    ROLES,
    SLIPS,
    SNOOZE_REASONS,
    called,
)
from app.web.counter.refusals import told
from app.web.counter.sign_in import HOME, sign_out, token_of, within
from app.web.public.languages import language_for
from app.web.public.rendering import MEDIA_TYPE, page_headers, redirect, whole_page

_NAMES: Mapping[str, Mapping[Any, Any]] = {
    "action": ACTIONS,
    "answer": ANSWERS,
    "choice": CHOICES,
    "field": FIELDS,
    "flag": FLAGS,
    "occasion": OCCASIONS,
    "reminders": REMINDER_STATES,
    "role": ROLES,
    "slip": SLIPS,
    "snooze": SNOOZE_REASONS,
    "status": {Status(key).value: words for key, words in STATUS.items()},
}


# The browser shows papers by means of its own, which a policy for pages would keep it from.
_PAPER_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
# The parameter that names what was just done.
DONE = "done"


@dataclass(frozen=True)
class Visit:
    """One request of somebody who is signed in."""

    request: Request
    token: str

    @cached_property
    def language(self) -> str:
        """ "vi" or "en"."""
        return language_for(self.request)

    @cached_property
    def interface(self) -> Interface:
        """The interface as this caller uses it."""
        return Interface(self.request, self.token, self.language)

    @property
    def today(self) -> date:
        """The local date of now."""
        return local_date(CatalogueServices.of(self.request.app).now())

    async def caller(self) -> CallerOut:
        """Who is signed in; raises Refusal where the token does not hold any more."""
        return CallerOut.model_validate(await self.interface.get("tokens", "current"))

    async def reference(self) -> Reference:
        """Units and procedures, which are public."""
        services = CatalogueServices.of(self.request.app)
        # Given back at once: who held it while calling the interface, which takes another, could wait for ever.
        async with services.database.reading() as connection:
            return await services.reference.current(connection)

    async def page(self, template: str, facts: Mapping[str, Any], status: int = 200) -> Response:
        """The page, with the caller on it; its template names units by `unit_name`, as `Xã Trà My`."""
        reference = await self.reference()

        def unit_name(unit: UnitOut) -> str:
            return reference.units[unit.id].full_name

        return answered(
            self.request, template, {**facts, "caller": await self.caller(), "unit_name": unit_name}, status
        )


Handler = Callable[[Visit], Awaitable[Response]]


def visited(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The handler as a route: others are asked to sign in, and refusals that it does not answer are told on a page."""

    async def handled(request: Request) -> Response:
        token = token_of(request)
        if token is None:
            return sign_in_page(request, status=200 if request.method == "GET" else 401)
        visit = Visit(request, token)
        try:
            return await handler(visit)
        except Refusal as refusal:
            if refusal.status == 401:
                response = sign_in_page(request, refusal)
                sign_out(request, response)
                return response
            return refused_page(request, refusal)

    return handled


def sign_in_page(request: Request, refusal: Refusal | None = None, *, to: str = "", status: int = 401) -> Response:
    """Asks for the token, and leads on to where the visit was for."""
    refused = told(refusal, language_for(request)) if refusal else None
    facts = {"refusal": refused, "to": to or within(request.scope["path"]), "ended": status == 401 and refusal is None}
    return _with_wait(answered(request, "counter-sign-in.html", facts, refusal.status if refusal else status), refusal)


def refused_page(request: Request, refusal: Refusal) -> Response:
    """A refusal with nothing beside it."""
    facts = told(refusal, language_for(request))
    return _with_wait(answered(request, "counter-refusal.html", facts, refusal.status), refusal)


def _with_wait(response: Response, refusal: Refusal | None) -> Response:
    if refusal and refusal.retry_after:
        response.headers["Retry-After"] = refusal.retry_after
    return response


def answered(request: Request, template: str, facts: Mapping[str, Any], status: int = 200) -> Response:
    """The page, which no browser keeps: whoever signs out leaves nothing behind."""
    language = language_for(request)

    def name(kind: str, key: str) -> str:
        return called(_NAMES[kind], key, language)

    body = whole_page(request, template, {"caller": None, "name": name, **facts})
    headers = {**page_headers(request), "Cache-Control": "no-store"}
    return Response(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def printed(paper: httpx.Response) -> Response:
    """A paper as the interface printed it."""
    headers = {
        "Content-Disposition": paper.headers["content-disposition"],
        "Content-Security-Policy": _PAPER_POLICY,
        "Cache-Control": "no-store",
    }
    return Response(paper.content, headers=headers, media_type=paper.headers["content-type"])


def moved(request: Request, *path: str, query: str = "") -> Response:
    """On to another of these pages."""
    address = "/".join([HOME, *(quote(part, safe="") for part in path)])
    return redirect(request, f"{address}?{query}" if query else address)
