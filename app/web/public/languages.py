"""In which language a page is read: chosen on the page and kept, else what the browser prefers, else Vietnamese."""

from urllib.parse import urlencode

from fastapi import Request

from app.http.messages import language_of

LANGUAGES = ("vi", "en")
COOKIE = PARAMETER = "lang"
_READ_IN = "motcua.language"
_A_YEAR = 365 * 24 * 3600


def chosen(request: Request) -> str | None:
    """The language that this request itself chooses, None where it chooses none that there is."""
    asked = request.query_params.get(PARAMETER) if request.scope["query_string"] else None
    return asked if asked in LANGUAGES else None


def language_for(request: Request) -> str:
    """ "vi" or "en": what the address says, else what was chosen before, else by Accept-Language."""
    known: str | None = request.scope.get(_READ_IN)
    if known is None:
        kept = request.cookies.get(COOKIE)
        preferred = kept if kept in LANGUAGES else language_of(request.headers.get("accept-language"))
        known = request.scope[_READ_IN] = chosen(request) or preferred
    return known


def kept_by(language: str) -> str:
    """The Set-Cookie header that keeps a choice."""
    return f"{COOKIE}={language}; Path=/; Max-Age={_A_YEAR}; SameSite=Lax; HttpOnly"


def address_in(request: Request, language: str) -> str:
    """This page in another language: the query alone, so that no path of the client's choice becomes a link."""
    if not request.scope["query_string"]:
        return f"?{PARAMETER}={language}"
    others = [(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER]
    return f"?{urlencode([*others, (PARAMETER, language)])}"
