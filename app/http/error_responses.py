"""Responses to errors: one map from errors to statuses, and one function that answers each of them."""

from collections.abc import Mapping

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.database import (
    DatabaseFull,
    DatabaseUnavailable,
    IntegrityFailed,
    StatementTooLong,
    TooBusy,
    ValueOutOfRange,
)
from app.domain.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, Unavailable
from app.encryption.errors import KeysUnusable
from app.http.errors import Forbidden, NotAcceptable, TooMany, Unauthenticated, Unparsable, VersionChanged
from app.http.field_errors import field_error
from app.http.input_cases import input_case
from app.http.problems import Case, ProblemPage, problem_response

# Seconds for `Retry-After`: after a short failure, for a report, and for disk space or a statement timeout.
_RETRY_SECONDS = 2
_REPORT_SECONDS = 5
_LONG_SECONDS = 30

STATUS: Mapping[type[Exception], int] = {
    Unparsable: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    NotAcceptable: 406,
    NotAllowed: 409,
    Conflict: 409,
    VersionChanged: 412,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
    KeysUnusable: 503,
}

# Codes of errors that only have a status: those of the framework and of the database.
FRAMEWORK_CODES: Mapping[int, str] = {
    400: "unparsable",
    404: "no_such_path",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid",
    500: "internal",
    503: "unavailable",
}

# Codes of requests that are refused before the body is read to its end.
REFUSED: Mapping[str, int] = {
    "body_too_large": 413,
    "duplicate_key": 400,
    "too_slow": 408,
    "unparsable": 400,
    "unsupported_media_type": 415,
}

_DETAILS: Mapping[int, str] = {
    400: "The body cannot be read as JSON.",
    404: "There is nothing at this address.",
    500: "The service failed. Its log has the reason under the request's id.",
}


class RefusedRequest(HTTPException):
    """A request that is refused before its body is read to the end; `code` is one of REFUSED.

    It is an HTTPException, because the framework passes on only these while it reads a body.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(REFUSED[code], detail)
        self.code = code


def error_response(request: Request, error: Exception, page: ProblemPage) -> Response:
    """The response to an error, in the language of the request. An unknown error is 500 without any of its text.

    `page` decides if a person reads it: then it is a page, otherwise problem+json.
    """
    if isinstance(error, HTTPException) and error.status_code == 405 and request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": ", ".join(_methods(request))})
    case = _case_of(request, error)
    if case.status == 503:
        case.headers.setdefault("Retry-After", str(_RETRY_SECONDS))
    return page(request, case) or problem_response(request, case)


def _case_of(request: Request, error: Exception) -> Case:
    if isinstance(error, DomainError):
        return _domain_case(error)
    if isinstance(error, RequestValidationError):
        return input_case(request, error)
    if isinstance(error, HTTPException):
        return _framework_case(request, error)
    if isinstance(error, DatabaseUnavailable):
        return _unavailable_case(error)
    if isinstance(error, IntegrityFailed):
        return _status_case(409, "The change contradicts data that another request has stored.")
    if isinstance(error, ValueOutOfRange):
        return _status_case(422, "A value is out of the range of the database.")
    return _status_case(500, _DETAILS[500])


def _status_case(status: int, detail: str) -> Case:
    return Case(status, FRAMEWORK_CODES[status], detail)


def status_of(error: DomainError) -> int:
    """The status of a refusal."""
    return next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), 500)


def _domain_case(error: DomainError) -> Case:
    status = status_of(error)
    members = {key: value for key, value in error.extra.items() if key != "pointer"}
    if "pointer" in error.extra:
        members["errors"] = [field_error(error.extra["pointer"], error.code, error.detail)]
    case = Case(status, error.code, error.detail, members=members)
    if isinstance(error, TooMany):
        case.headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, Unauthenticated):
        # RFC 6750: without a token the challenge names no error.
        case.headers["WWW-Authenticate"] = "Bearer" if error.code == "token_missing" else 'Bearer error="invalid_token"'
    return case


def _unavailable_case(error: DatabaseUnavailable) -> Case:
    if isinstance(error, DatabaseFull):
        case = _domain_case(Unavailable("no_room", "The disk of the database is full. Nothing was stored."))
        seconds = _LONG_SECONDS
    elif isinstance(error, StatementTooLong):
        case = _domain_case(Unavailable("took_too_long", "The request took too long: ask for a smaller part."))
        seconds = _LONG_SECONDS
    elif isinstance(error, TooBusy):
        case = _domain_case(Unavailable("busy", "Too many reports are in progress."))
        seconds = _REPORT_SECONDS
    else:
        return _status_case(503, "The database cannot be reached at the moment.")
    case.headers["Retry-After"] = str(seconds)
    return case


def _framework_case(request: Request, error: HTTPException) -> Case:
    if isinstance(error, RefusedRequest):
        # The rest of the body is not read, so the connection cannot serve another request.
        closing = {"Connection": "close"} if error.status_code in (408, 413) else {}
        return Case(error.status_code, error.code, str(error.detail), closing)
    headers = dict(error.headers or {})
    detail = _DETAILS.get(error.status_code, error.detail)
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
        detail = f"Possible here: {headers['Allow']}."
    code = FRAMEWORK_CODES.get(error.status_code, "invalid" if error.status_code < 500 else "internal")
    return Case(error.status_code, code, detail, headers)


def _methods(request: Request) -> list[str]:
    # The framework gives the methods of the first matching route only. Routes with the same pattern count as well, but
    # not `/dossiers/{code}` for the path `/dossiers/search`.
    matching = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    patterns = [getattr(route, "path", None) for route in matching]
    allowed = {
        method
        for route, pattern in zip(matching, patterns, strict=True)
        if pattern == patterns[0]
        for method in getattr(route, "methods", None) or ()
    }
    # The middleware answers HEAD as GET without the body, and `error_response` answers OPTIONS.
    methods = [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if method in allowed]
    return [*methods, *(["HEAD"] if "GET" in allowed else []), "OPTIONS"]
