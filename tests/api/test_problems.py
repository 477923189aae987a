"""Problems: every refusal and failure is problem+json with a code, and no input causes a 500."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.database import DatabaseUnavailable
from app.domain.errors import Conflict, DomainError, NotAllowed, NotFound
from app.http.errors import TooMany, Unauthenticated
from tests.support.client import Client
from tests.support.error_app import RAISED, asked

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)


@pytest.fixture
def client(database_url: str) -> Iterator[Client]:
    with Client(database_url, NOW) as client:
        yield client


# --- Errors of routes -------------------------------------------------------------------------------------------------


def problem_of(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem of a response; asserts its status and code."""
    assert response.headers["content-type"] == "application/problem+json", response.text
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:motcua:problem:{code}"
    assert problem["title"]
    assert problem["detail"]
    assert response.headers["x-request-id"]
    return problem


@pytest.mark.parametrize(("error", "status"), RAISED.values(), ids=RAISED)
def test_each_error_has_its_status(error: Exception, status: int) -> None:
    framework = {503: "unavailable", 409: "conflict", 422: "invalid", 500: "internal"}
    code = error.code if isinstance(error, DomainError) else framework[status]
    response = asked("/raise", error)
    problem = problem_of(response, status, code)
    assert problem["instance"] == "/raise"
    assert "secret" not in response.text
    assert "Traceback" not in response.text


def test_a_503_and_a_429_say_when_to_retry() -> None:
    assert int(asked("/raise", DatabaseUnavailable("")).headers["retry-after"]) > 0
    assert asked("/raise", TooMany(7)).headers["retry-after"] == "7"


def test_a_problem_has_the_facts_of_its_error() -> None:
    error = NotAllowed("not_possible", "The dossier is closed.", allowed_actions=["take"], pointer="/at", since=NOW)
    problem = problem_of(asked("/raise", error), 409, "not_possible")
    assert problem["allowed_actions"] == ["take"]
    assert problem["errors"] == [{"pointer": "/at", "code": "not_possible", "detail": "The dossier is closed."}]
    assert problem["since"] == str(NOW)
    assert "pointer" not in problem


def test_facts_cannot_replace_the_standard_members() -> None:
    problem = problem_of(asked("/raise", Conflict("conflict", "d", status=200, title="fine")), 409, "conflict")
    assert problem["title"] != "fine"


def test_a_401_names_the_scheme_and_the_error_of_the_token() -> None:
    missing = asked("/raise", Unauthenticated("token_missing", "d"))
    assert missing.headers["www-authenticate"] == "Bearer"
    unknown = asked("/raise", Unauthenticated("token_unknown", "d"))
    assert unknown.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "vi"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("vi,en;q=0.9", "vi"),
        ("vi;q=0.1, en;q=0.5", "en"),
        ("fr, *", "vi"),
        ("en;q=0", "vi"),
        ("en;q=nonsense,;;,", "vi"),
    ],
)
def test_the_title_is_vietnamese_unless_english_is_preferred(accepted: str | None, language: str) -> None:
    headers = {} if accepted is None else {"Accept-Language": accepted}
    response = asked("/raise", NotFound("no_such_path", "d"), headers=headers)
    assert (
        response.json()["title"] == {"vi": "Không có địa chỉ này.", "en": "There is nothing at this address."}[language]
    )
    assert response.headers["content-language"] == language


def test_an_unexpected_error_is_logged_and_answered_with_the_request_id(caplog: pytest.LogCaptureFixture) -> None:
    response = asked("/raise", KeyError("secret"), headers={"X-Request-ID": "from-the-proxy"})
    assert response.json()["request_id"] == response.headers["x-request-id"] != "from-the-proxy"
    record = next(record for record in caplog.records if record.name == "app.http.middleware")
    assert record.exc_info is not None


def test_a_request_id_with_other_characters_is_replaced() -> None:
    assert asked("/raise", headers={"X-Request-ID": "a b\tc"}).headers["x-request-id"] != "a b\tc"


# --- Wrong input ------------------------------------------------------------------------------------------------------


