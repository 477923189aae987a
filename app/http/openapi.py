"""Completes the OpenAPI document: description, operation ids, problems, headers, examples and links."""

import re
from collections.abc import Iterator
from typing import Any

from app.http.problems import MEDIA_TYPE, Problem

DESCRIPTION = """
Tracks administrative dossiers at Vietnamese one-stop shops: from counter to counter, with their lawful due dates.

Texts for people are in Vietnamese, or in English with `Accept-Language: en`. Instants have an offset, in answers always
+07:00; dates are local. Every refusal is `application/problem+json` with a stable `code`.
"""

TAGS = [
    {"name": "dossiers", "description": "Receive, process and return dossiers"},
    {"name": "slips", "description": "Statutory papers and registers, as PDF"},
    {"name": "lookup", "description": "The view of citizens, without a token"},
    {"name": "deadline", "description": "Computes and explains due dates, without a token"},
    {"name": "reference", "description": "Units, procedures and calendars; administrators change them"},
    {"name": "statistics", "description": "Figures: on time, rankings, trends, ratings and more"},
    {"name": "seals", "description": "Proofs that recorded data was not changed"},
    {"name": "reminders", "description": "Reminders of staff before a deadline passes"},
    {"name": "webhooks", "description": "Events for other systems, and the outbox of all messages"},
    {"name": "tokens", "description": "Tokens of clients; for administrators"},
    {"name": "people", "description": "People who sign in: roles, deputies, sessions"},
    {"name": "service", "description": "Health and metrics; for operators"},
]

ANY_PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A refusal or a failure; docs/errors.md lists the values of `code`",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}

# Names of the security scheme, for a required and for an optional token.
SCHEME, OPTIONAL = "token", "optional token"

_REF = "#/components/{}/{}"
_JSON = "application/json"
_ETAG = '"3-0123456789abcdef"'
_ONE_TAG = r'(W/)?"[!#-~]*"'

_PAGE = re.compile("Page_([A-Za-z]+?)(?:Out|Record)?_")

_PARAMETERS = {
    "Accept-Language": ("language of texts for people: `vi` or `en`", "en"),
    "If-None-Match": ("the client's `ETag`: the answer is 304 without a body if it is still the present one", _ETAG),
    "Idempotency-Key": (
        "1 to 200 printable ASCII characters: a repeat with the same key gets the first answer and changes nothing",
        "5f0c1b1e-6a43-4f0e-9d1b-0a3c7f5f2b11",
    ),
    "If-Match": ("the `ETag` or version to change: 412 if it is not the present one", _ETAG),
}
_PATTERNS = {
    "If-None-Match": rf"^(\*|{_ONE_TAG}( *, *{_ONE_TAG})*)$",
    "If-Match": rf"^(\*|{_ONE_TAG}( *, *{_ONE_TAG})*)$",
    "Idempotency-Key": "^[!-~]([ -~]{0,198}[!-~])?$",
}
_HEADERS = {
    "ETag": ("version, and hash of the body", _ETAG),
    "Location": ("path of the new resource", "/api/v1/dossiers/000.31.15.H47-210816-0001"),
    "Idempotency-Replayed": ("`true` if this is the stored answer to an earlier request with the key", "true"),
    "Retry-After": ("with 429 and 503: seconds until a retry", "2"),
    "Content-Language": ("the language of `title`", "vi"),
    "WWW-Authenticate": ("with 401: how to authenticate", "Bearer"),
    "Allow": ("with 405: the possible methods", "GET, POST"),
}
_OF_PROBLEMS = ("Retry-After", "Content-Language", "WWW-Authenticate", "Allow")
# These answer with a result and not with a representation that a GET could give again.
_WITHOUT_ETAG = {
    "/api/v1/deadline",
    "/api/v1/lookup/{code}/rating",
    "/api/v1/outages",
    "/api/v1/units/{unit_id}/succeed",
    "/healthz",
    "/readyz",
    "/readyz/process",
    "/readyz/read",
    "/readyz/write",
    "/metrics",
}
# The resource has no version.
_WITHOUT_VERSION = {"/api/v1/lookup/{code}/rating"}
# A second path under which the new resource can be read.
_ALSO_AT = {"/api/v1/dossiers": ("/api/v1/lookup",)}
# These change nothing and ignore a key.
_WITHOUT_KEY = {"/api/v1/deadline", "/api/v1/dossiers/search", "/api/v1/dossiers/similar"}


