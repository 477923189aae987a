"""What the OpenAPI document needs beyond what routes and models say: what it is, problems, headers, examples."""

import re
from collections.abc import Iterator
from typing import Any

from app.http.problems import MEDIA_TYPE, Problem

DESCRIPTION = """
Tracks administrative dossiers at Vietnamese one-stop shops: from counter to counter, with their lawful due dates.

Titles of problems and other texts for people are Vietnamese, and English with `Accept-Language: en`. Instants carry an
offset and are shown as +07:00; dates are local. Every refusal is `application/problem+json` with a stable `code`.
"""

TAGS = [
    {"name": "dossiers", "description": "Receiving, processing and returning dossiers"},
    {"name": "slips", "description": "Statutory papers and registers, as PDF"},
    {"name": "lookup", "description": "What a citizen sees, without a token"},
    {"name": "deadline", "description": "How a due date comes about, without a token"},
    {"name": "reference", "description": "Units, procedures and calendars; writing is for administrators"},
    {"name": "statistics", "description": "On-time figures"},
    {"name": "seals", "description": "What lets anybody see that nothing recorded was changed"},
    {"name": "reminders", "description": "Who is reminded of what, before a deadline passes"},
    {"name": "webhooks", "description": "Other systems that are told, and what is told outside"},
    {"name": "tokens", "description": "Who may call; for administrators"},
    {"name": "service", "description": "For those who run it"},
]

ANY_PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A refusal or a failure; `code` says which (docs/errors.md lists them)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}

# The names of the scheme of tokens: where one is needed, and where one may come but need not.
SCHEME, OPTIONAL = "token", "optional token"

_REF = "#/components/{}/{}"
_JSON = "application/json"
_ETAG = '"3-0123456789abcdef"'
_ONE_TAG = r'(W/)?"[!#-~]*"'

_PAGE = re.compile("Page_([A-Za-z]+?)(?:Out|Record)?_")

_PARAMETERS = {
    "Accept-Language": ("the language of texts for people: `vi`, or `en`", "en"),
    "If-None-Match": ("the `ETag` that the client has: 304 without a body if it is still the same", _ETAG),
    "Idempotency-Key": (
        "1 to 200 printable ASCII characters: a request sent again with its key is answered again and not done again",
        "5f0c1b1e-6a43-4f0e-9d1b-0a3c7f5f2b11",
    ),
    "If-Match": ("the `ETag` or version that shall be changed: 412 if there is another one meanwhile", _ETAG),
}
_PATTERNS = {
    "If-None-Match": rf"^(\*|{_ONE_TAG}( *, *{_ONE_TAG})*)$",
    "If-Match": rf"^(\*|{_ONE_TAG}( *, *{_ONE_TAG})*)$",
    "Idempotency-Key": "^[!-~]([ -~]{0,198}[!-~])?$",
}
_HEADERS = {
    "ETag": ("version, and hash of what is shown of it", _ETAG),
    "Location": ("address of what was made", "/api/v1/dossiers/000.31.15.H47-210816-0001"),
    "Idempotency-Replayed": ("`true` where the answer was given before under this key", "true"),
    "Retry-After": ("with 429 and 503: after how many seconds to ask again", "2"),
    "Content-Language": ("the language of `title`", "vi"),
    "WWW-Authenticate": ("with 401: how to authenticate", "Bearer"),
    "Allow": ("with 405: the methods that are possible here", "GET, POST"),
}
_OF_PROBLEMS = ("Retry-After", "Content-Language", "WWW-Authenticate", "Allow")
# These answer what they did, or what was computed: there is no representation to ask for again.
_WITHOUT_ETAG = {
    "/api/v1/deadline",
    "/api/v1/lookup/{code}/rating",
    "/api/v1/units/{unit_id}/succeed",
    "/healthz",
    "/readyz",
    "/metrics",
}
# Where nothing is asked for that has a version.
_WITHOUT_VERSION = {"/api/v1/lookup/{code}/rating"}