def test_each_wrong_field_has_a_pointer() -> None:
    body = {"numbers": {"a/b~c": [1, 0], "d": ["x"]}}
    problem = problem_of(asked("/probe?limit=9", method="POST", json=body), 422, "invalid")
    by_pointer = {error["pointer"]: error for error in problem["errors"]}
    assert by_pointer.keys() == {"/limit", "/numbers/a~1b~0c/1", "/numbers/d/0"}
    assert by_pointer["/limit"]["in"] == "query"
    assert "greater than or equal to 1" in by_pointer["/numbers/a~1b~0c/1"]["detail"]


def test_a_field_with_half_a_surrogate_pair_in_its_name_is_refused() -> None:
    response = asked(
        "/probe",
        method="POST",
        content=rb'{"numbers": {"\ud800": ["x"]}}',
        headers={"Content-Type": "application/json"},
    )
    problem_of(response, 422, "invalid")


def test_half_a_surrogate_pair_in_a_detail_is_written_as_an_escape() -> None:
    problem = problem_of(asked("/raise", NotFound("no_such_path", "no \ud800")), 404, "no_such_path")
    assert problem["detail"] == "no \ud800"


def test_a_problem_lists_at_most_fifty_fields() -> None:
    response = asked("/probe", method="POST", json={"numbers": {"a": ["x"] * 300}})
    assert len(problem_of(response, 422, "invalid")["errors"]) == 50


