"""The session of a browser, encrypted in a cookie that no script can read: a person's, or that of a pasted token."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from app.access.person_sessions import Method, begin_person_session, first_expiry
from app.access.service import token_hash
from app.access.sessions import begin_session, end_session, has_session
from app.encryption.errors import KeysUnusable
from app.http.services import HttpServices
from app.web.staff.browsers import browser_of
from app.web.staff.cookies import decrypted, encrypted, host_name, set_cookie

START = "/counter"
_COOKIE, _PURPOSE = "staff", "staff/session"
# One working day.
_TOKEN_LIFETIME = timedelta(hours=12)
# Browsers resolve parts of dots alone, so those are excluded.
_PART = r"(?:/(?!\.+(?:/|$))[A-Za-z0-9._-]+)*"
_ADDRESS = re.compile(rf"/(?:counter|admin|account){_PART}|/sign-in/signed-in")


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A session that has begun. `bearer`: what calls of the API carry. `secret`: of the row in the database."""

    bearer: str
    secret: str


async def token_of(request: Request) -> str | None:
    """What calls of the API carry: a person's session or a token. None without a session, and after its end."""
    session = _session_of(request)
    if session is None:
        return None
    services = HttpServices.of(request.app)
    async with services.database.reading() as connection:
        return session.bearer if await has_session(connection, session.secret, services.now()) else None


async def begin_token_session(request: Request, token: str) -> BrowserSession:
    """Begins a session of 12 hours with a pasted token."""
    services = HttpServices.of(request.app)
    now = services.now()
    await _end_present(request)
    return BrowserSession(token, await begin_session(services.database, token_hash(token), now, now + _TOKEN_LIFETIME))


async def begin_session_of_person(
    request: Request,
    person_id: int,
    method: Method,
    *,
    provider_session: str | None = None,
    id_token: str | None = None,
) -> BrowserSession:
    """Begins a session of a person who proved who they are. Its secret is new, and the session before it ends."""
    services = HttpServices.of(request.app)
    now = services.now()
    await _end_present(request)
    secret = await begin_person_session(
        services.database,
        person_id,
        method,
        now,
        first_expiry(services.settings, now),
        provider_session=provider_session,
        id_token=id_token,
        browser=browser_of(request),
    )
    return BrowserSession(secret, secret)


def store_session(request: Request, response: Response, session: BrowserSession) -> None:
    """Stores the session in the browser. Only this service can decrypt it."""
    content = encrypted(request, json.dumps([session.bearer, session.secret]), _PURPOSE)
    longest = timedelta(hours=HttpServices.of(request.app).settings.session_hours)
    life = longest if session.bearer == session.secret else _TOKEN_LIFETIME
    set_cookie(request, response, host_name(request, _COOKIE), content, life)


async def sign_out(request: Request, response: Response) -> None:
    """Ends the session, and removes it from the browser."""
    await _end_present(request)
    set_cookie(request, response, host_name(request, _COOKIE), "", timedelta(0))


def own_address(address: str) -> str:
    """The address if it is a page for staff, otherwise their first page. No redirect leaves these pages."""
    return address if _ADDRESS.fullmatch(address) else START


def _session_of(request: Request) -> BrowserSession | None:
    """The session in the cookie, which may have ended; None for a cookie that is not of this form."""
    value = request.cookies.get(host_name(request, _COOKIE))
    if not value:
        return None
    try:
        bearer, secret = json.loads(decrypted(request, value, _PURPOSE))
    except (KeysUnusable, ValueError):
        return None
    return BrowserSession(bearer, secret)


async def _end_present(request: Request) -> None:
    session = _session_of(request)
    if session is not None:
        await end_session(HttpServices.of(request.app).database, session.secret)
