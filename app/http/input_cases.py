"""Cases of wrong input: what the framework's validation found, as one problem with an error for each field."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from app.http.field_errors import of_pydantic
from app.http.problems import Case

# A response lists at most this many errors.
_MOST_ERRORS = 50
# Types of field errors that become the code of the whole problem; for others it is `invalid`.
INPUT_CODES = ("offset_missing", "control_characters", "direction_marks")


def input_case(request: Request, error: RequestValidationError) -> Case:
    """The case of a body or a parameter that does not validate."""
    errors: Sequence[Mapping[str, Any]] = error.errors()
    for item in errors:
        if item["type"] == "json_invalid":
            detail = f"The body is not JSON: {item['ctx']['error']} at character {item['loc'][-1]}."
            return Case(400, "unparsable", detail)
        if tuple(item["loc"]) == ("body",) and item["type"] != "missing" and not _is_json(request):
            detail = "The body must be JSON, with the header `Content-Type: application/json`."
            return Case(415, "unsupported_media_type", detail)
    members = _members(errors[:_MOST_ERRORS], error.body)
    detail = f"{members[0]['pointer'] or 'body'}: {members[0]['detail']}" if members else "The input is invalid."
    code = next((item["type"] for item in errors if item["type"] in INPUT_CODES), "invalid")
    return Case(422, code, detail, members={"errors": members})


def _is_json(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return re.fullmatch(r"application/([\w.-]+\+)?json", media_type) is not None


def _members(errors: Sequence[Mapping[str, Any]], body: Any) -> list[dict[str, str]]:
    # Pydantic reports an error for each alternative of a union. The first one for a place is enough.
    by_pointer: dict[str, dict[str, str]] = {}
    for error in errors:
        member = _member(error, body)
        by_pointer.setdefault(member["pointer"], member)
    return list(by_pointer.values())


def _member(error: Mapping[str, Any], body: Any) -> dict[str, str]:
    place, *path = error["loc"]
    if place == "body":
        path = _path_in_body(path, body, error["type"] == "missing")
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    member = of_pydantic(pointer, error)
    return member if place == "body" else {**member, "in": str(place)}


def _path_in_body(path: Sequence[str | int], body: Any, missing: bool) -> list[str | int]:
    """The steps that exist in the client's body; pydantic adds the names of alternatives between them."""
    steps: list[str | int] = []
    for number, step in enumerate(path):
        in_list = isinstance(body, list) and isinstance(step, int) and step < len(body)
        if in_list or (isinstance(body, dict) and step in body):
            steps.append(step)
            body = body[step]
        elif missing and number == len(path) - 1:
            steps.append(step)
    return steps
