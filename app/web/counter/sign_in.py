"""Who is signed in: the token, encrypted in a cookie that only these pages get and that no script can read."""

import json
import re
from datetime import timedelta

from fastapi import Request, Response

from app.encryption.errors import KeysUnusable
from app.encryption.key_ring import KeyRing
from app.http.services import HttpServices

HOME = "/counter"
_COOKIE, _OFFICER = "counter", "counter_officer"
# Each opens in its own place alone: whoever writes a name makes no session of it.
_SESSION_PLACE, _OFFICER_PLACE = "counter/session", "counter/officer"
# A working day: who comes the next morning signs in anew.
_LIFETIME = timedelta(hours=12)
_REMEMBERED = timedelta(days=180)
# No part of dots alone, which browsers resolve.
_WITHIN = re.compile(rf"{HOME}(?:/(?!\.+(?:/|$))[A-Za-z0-9._-]+)*")


def token_of(request: Request) -> str | None:
    """The token with which somebody is signed in, None where nobody is or the time is over."""
    sealed = request.cookies.get(_COOKIE)
    if not sealed:
        return None
    try:
        token, until = json.loads(_ring(request).decrypt(sealed, _SESSION_PLACE))
    except (KeysUnusable, ValueError):
        return None
    now = HttpServices.of(request.app).now()
    return token if now.timestamp() < until else None


def sign_in(request: Request, response: Response, token: str) -> None:
    """Keeps the token in the browser, where it opens for this service alone and only until the day is over."""
    until = HttpServices.of(request.app).now() + _LIFETIME
    sealed = _ring(request).encrypt(json.dumps([token, until.timestamp()]), _SESSION_PLACE)
    _set(request, response, _COOKIE, sealed, _LIFETIME)


def sign_out(request: Request, response: Response) -> None:
    """Takes the token out of the browser."""
    _set(request, response, _COOKIE, "", timedelta(0))


def officer_of(request: Request) -> str:
    """The name that was last written as the officer's in this browser; empty where there was none."""
    sealed = request.cookies.get(_OFFICER)
    try:
        return _ring(request).decrypt(sealed, _OFFICER_PLACE) if sealed else ""
    except KeysUnusable:
        return ""


def remember_officer(request: Request, response: Response, name: str) -> None:
    """Keeps the officer's name, encrypted as the token is."""
    if name and name != officer_of(request):
        _set(request, response, _OFFICER, _ring(request).encrypt(name, _OFFICER_PLACE), _REMEMBERED)


def within(address: str) -> str:
    """The address where it is one of these pages', else their first: nobody is led elsewhere."""
    return address if _WITHIN.fullmatch(address) else HOME


def _ring(request: Request) -> KeyRing:
    return HttpServices.of(request.app).database.keys.ring


def _set(request: Request, response: Response, name: str, value: str, life: timedelta) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(life.total_seconds()),
        path=HOME,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
