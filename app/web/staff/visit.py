"""Visits of staff: the session behind a request, and the routes of pages and forms."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from fastapi import Request, Response

from app.catalogue.cache import Reference
from app.catalogue.dependencies import CatalogueServices
from app.domain.localtime import local_date
from app.http.wire_types import UnitOut
from app.identity.tokens.schemas import CallerOut
from app.web.public.languages import language_for
from app.web.staff.api_client import ApiClient, Refusal
from app.web.staff.forms import RESUME, SIGN_IN_FIELDS, Form, form_of
from app.web.staff.responses import page_response, refusal_page
from app.web.staff.session import sign_out, token_of
from app.web.staff.sign_in import SignedIn, answer
from app.web.staff.sign_in_page import refused, sign_in_again_page, sign_in_page

# The parameter that names the action that was just done.
DONE = "done"
# Refusals that a visitor can settle in the form: it is shown again, with the errors at their fields.
_SETTLED_IN_FORM = frozenset({403, 404, 409, 412, 422})


@dataclass(frozen=True)
class Visit:
    """One request of a visitor with a session; `resumed`: signed in again with this request, amid a form."""

    request: Request
    token: str
    resumed: bool = False

    @cached_property
    def language(self) -> str:
        """ "vi" or "en"."""
        return language_for(self.request)

    @cached_property
    def api(self) -> ApiClient:
        """The API for this caller."""
        return ApiClient(self.request, self.token, self.language)

    @property
    def today(self) -> date:
        """The present local date."""
        return local_date(CatalogueServices.of(self.request.app).now())

    async def caller(self) -> CallerOut:
        """The client and role of the token; raises Refusal if the token is no longer valid."""
        return CallerOut.model_validate(await self.api.get("tokens", "current"))

    async def reference(self) -> Reference:
        """Units and procedures, which are public."""
        services = CatalogueServices.of(self.request.app)
        # The connection is given back at once. A call of the API takes another one, and could wait for this.
        async with services.database.reading() as connection:
            return await services.reference.current(connection)

    async def page(self, template: str, facts: Mapping[str, Any], status: int = 200) -> Response:
        """The page, with the caller on it; its template names units by `unit_name`, as `Xã Trà My`."""
        reference = await self.reference()

        def unit_name(unit: UnitOut) -> str:
            return reference.units[unit.id].full_name

        visit = {"caller": await self.caller(), "resumed": self.resumed, "unit_name": unit_name}
        return page_response(self.request, template, {**facts, **visit}, status)


Route = Callable[[Request], Awaitable[Response]]
PageHandler = Callable[[Visit], Awaitable[Response]]
FormHandler = Callable[[Visit, Form], Awaitable[Response]]
# Shows a form with these fields filled in, and with a refusal if there was one.
FilledForm = Callable[[Visit, Form, Refusal | None], Awaitable[Response]]


def page_route(handler: PageHandler) -> Route:
    """The handler as a route. Without a session the answer is the sign-in form; a refusal is answered by a page."""

    async def route(request: Request) -> Response:
        token = await token_of(request)
        if token is None:
            return sign_in_page(request)
        try:
            return await handler(Visit(request, token))
        except Refusal as refusal:
            if refusal.status == 401:
                return await _signed_out(request, sign_in_page(request, refused(refusal)))
            return refusal_page(request, refusal)

    return route


def form_route(filled: FilledForm) -> Callable[[FormHandler], Route]:
    """The handler of a form as a route; `filled` shows the form again after a refusal.

    Without a session the answer is the sign-in form, which carries the fields. It comes back with what proves the
    visitor, and then the form is shown filled in. The handler does not run before the visitor sends that form.
    """

    def route_of(handler: FormHandler) -> Route:
        async def route(request: Request) -> Response:
            form = await form_of(request)
            token = await token_of(request)
            # A sign-in form that the browser sends again is no order to act, even with a session.
            if token is None or not SIGN_IN_FIELDS.isdisjoint(form):
                return await _resume(request, form, token, filled)
            visit = Visit(request, token)
            try:
                return await _handled(visit, form, handler, filled)
            except Refusal as refusal:
                if refusal.status == 401:
                    return await _signed_out(request, sign_in_again_page(request, form, refused(refusal)))
                return refusal_page(request, refusal)

        return route

    return route_of


async def _handled(visit: Visit, form: Form, handler: FormHandler, filled: FilledForm) -> Response:
    try:
        return await handler(visit, form)
    except Refusal as refusal:
        if refusal.status not in _SETTLED_IN_FORM:
            raise
        return await filled(visit, form, refusal)


async def _resume(request: Request, form: Form, token: str | None, filled: FilledForm) -> Response:
    """Signs in by the fields of the sign-in, and shows the form of the others.

    With RESUME the visitor signed in elsewhere meanwhile.
    """
    if SIGN_IN_FIELDS.isdisjoint(form) or (RESUME in form and token is None):
        return sign_in_again_page(request, form)
    signed_in = None
    if RESUME not in form or token is None:
        outcome = await answer(request, form)
        if not isinstance(outcome, SignedIn):
            return sign_in_again_page(request, form, outcome)
        signed_in, token = outcome, outcome.session.bearer
    try:
        typed = {name: value for name, value in form.items() if name not in SIGN_IN_FIELDS}
        response = await filled(Visit(request, token, resumed=True), typed, None)
    except Refusal as refusal:
        response = refusal_page(request, refusal)
    if signed_in is not None:
        signed_in.store(request, response)
    return response


async def _signed_out(request: Request, response: Response) -> Response:
    await sign_out(request, response)
    return response
