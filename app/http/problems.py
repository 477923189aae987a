"""Problems (RFC 9457): their shape on the wire, and the response that carries one."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.http.field_errors import FieldError
from app.http.logs import REQUEST_ID
from app.http.messages import language_of, title

MEDIA_TYPE = "application/problem+json"


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
        description="the kind in the language for people", examples=["Không thực hiện được ở trạng thái này của hồ sơ."]
    )
    status: int = Field(description="the HTTP status", examples=[409])
    detail: str = Field(description="this case in English", examples=["The dossier is closed."])
    instance: str = Field(description="the requested path", examples=["/api/v1/dossiers/000.31.15.H47-210816-0001"])
    code: str = Field(description="stable code for programs", examples=["not_possible"])
    request_id: str = Field(
        description="id of the request in the log of the service, as in `X-Request-ID`", examples=["5f0c1b1e6a43-2f"]
    )
    errors: list[FieldError] | None = Field(None, description="for wrong input: each error with its place")
    allowed_actions: list[str] | None = Field(None, description="for 409: the actions that this caller may do now")
    version: int | None = Field(None, description="for 412: the present version", examples=[4])


@dataclass
class Case:
    """One problem before it is written: status, code and detail, further headers, and further members of the body."""

    status: int
    code: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)


# Makes a page of a case if a person reads the response, None for a program.
ProblemPage = Callable[[Request, Case], Response | None]


def problem_response(request: Request, case: Case) -> Response:
    """The case as problem+json, with its title in the language of the request."""
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
    # It may quote the request. Half of a surrogate pair is no UTF-8, so it is written as its escape.
    body = json.dumps(content, ensure_ascii=False, default=str, separators=(",", ":")).encode(errors="backslashreplace")
    headers = {**case.headers, "Content-Language": language, "Cache-Control": "no-store"}
    return Response(body, status_code=case.status, headers=headers, media_type=MEDIA_TYPE)