def operation_id(endpoint_name: str) -> str:
    """The id of an operation: its endpoint's name in camel case, such as `takeDossier` for `take_dossier`."""
    first, *others = endpoint_name.split("_")
    return first + "".join(other.capitalize() for other in others)


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """Adds problems, headers, examples and links to the framework's document, in place."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= {**problem.pop("$defs"), "Problem": problem}
    components["parameters"] = {
        name: {"name": name, "in": "header", **_header(*about)} for name, about in _PARAMETERS.items()
    }
    for name, pattern in _PATTERNS.items():
        components["parameters"][name]["schema"]["pattern"] = pattern
    components["headers"] = {name: _header(*about) for name, about in _HEADERS.items()}
    _rename_pages(document, schemas)
    for path, method, operation in _operations(document):
        _forbid_null(operation)
        _name_headers(path, method, operation)
        _show_examples(operation, schemas)
        _make_token_optional(operation)
        _link(document, path, operation)
    components["securitySchemes"].pop(OPTIONAL, None)
    return document


def _rename_pages(document: dict[str, Any], schemas: dict[str, Any]) -> None:
    """`Page_DossierOut_`, the framework's name for a page of `DossierOut`, becomes `DossierPage`."""
    names = {name: f"{page[1]}Page" for name in schemas if (page := _PAGE.fullmatch(name))}
    for name, new_name in names.items():
        schemas[new_name] = {**schemas.pop(name), "title": new_name}
    for part in _objects(document):
        kind, _, name = part.get("$ref", "").rpartition("/")
        if name in names:
            part["$ref"] = f"{kind}/{names[name]}"


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    """Every object within a part of the document, and the part itself."""
    if isinstance(part, dict):
        yield part
    if isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _objects(inner)


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _forbid_null(operation: dict[str, Any]) -> None:
    """A parameter may be absent but never null. The framework has one type for both."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        types = [inner for inner in schema.pop("anyOf", ()) if inner != {"type": "null"}]
        schema |= {"anyOf": types} if len(types) > 1 else types[0] if types else {}


def _make_token_optional(operation: dict[str, Any]) -> None:
    """Documents an optional token as a choice between no token and one."""
    if any(OPTIONAL in scheme for scheme in operation.get("security", ())):
        operation["security"] = [{}, {SCHEME: []}]


def _link(document: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    """Links an operation that creates a resource to all operations on it, by the code or id in the answer."""
    created = operation["responses"].get("201")
    if created is None or "{" in path:
        return
    places = (path, *_ALSO_AT.get(path, ()))
    for there, _method, other in _operations(document):
        place, _, rest = there.partition("/{")
        if place in places and rest:
            name = rest.partition("}")[0]
            field = name.removeprefix(f"{path.rpartition('/')[2].removesuffix('s')}_")
            link = {"operationId": other["operationId"], "parameters": {name: f"$response.body#/{field}"}}
            created.setdefault("links", {})[other["operationId"]] = link


# --- Headers ----------------------------------------------------------------------------------------------------------


def _name_headers(path: str, method: str, operation: dict[str, Any]) -> None:
    request_headers, responses = ["Accept-Language"], operation["responses"]
    responses["default"]["headers"] = _named("headers", _OF_PROBLEMS)
    success = next(status for status in responses if status.startswith("2"))
    response_headers = ["Location"] if success == "201" else []
    if path not in _WITHOUT_ETAG and method != "put":
        response_headers.append("ETag")
        if method == "get":
            request_headers.append("If-None-Match")
            responses["304"] = {
                "description": "The client has the present representation",
                "headers": _named("headers", ["ETag"]),
            }
    if method in ("put", "patch", "delete") or (method == "post" and "{" in path and path not in _WITHOUT_VERSION):
        request_headers.append("If-Match")
    if method in ("post", "patch") and path not in _WITHOUT_KEY:
        request_headers.append("Idempotency-Key")
        response_headers.append("Idempotency-Replayed")
    if response_headers:
        responses[success]["headers"] = _named("headers", response_headers)
    operation.setdefault("parameters", []).extend(_named("parameters", request_headers).values())


def _named(kind: str, names: Any) -> dict[str, Any]:
    return {name: {"$ref": _REF.format(kind, name)} for name in names}


# --- Examples ---------------------------------------------------------------------------------------------------------


def _show_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    contents = [operation.get("requestBody", {}), *operation["responses"].values()]
    for content in (part.get("content", {}) for part in contents):
        for media_type in (_JSON, MEDIA_TYPE):
            if media_type in content:
                content[media_type]["example"] = example(content[media_type]["schema"], schemas)


def example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """The first example of the schema, or one made of the examples of its parts; None without any."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {name: example(inner, schemas) for name, inner in schema["properties"].items()}
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    return schema.get("const", schema.get("default"))
