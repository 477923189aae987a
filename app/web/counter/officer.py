"""The name of the officer, remembered by the browser: encrypted, and for the counter only."""

from datetime import timedelta

from fastapi import Request, Response

from app.encryption.errors import KeysUnusable
from app.web.counter.addresses import HOME
from app.web.staff.cookies import decrypted, encrypted, set_cookie

_COOKIE, _PURPOSE = "counter_officer", "counter/officer"
_LIFETIME = timedelta(days=180)


def officer_of(request: Request) -> str:
    """The last name of an officer from this browser; empty without one."""
    stored = request.cookies.get(_COOKIE)
    try:
        return decrypted(request, stored, _PURPOSE) if stored else ""
    except KeysUnusable:
        return ""


def remember_officer(request: Request, response: Response, name: str) -> None:
    """Stores the officer's name in the browser, encrypted as a session is."""
    if name and name != officer_of(request):
        set_cookie(request, response, _COOKIE, encrypted(request, name, _PURPOSE), _LIFETIME, path=HOME)