# Where what is made at one place is found too.
_ALSO_AT = {"/api/v1/dossiers": ("/api/v1/lookup",)}
# These change nothing: a key with them is not looked at.
_WITHOUT_KEY = {"/api/v1/deadline", "/api/v1/dossiers/search"}


def operation_id(endpoint_name: str) -> str:
    """The id of an operation: its endpoint's name in camel case, such as `takeDossier` for `take_dossier`."""
    first, *others = endpoint_name.split("_")
    return first + "".join(other.capitalize() for other in others)


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The framework's document with the shape of problems, the headers and the examples; changes it in place."""
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
        _refuse_null(operation)
        _name_headers(path, method, operation)
        _show_examples(operation, schemas)
        _let_in_without(operation)
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


def _refuse_null(operation: dict[str, Any]) -> None:
    """A parameter may be left out, but never null: for the framework both are one type."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        types = [inner for inner in schema.pop("anyOf", ()) if inner != {"type": "null"}]
        schema |= {"anyOf": types} if len(types) > 1 else types[0] if types else {}


def _let_in_without(operation: dict[str, Any]) -> None:
    """Where a token may come but need not, so says the document."""
    if any(OPTIONAL in one for one in operation.get("security", ())):
        operation["security"] = [{}, {SCHEME: []}]


def _link(document: dict[str, Any], path: str, operation: dict[str, Any]) -> None:
    """From what makes something to all that can be done with it: its code or id goes into the address."""
    made = operation["responses"].get("201")
    if made is None or "{" in path:
        return
    places = (path, *_ALSO_AT.get(path, ()))
    for there, _method, other in _operations(document):
        place, _, rest = there.partition("/{")
        if place in places and rest:
            name = rest.partition("}")[0]
            field = name.removeprefix(f"{path.rpartition('/')[2].removesuffix('s')}_")
            link = {"operationId": other["operationId"], "parameters": {name: f"$response.body#/{field}"}}
            made.setdefault("links", {})[other["operationId"]] = link


# --- Headers ----------------------------------------------------------------------------------------------------------


def _name_headers(path: str, method: str, operation: dict[str, Any]) -> None:
    sent, responses = ["Accept-Language"], operation["responses"]
    responses["default"]["headers"] = _named("headers", _OF_PROBLEMS)
    success = next(status for status in responses if status.startswith("2"))
    answered = ["Location"] if success == "201" else []
    if path not in _WITHOUT_ETAG and method != "put":
        answered.append("ETag")
        if method == "get":
            sent.append("If-None-Match")
            responses["304"] = {"description": "The client has it already", "headers": _named("headers", ["ETag"])}
    if method in ("put", "patch") or (method == "post" and "{" in path and path not in _WITHOUT_VERSION):
        sent.append("If-Match")
    if method in ("post", "patch") and path not in _WITHOUT_KEY:
        sent.append("Idempotency-Key")
        answered.append("Idempotency-Replayed")
    if answered:
        responses[success]["headers"] = _named("headers", answered)
    operation.setdefault("parameters", []).extend(_named("parameters", sent).values())


def _named(kind: str, names: Any) -> dict[str, Any]:
    return {name: {"$ref": _REF.format(kind, name)} for name in names}


# --- Examples ---------------------------------------------------------------------------------------------------------


def _show_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    contents = [operation.get("requestBody", {}), *operation["responses"].values()]
    for content in (one.get("content", {}) for one in contents):
        for media_type in (_JSON, MEDIA_TYPE):
            if media_type in content:
                content[media_type]["example"] = example(content[media_type]["schema"], schemas)


def example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A value of the schema: its own first example, else one made of those of its parts; None where there is none."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return example(schema["anyOf"][0], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {name: example(one, schemas) for name, one in schema["properties"].items()}
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    return schema.get("const", schema.get("default"))
