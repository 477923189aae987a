"""Every refusal and failure as problem+json (RFC 9457): one status map, one shape."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
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
from app.http.field_errors import FieldError, field_error, of_pydantic
from app.http.logs import REQUEST_ID
from app.http.messages import language_of, title

MEDIA_TYPE = "application/problem+json"

# A body of a thousand wrong things is not answered by as many sentences.
_MOST_ERRORS = 50
# After so long what failed for a moment may well work.
_RETRY_SECONDS = 2
# A turn at a report comes a little later; room, or time for what took too long, not as soon.
_REPORT_SECONDS = 5
_ROOM_SECONDS = 30


class Refused(HTTPException):
    """A request that is not even read to its end, by a code of REFUSED.

    An HTTPException because the framework lets only these pass while it reads a body.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(REFUSED[code], detail)
        self.code = code


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

# What the framework refuses by itself, and what is said where a database error is all there is to say.
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

# What is refused before anybody looks at what it says.
REFUSED: Mapping[str, int] = {
    "body_too_large": 413,
    "duplicate_key": 400,
    "too_slow": 408,
    "unparsable": 400,
    "unsupported_media_type": 415,
}

# What a field of the input can be refused for by a code of its own; any other is `invalid`.
INPUT_CODES = ("offset_missing", "control_characters", "direction_marks")

_DETAILS: Mapping[int, str] = {
    400: "The body cannot be read as JSON.",
    404: "There is nothing at this address.",
    500: "Something failed inside the service; its log names this request by its id.",
}


