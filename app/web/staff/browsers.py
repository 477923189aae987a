"""Browsers: a short name for lists of sessions, and the accounts that signed in from one before."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response

from app.access.persons import fold_account
from app.encryption.errors import KeysUnusable
from app.web.staff.cookies import decrypted, encrypted, host_name, set_cookie

_COOKIE, _PURPOSE = "device", "staff/device"
_LIFETIME = timedelta(days=180)
# Colleagues at one counter share a browser.
_MOST_ACCOUNTS = 12
# By the marks in the header, in this order: Chrome's mark is in others too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("coc_coc_browser", "Cốc Cốc"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class _Device:
    id: str
    accounts: tuple[str, ...]


def browser_of(request: Request) -> str:
    """The kind of the browser, as "Chrome · Windows". Nothing else of the header is kept."""
    header = request.headers.get("user-agent", "")
    names = (next((name for mark, name in marks if mark in header), "") for marks in (_BROWSERS, _SYSTEMS))
    return " · ".join(filter(None, names)) or "–"


def known_device(request: Request, account: str) -> str | None:
    """The id of the browser if the account signed in from it before."""
    device = _device_of(request)
    return device.id if device is not None and fold_account(account) in device.accounts else None


def remember_device(request: Request, response: Response, account: str) -> None:
    """Notes in the browser that the account signed in from it."""
    device = _device_of(request) or _Device(secrets.token_urlsafe(12), ())
    account = fold_account(account)
    accounts = [account, *(other for other in device.accounts if other != account)][:_MOST_ACCOUNTS]
    content = encrypted(request, json.dumps([device.id, accounts]), _PURPOSE)
    set_cookie(request, response, host_name(request, _COOKIE), content, _LIFETIME)


def _device_of(request: Request) -> _Device | None:
    value = request.cookies.get(host_name(request, _COOKIE))
    if not value:
        return None
    try:
        device, accounts = json.loads(decrypted(request, value, _PURPOSE))
    except (KeysUnusable, ValueError):
        return None
    return _Device(device, tuple(accounts))
