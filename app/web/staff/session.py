"""The session: the token and an id, encrypted in a cookie that no script can read."""

import json
import re
from datetime import timedelta

from fastapi import Request, Response

from app.access.person_sessions import Method, begin_person_session, first_expiry
from app.access.service import token_hash
from app.access.sessions import begin_session, end_session, has_session
from app.encryption.errors import KeysUnusable
from app.encryption.key_ring import KeyRing
from app.http.services import HttpServices

HOME = "/counter"
_COOKIE, _OFFICER = "counter", "counter_officer"
# A value decrypts only for its own purpose, so a typed name can never become a session.
_SESSION_PURPOSE, _OFFICER_PURPOSE = "counter/session", "counter/officer"
# One working day.
_LIFETIME = timedelta(hours=12)
_OFFICER_LIFETIME = timedelta(days=180)
# Browsers resolve parts of dots alone, so those are excluded.
_ADDRESS = re.compile(r"/(?:counter|admin)(?:/(?!\.+(?:/|$))[A-Za-z0-9._-]+)*")


async def token_of(request: Request) -> str | None:
    """The token of the session; None without a session, and after its end."""
    parts = _parts(request)
    if parts is None:
        return None
    services, (token, session) = HttpServices.of(request.app), parts
    async with services.database.reading() as connection:
        return token if await has_session(connection, session, services.now()) else None


async def sign_in(request: Request, response: Response, token: str) -> None:
    """Begins a session of 12 hours, and stores it with the token in the browser. Only this service can decrypt it."""
    services = HttpServices.of(request.app)
    now = services.now()
    session = await begin_session(services.database, token_hash(token), now, now + _LIFETIME)
    encrypted = _ring(request).encrypt(json.dumps([token, session]), _SESSION_PURPOSE)
    _set(request, response, _COOKIE, encrypted, _LIFETIME)


async def begin_session_of_person(
    request: Request, person_id: int, method: Method, *, provider_session: str | None, id_token: str | None
) -> str:
    """Begins a session of a person who proved who they are; its secret is new."""
    services = HttpServices.of(request.app)
    now, browser = services.now(), request.headers.get("user-agent", "")[:200] or None
    return await begin_person_session(
        services.database,
        person_id,
        method,
        now,
        first_expiry(services.settings, now),
        provider_session=provider_session,
        id_token=id_token,
        browser=browser,
    )


def store_session(request: Request, response: Response, secret: str) -> None:
    """Stores a person's session in the browser. Only this service can decrypt it."""
    _set(request, response, _COOKIE, _ring(request).encrypt(json.dumps([secret, secret]), _SESSION_PURPOSE), _LIFETIME)


async def sign_out(request: Request, response: Response) -> None:
    """Ends the session, and removes it from the browser."""
    parts = _parts(request)
    if parts is not None:
        await end_session(HttpServices.of(request.app).database, parts[1])
    _set(request, response, _COOKIE, "", timedelta(0))


def _parts(request: Request) -> tuple[str, str] | None:
    """The token and the id of the session in the cookie; None for a cookie that is not of this form."""
    encrypted = request.cookies.get(_COOKIE)
    if not encrypted:
        return None
    try:
        token, session = json.loads(_ring(request).decrypt(encrypted, _SESSION_PURPOSE))
    except (KeysUnusable, ValueError):
        return None
    # Before the table of sessions the second part was an instant.
    return (token, session) if isinstance(session, str) else None


def officer_of(request: Request) -> str:
    """The last name of an officer from this browser; empty without one."""
    encrypted = request.cookies.get(_OFFICER)
    try:
        return _ring(request).decrypt(encrypted, _OFFICER_PURPOSE) if encrypted else ""
    except KeysUnusable:
        return ""


def remember_officer(request: Request, response: Response, name: str) -> None:
    """Stores the officer's name in the browser, encrypted as the token is."""
    if name and name != officer_of(request):
        _set(request, response, _OFFICER, _ring(request).encrypt(name, _OFFICER_PURPOSE), _OFFICER_LIFETIME)


def counter_address(address: str) -> str:
    """The address if it is a page for staff, otherwise the counter's first page. No redirect leaves these pages."""
    return address if _ADDRESS.fullmatch(address) else HOME


def own_address(address: str) -> str:
    """The address if it is a page for staff, otherwise their first page. No redirect leaves these pages."""
    return address if address == "/sign-in/signed-in" else counter_address(address)


def _ring(request: Request) -> KeyRing:
    return HttpServices.of(request.app).database.keys.ring


def _set(request: Request, response: Response, name: str, value: str, life: timedelta) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(life.total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
