"""The language of a page: chosen on a page and stored, otherwise the browser's, otherwise Vietnamese."""

from urllib.parse import urlencode

from fastapi import Request

from app.http.messages import language_of

LANGUAGES = ("vi", "en")
COOKIE = PARAMETER = "lang"
_SCOPE_KEY = "motcua.language"
_A_YEAR = 365 * 24 * 3600


def requested_language(request: Request) -> str | None:
    """The language that the address of this request names; None without one, and for an unknown one."""
    language = request.query_params.get(PARAMETER) if request.scope["query_string"] else None
    return language if language in LANGUAGES else None


def language_for(request: Request) -> str:
    """ "vi" or "en": from the address, otherwise from the cookie, otherwise from Accept-Language."""
    language: str | None = request.scope.get(_SCOPE_KEY)
    if language is None:
        stored = request.cookies.get(COOKIE)
        preferred = stored if stored in LANGUAGES else language_of(request.headers.get("accept-language"))
        language = request.scope[_SCOPE_KEY] = requested_language(request) or preferred
    return language


def language_cookie(language: str) -> str:
    """The Set-Cookie header that stores a choice."""
    return f"{COOKIE}={language}; Path=/; Max-Age={_A_YEAR}; SameSite=Lax; HttpOnly"


def address_in(request: Request, language: str) -> str:
    """The link to this page in another language. It is a query alone, so that no path of the client becomes a link."""
    if not request.scope["query_string"]:
        return f"?{PARAMETER}={language}"
    others = [(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER]
    return f"?{urlencode([*others, (PARAMETER, language)])}"
