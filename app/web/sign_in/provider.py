"""Sign-in at the provider of the single sign-on: its start, its answer, and signing out there.

The provider's answer comes from another site. Browsers send no strict cookie with it, so the flow has a lax one. They
would not send the new strict cookie after a redirect either, so the answer is a page that refreshes itself.
"""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.access.person_sessions import Method, end_person_session
from app.domain.errors import DomainError, NotFound
from app.http.error_responses import status_of
from app.http.errors import Unauthenticated
from app.http.messages import title
from app.http.rate_limits import address_of
from app.identity.sso.dependencies import SignOnServices
from app.identity.sso.flow import LIFETIME, Flow, new_flow, opened, sealed
from app.identity.sso.people import person_of
from app.identity.sso.provider import authorize_address, end_session_address
from app.identity.sso.service import not_begun
from app.web.public.languages import language_for
from app.web.public.parameters import query_fields
from app.web.public.rendering import MEDIA_TYPE, page_headers, redirect, render
from app.web.staff.session import (
    START,
    begin_session_of_person,
    own_address,
    sign_out,
    store_session,
    token_of,
)

router = APIRouter(prefix="/sign-in", include_in_schema=False)

_COOKIE, _PATH = "sign-in-flow", "/sign-in"
# The address of the callback has the code. It must reach neither other sites nor logs of files of the page.
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("/start")
async def start(request: Request) -> Response:
    """Redirects to the provider. `to` is the page after the sign-in; `again` asks for another account there."""
    services = _services(request)
    asked = query_fields(request, "to", "again")
    flow = new_flow(own_address(asked.get("to", "")), services.now())
    address = authorize_address(services.settings, flow, again="again" in asked)
    response = RedirectResponse(address, status_code=302, headers=_HEADERS)
    _set_flow(request, response, sealed(flow, services.database.keys.ring), LIFETIME)
    return response


@router.get("/callback")
async def callback(request: Request) -> Response:
    """Begins a session for the person in the provider's answer."""
    try:
        response = await _signed_in(request)
    except DomainError as refusal:
        if isinstance(refusal, Unauthenticated):
            _services(request).limits.failures.take(address_of(request.scope))
        response = _refused(request, refusal)
    # The answer of a flow is used once, however it ends.
    _set_flow(request, response, "", timedelta(0))
    return response


@router.get("/signed-in")
async def signed_in(request: Request) -> Response:
    """The page after a sign-in beside a form that waits in another tab."""
    return _page(request, "sign-in-beside.html", 200)


async def _signed_in(request: Request) -> Response:
    services, now = _services(request), _services(request).now()
    flow = _flow(request)
    if flow is None:
        raise not_begun()
    identity, id_token = await services.sign_on.identify(flow, dict(request.query_params), now)
    try:
        person = await person_of(services.database, services.reference, services.settings, identity, now)
    except DomainError as refusal:
        refusal.extra["subject"] = identity.subject
        raise
    kept = id_token if services.settings.sso_end_session_url else None
    session = await begin_session_of_person(
        request, person.id, Method.PROVIDER, provider_session=identity.session, id_token=kept
    )
    response = _page(request, "sign-in-done.html", 200, to=flow.to)
    store_session(request, response, session)
    return response


def _refused(request: Request, refusal: DomainError) -> Response:
    language = language_for(request)
    facts = {
        "code": refusal.code,
        "title": title(refusal.code, language),
        "detail": refusal.detail if language == "en" else "",
        "subject": refusal.extra.get("subject", ""),
    }
    return _page(request, "sign-in-refused.html", status_of(refusal), **facts)


async def leave(request: Request) -> Response:
    """Ends the session here, and leads to the provider if it began there, otherwise to the first page.

    Browsers apply the policy for forms to redirects after a form, so a page leads there instead of a redirect.
    """
    services, secret = SignOnServices.of(request.app), await token_of(request)
    ended = await end_person_session(services.database, secret) if secret else None
    address = end_session_address(services.settings, ended.id_token) if ended else None
    response = _page(request, "sign-out-there.html", 200, address=address) if address else redirect(request, START)
    await sign_out(request, response)
    return response


def _page(request: Request, template: str, status: int, **facts: Any) -> Response:
    # Without links to other languages, which repeat the query.
    body = render(language_for(request), template, languages=(), **facts)
    return Response(body, status_code=status, headers={**page_headers(request), **_HEADERS}, media_type=MEDIA_TYPE)


def _flow(request: Request) -> Flow | None:
    services = _services(request)
    text = request.cookies.get(_cookie(request))
    return opened(text, services.database.keys.ring, services.now()) if text else None


def _services(request: Request) -> SignOnServices:
    services = SignOnServices.of(request.app)
    if not services.sign_on.signs_in_people:
        raise NotFound("no_such_path", "People do not sign in at a provider here.")
    return services


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _cookie(request: Request) -> str:
    # With this prefix no neighbouring subdomain can set the cookie, and with it the flow of somebody else.
    return f"__Host-{_COOKIE}" if _is_secure(request) else _COOKIE


def _set_flow(request: Request, response: Response, value: str, life: timedelta) -> None:
    secure = _is_secure(request)
    response.set_cookie(
        _cookie(request),
        value,
        max_age=int(life.total_seconds()),
        path="/" if secure else _PATH,  # the prefix requires it
        secure=secure,
        httponly=True,
        samesite="lax",
    )
