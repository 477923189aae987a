"""Cookies of staff: encrypted for one purpose, for this service only, and unreadable for scripts."""

from datetime import timedelta

from fastapi import Request, Response

from app.encryption.key_ring import KeyRing
from app.http.services import HttpServices


def encrypted(request: Request, text: str, purpose: str) -> str:
    """The text, encrypted for one purpose: it decrypts for no other one."""
    return _ring(request).encrypt(text, purpose)


def decrypted(request: Request, value: str, purpose: str) -> str:
    """The text of a value that was encrypted for this purpose. Raises KeysUnusable for any other value."""
    return _ring(request).decrypt(value, purpose)


def host_name(request: Request, name: str) -> str:
    """The name of a cookie for all paths. Over https no neighbouring host can set one of this name (RFC 6265bis)."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def set_cookie(
    request: Request, response: Response, name: str, value: str, life: timedelta, *, path: str = "/"
) -> None:
    """Stores a cookie; with a `life` of nothing it is removed."""
    response.set_cookie(
        name,
        value,
        max_age=int(life.total_seconds()),
        path=path,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def _ring(request: Request) -> KeyRing:
    return HttpServices.of(request.app).database.keys.ring