@pytest.mark.parametrize("size", [1990, 2010, 10_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_with_and_without_content_length(size: int, chunked: bool) -> None:
    body = b'{"numbers": {}}'.ljust(size)

    async def chunks() -> Any:
        for start in range(0, size, 100_000):
            yield body[start : start + 100_000]

    response = asked(
        "/probe",
        method="POST",
        content=chunks() if chunked else body,
        headers={"Content-Type": "application/json"},
    )
    if size < 2000:
        assert response.status_code == 200
    else:
        problem_of(response, 413, "body_too_large")


def test_a_body_over_the_limit_is_refused_at_an_unknown_path() -> None:
    problem_of(asked("/nowhere", method="POST", content=b"x" * 3000), 413, "body_too_large")


# --- The whole service ------------------------------------------------------------------------------------------------

UNPARSABLE = {
    "nothing-closed": b'{"a": ',
    "not-json": b"hello",
    "not-utf-8": b'{"name": "\xff\xfe"}',
    "nested-too-deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "nan": b'{"fee": NaN}',
    "infinity": b'{"fee": -Infinity}',
    "number-beyond-floats": b'{"fee": 1e999}',
    "number-of-400-digits": b'{"fee": ' + b"9" * 400 + b"}",
    "number-of-5000-digits": b'{"fee": ' + b"9" * 5000 + b"}",
}
INVALID = {
    "list-for-an-object": b"[]",
    "null": b"null",
    "half-a-surrogate-pair": rb'{"procedure": "\ud800"}',
    "half-a-surrogate-pair-in-a-name": rb'{"\udfff": 1}',
    "nul": rb'{"procedure": "1.004837\u0000"}',
    "nothing": b"",
}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("body", UNPARSABLE.values(), ids=UNPARSABLE)
def test_an_unparsable_body_is_a_400(client: Client, body: bytes) -> None:
    response = client.post("/api/v1/dossiers", content=body, headers=JSON, token=client.token("clerk"))
    problem_of(response, 400, "unparsable")


@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID)
def test_a_body_of_invalid_values_is_a_422(client: Client, body: bytes) -> None:
    response = client.post("/api/v1/dossiers", content=body, headers=JSON, token=client.token("clerk"))
    code = "control_characters" if rb"\u0000" in body else "invalid"
    assert problem_of(response, 422, code)["errors"]


@pytest.mark.parametrize(
    ("path", "changes", "pointer", "code"),
    [
        ("/dossiers", {"procedure": None}, "/procedure", "not_a_text"),
        ("/dossiers", {"applicant": {}}, "/applicant/name", "required"),
        ("/dossiers", {"applicant": {"name": " "}}, "/applicant/name", "blank"),
        ("/dossiers", {"applicant": {"name": "x" * 501}}, "/applicant/name", "too_long"),
        ("/dossiers", {"applicant": {"name": "a\u202eb"}}, "/applicant/name", "direction_marks"),
        ("/dossiers", {"applicant": {"name": "A", "kind": "king"}}, "/applicant/kind", "not_a_choice"),
        (
            "/dossiers",
            {"applicant": {"name": "A", "identity_number": "04**01"}},
            "/applicant/identity_number",
            "masked_number",
        ),
        ("/dossiers", {"applicant": "A"}, "/applicant", "wrong_structure"),
        ("/dossiers", {"documents": [{"name": "A"}] * 101}, "/documents", "too_many"),
        ("/dossiers", {"fee": "1"}, "/fee", "not_a_number"),
        ("/dossiers", {"fee": 1.5}, "/fee", "not_a_number"),
        ("/dossiers", {"fee": -1}, "/fee", "too_small"),
        ("/dossiers", {"fee": 10**13}, "/fee", "too_large"),
        ("/dossiers", {"at": "16/08/2021"}, "/at", "not_a_time"),
        ("/dossiers", {"at": 5}, "/at", "not_a_time"),
        ("/dossiers", {"at": "2021-08-16T08:00:00"}, "/at", "offset_missing"),
        ("/dossiers", {"at": "1021-08-16T08:00:00Z"}, "/at", "year_out_of_range"),
        ("/dossiers", {"procedure": "9.999999"}, "/procedure", "unknown_procedure"),
        ("/dossiers", {"colour": "red"}, "/colour", "unknown_member"),
        ("/dossiers/search", {"received_from": "2021-02-30"}, "/received_from", "not_a_date"),
        ("/dossiers/search", {"open": "perhaps"}, "/open", "not_true_or_false"),
        ("/deadline", {"procedure": "1.004837", "received_at": "x"}, "/received_at", "not_a_time"),
    ],
)
def test_each_wrong_field_has_a_code(
    app_client: Client, path: str, changes: dict[str, Any], pointer: str, code: str
) -> None:
    body = {"procedure": "1.004837", "applicant": {"name": "A"}} if path == "/dossiers" else {}
    response = app_client.post(f"/api/v1{path}", {**body, **changes}, token=app_client.token("clerk", "20899"))
    errors = {error["pointer"]: error["code"] for error in response.json()["errors"]}
    assert errors[pointer] == code, response.text


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
def test_a_body_of_another_media_type_is_a_415(client: Client, media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    response = client.post("/api/v1/dossiers", content=b"{}", headers=headers, token=client.token("clerk"))
    problem_of(response, 415, "unsupported_media_type")


def test_a_json_media_type_with_a_suffix_is_accepted(client: Client) -> None:
    headers = {"Content-Type": "application/vnd.motcua+json; charset=utf-8"}
    response = client.post("/api/v1/dossiers", content=b"[]", headers=headers, token=client.token("clerk"))
    problem_of(response, 422, "invalid")


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/dossiers/", "/api/v1/h%E1%BB%93", "/%2e%2e/etc"])
def test_an_unknown_path_is_a_404(client: Client, path: str) -> None:
    problem_of(client.get(path), 404, "no_such_path")


@pytest.mark.parametrize("character", ["%00", "%0A", "%1b", "%7F", "%0d%0aSet-Cookie:x"])
def test_control_characters_in_an_address_are_refused(client: Client, character: str) -> None:
    problem_of(client.get(f"/api/v1/dossiers/000.31{character}", token=client.token("clerk")), 404, "no_such_path")
    problem_of(client.get(f"/api/v1/dossiers?q=000{character}", token=client.token("clerk")), 422, "control_characters")


def test_invalid_utf_8_in_an_address_is_no_500(client: Client) -> None:
    response = client.get("/api/v1/dossiers/%ff%fe?q=%ff", token=client.token("clerk"))
    assert response.status_code in (404, 422)


def test_a_405_names_the_possible_methods(client: Client) -> None:
    response = client.request("DELETE", "/api/v1/dossiers")
    problem_of(response, 405, "method_not_allowed")
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


def test_allow_ignores_routes_that_match_the_path_as_a_parameter(client: Client) -> None:
    response = client.request("DELETE", "/api/v1/dossiers/search")
    problem_of(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST, OPTIONS"


def test_the_openapi_document_describes_the_problem_of_every_operation(client: Client) -> None:
    document = client.get("/openapi.json").json()
    assert {"code", "errors", "allowed_actions"} <= document["components"]["schemas"]["Problem"]["properties"].keys()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation["responses"]["default"]["content"]
            assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem"), (method, path)
            assert "HTTPValidationError" not in json.dumps(operation), (method, path)