class Problem(BaseModel):
    """A refusal or a failure (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:motcua:problem:not_possible",
                    "title": "Không thực hiện được ở trạng thái này của hồ sơ.",
                    "status": 409,
                    "detail": "The dossier cannot take now: its status is returned.",
                    "instance": "/api/v1/dossiers/000.31.15.H47-210816-0001/take",
                    "code": "not_possible",
                    "request_id": "5f0c1b1e6a43-2f",
                    "allowed_actions": ["correct"],
                }
            ]
        }
    )

    type: str = Field(description="URI of the kind of problem", examples=["urn:motcua:problem:not_possible"])
    title: str = Field(
        description="what it is, in the language for people", examples=["Không thực hiện được ở trạng thái này"]
    )
    status: int = Field(description="the HTTP status", examples=[409])
    detail: str = Field(description="what happened here, in English", examples=["The dossier is closed."])
    instance: str = Field(description="the path asked for", examples=["/api/v1/dossiers/000.31.15.H47-210816-0001"])
    code: str = Field(description="stable code for programs", examples=["not_possible"])
    request_id: str = Field(
        description="the id under which the log of the service has this request, as in `X-Request-ID`",
        examples=["5f0c1b1e6a43-2f"],
    )
    errors: list[FieldError] | None = Field(None, description="for wrong input: what is wrong where")
    allowed_actions: list[str] | None = Field(None, description="for 409: what this caller may do now")
    version: int | None = Field(None, description="for 412: the version that there is now", examples=[4])


@dataclass
class Case:
    """What is told of an error: status, code and detail, with further headers and members."""

    status: int
    code: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)


# Gives a case as a page for people, None for a program.
ProblemPage = Callable[[Request, Case], Response | None]


def answer(request: Request, error: Exception, page: ProblemPage) -> Response:
    """The response to an error, in the caller's language; an unknown error is 500 without any of its text.

    `page` decides if a person reads it: then it is a page, otherwise problem+json.
    """
    if isinstance(error, DomainError):
        case = _domain(error)
    elif isinstance(error, RequestValidationError):
        case = _validation(request, error)
    elif isinstance(error, HTTPException):
        if error.status_code == 405 and request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(_methods(request))})
        case = _framework(request, error)
    elif isinstance(error, DatabaseUnavailable):
        case = _unavailable(error)
    elif isinstance(error, IntegrityFailed):
        case = _case(409, "The database refused the change, as it contradicts what was stored meanwhile.")
    elif isinstance(error, ValueOutOfRange):
        case = _case(422, "A value is beyond what the database can hold.")
    else:
        case = _case(500, _DETAILS[500])
    if case.status == 503:
        case.headers.setdefault("Retry-After", str(_RETRY_SECONDS))
    return page(request, case) or _response(request, case)


def _case(status: int, detail: str) -> Case:
    return Case(status, FRAMEWORK_CODES[status], detail)


def _unavailable(error: DatabaseUnavailable) -> Case:
    if isinstance(error, DatabaseFull):
        case = _domain(Unavailable("no_room", "There is no room left to store the change; nothing of it is stored."))
        seconds = _ROOM_SECONDS
    elif isinstance(error, StatementTooLong):
        case = _domain(Unavailable("took_too_long", "It took longer than it may: ask for less at once."))
        seconds = _ROOM_SECONDS
    elif isinstance(error, TooBusy):
        case = _domain(Unavailable("busy", "Too many reports are asked for at once."))
        seconds = _REPORT_SECONDS
    else:
        return _case(503, "The database cannot be reached at the moment.")
    case.headers["Retry-After"] = str(seconds)
    return case


def _domain(error: DomainError) -> Case:
    status = next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), 500)
    members = {key: value for key, value in error.extra.items() if key != "pointer"}
    if "pointer" in error.extra:
        members["errors"] = [field_error(error.extra["pointer"], error.code, error.detail)]
    case = Case(status, error.code, error.detail, members=members)
    if isinstance(error, TooMany):
        case.headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, Unauthenticated):
        # RFC 6750: no error is named where no token came at all.
        case.headers["WWW-Authenticate"] = "Bearer" if error.code == "token_missing" else 'Bearer error="invalid_token"'
    return case


# --- What the framework refuses ---------------------------------------------------------------------------------------


def _framework(request: Request, error: HTTPException) -> Case:
    if isinstance(error, Refused):
        return _refused(error)
    headers = dict(error.headers or {})
    detail = _DETAILS.get(error.status_code, error.detail)
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
        detail = f"Possible here: {headers['Allow']}."
    code = FRAMEWORK_CODES.get(error.status_code, "invalid" if error.status_code < 500 else "internal")
    return Case(error.status_code, code, detail, headers)


def _refused(error: Refused) -> Case:
    # Nobody reads what the client may still send: the connection cannot serve another request.
    unread = error.status_code in (408, 413)
    return Case(error.status_code, error.code, str(error.detail), {"Connection": "close"} if unread else {})


def _methods(request: Request) -> list[str]:
    # The framework names those of the first route alone that has the path. Of routes that have it, those count that are
    # written as the first one is: `/dossiers/search` is no code of a dossier.
    fitting = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    written = [getattr(route, "path", None) for route in fitting]
    found = {
        method
        for route, path in zip(fitting, written, strict=True)
        if path == written[0]
        for method in getattr(route, "methods", None) or ()
    }
    # The edge answers HEAD as GET without the body, and OPTIONS is answered here.
    methods = [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if method in found]
    return [*methods, *(["HEAD"] if "GET" in found else []), "OPTIONS"]


def _validation(request: Request, error: RequestValidationError) -> Case:
    found: Sequence[Mapping[str, Any]] = error.errors()
    for one in found:
        if one["type"] == "json_invalid":
            return _case(400, f"The body is not JSON: {one['ctx']['error']} at character {one['loc'][-1]}.")
        if tuple(one["loc"]) == ("body",) and one["type"] != "missing" and not _is_json(request):
            return _case(415, "The body must be JSON, with the header `Content-Type: application/json`.")
    errors = _field_errors(found[:_MOST_ERRORS], error.body)
    detail = f"{errors[0]['pointer'] or 'body'}: {errors[0]['detail']}" if errors else "The input is invalid."
    codes = [one["type"] for one in found if one["type"] in INPUT_CODES]
    return Case(422, codes[0] if codes else FRAMEWORK_CODES[422], detail, members={"errors": errors})


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return re.fullmatch(r"application/([\w.-]+\+)?json", media_type) is not None


def _field_errors(found: Sequence[Mapping[str, Any]], body: Any) -> list[dict[str, str]]:
    # What is wrong in one place for each way in which it could have been right is told once.
    told: dict[str, dict[str, str]] = {}
    for one in found:
        member = _field_error(one, body)
        told.setdefault(member["pointer"], member)
    return list(told.values())


def _in_body(path: Sequence[str | int], body: Any, missing: bool) -> list[str | int]:
    """The steps that the client's body has; those between are names of alternatives inside the models."""
    steps: list[str | int] = []
    for number, step in enumerate(path):
        has_list = isinstance(body, list) and isinstance(step, int) and step < len(body)
        if has_list or (isinstance(body, dict) and step in body):
            steps.append(step)
            body = body[step]
        elif missing and number == len(path) - 1:
            steps.append(step)
    return steps


def _field_error(one: Mapping[str, Any], body: Any) -> dict[str, str]:
    place, *path = one["loc"]
    if place == "body":
        path = _in_body(path, body, one["type"] == "missing")
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    found = of_pydantic(pointer, one)
    return found if place == "body" else {**found, "in": str(place)}


# --- The answer -------------------------------------------------------------------------------------------------------


def _response(request: Request, case: Case) -> Response:
    language = language_of(request.headers.get("accept-language"))
    content = {
        **case.members,
        "type": f"urn:motcua:problem:{case.code}",
        "title": title(case.code, language),
        "status": case.status,
        "detail": case.detail,
        "instance": quote(request.scope["path"]),
        "code": case.code,
        "request_id": REQUEST_ID.get(),
    }
    # What the client sent may stand in it: half a surrogate pair is written as the escape that it came as.
    body = json.dumps(content, ensure_ascii=False, default=str, separators=(",", ":")).encode(errors="backslashreplace")
    headers = {**case.headers, "Content-Language": language, "Cache-Control": "no-store"}
    return Response(body, status_code=case.status, headers=headers, media_type=MEDIA_TYPE)
