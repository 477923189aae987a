"""Renders pages from templates: every value escaped, in the reader's language, with nothing from other sites."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from app.domain.localtime import local
from app.http.etags import conditional
from app.lookup.reasons import weekday
from app.lookup.texts import day_text
from app.statistics.shares import percent
from app.web.public.assets import asset_path
from app.web.public.languages import LANGUAGES, address_in, language_cookie, language_for, requested_language

MEDIA_TYPE = "text/html; charset=utf-8"

# No inline code, nothing from other sites, no frame around the page.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# The display in a hall requests its page again.
REFRESHING: Mapping[str, str] = {"Content-Security-Policy": f"{_POLICY}; connect-src 'self'"}
# The description of the interface is in English. It styles itself from its script, and searches in a worker.
DESCRIBING: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    + "; connect-src 'self'; worker-src blob:",
    "Content-Language": "en",
}
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    # The origin of a form is checked, so it must be sent.
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
}


def _environment(language: str) -> Environment:
    """Templates of one language. Filters of constants are then evaluated once, at compile time."""
    environment = Environment(
        loader=PackageLoader("app.web.public"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["language"] = language
    environment.filters |= {
        "asset": asset_path,
        "date": partial(_date, language),
        "day": partial(_day, language),
        "moment": partial(_moment, language),
        "number": partial(_number, language),
        "with_": lambda query, name, value: {**query, name: value},
        "without": lambda query, name: {key: value for key, value in query.items() if key != name},
        "percent": partial(_percent, language),
        "say": (lambda _vi, en: en) if language == "en" else (lambda vi, _en: vi),
    }
    return environment


def _date(language: str, day: date) -> str:
    return day_text(day, language)


def _day(language: str, day: date) -> str:
    return f"{weekday(day.weekday(), language)}, {day_text(day, language)}"


def _moment(language: str, instant: datetime) -> str:
    at = local(instant)
    return f"{at.hour:02}:{at.minute:02}, {day_text(at.date(), language)}"


def _number(language: str, value: int) -> str:
    return f"{value:,}" if language == "en" else f"{value:,}".replace(",", ".")


def _percent(language: str, share: float | None, decimals: int = 2) -> str:
    """A share in percent, cut, by default with all decimals of the figures; a dash for none."""
    if share is None:
        return "–"
    text = percent(share, decimals)
    return f"{text}%" if language == "en" else f"{text.replace('.', ',')}%"


_ENVIRONMENTS = {language: _environment(language) for language in LANGUAGES}


def render(language: str, template: str, **facts: Any) -> Markup:
    """The template with the facts, in "vi" or "en"; every value is escaped unless it is Markup.

    Templates write a text as `"vietnamese" | say("english")`, values by the filters `date`, `day` (with its weekday),
    `moment`, `number` and `percent`, and the address of a static file by `asset`.
    """
    return Markup(_ENVIRONMENTS[language].get_template(template).render(facts))  # noqa: S704 - written by a template


def whole_page(request: Request, template: str, facts: Mapping[str, Any]) -> bytes:
    """The template as the whole answer to a request, with links to other languages."""
    languages = [(language, address_in(request, language)) for language in LANGUAGES]
    text = render(language_for(request), template, languages=languages, **facts)
    # Typed text may have half a surrogate pair, which cannot be encoded.
    return text.encode(errors="replace")


def page_headers(request: Request) -> dict[str, str]:
    """The headers of every page; they store a language that the address names."""
    headers = {**_HEADERS, "Content-Language": language_for(request)}
    language = requested_language(request)
    return {**headers, "Set-Cookie": language_cookie(language)} if language else headers


def page(
    request: Request,
    template: str,
    facts: Mapping[str, Any],
    *,
    version: int = 0,
    private: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The page with its ETag, or 304 if the browser has it; `private` as for `conditional_json`."""
    body = whole_page(request, template, facts)
    sent = {**page_headers(request), **(headers or {})}
    return conditional(request, body, version, private=private, media_type=MEDIA_TYPE, headers=sent)


def redirect(request: Request, address: str) -> Response:
    """A redirect (303) to another page of this service."""
    return RedirectResponse(address, status_code=303, headers={**page_headers(request), "Cache-Control": "no-store"})
