"""The head of a request decides who may send a body and how large it may be, before the body is read."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from app.http.request_bodies import SMALL
from tests.conftest import NOW
from tests.support.bodies import DOSSIERS
from tests.support.client import Client

DEADLINE = "/api/v1/deadline"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
VALUES = {"code": "000.00.20899-210816-0001", "year": "2021"}
# They read, so a replica may answer them again: their body is kept first, and it is always small.
READ_FIRST = {"searchDossiers", "findSimilarDossiers"}


def refused(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code), response.text


class Unread:
    """A body that fails the test when it is read."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")


def arrays(size: int) -> bytes:
    return b'{"documents":[' + b"[]," * (size // 3) + b"[]]}"


def operations_with_bodies(app_client: Client) -> list[tuple[str, str]]:
    """Method and path of each operation that needs a token and takes a body."""
    document = app_client.get("/openapi.json").json()
    return [
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "requestBody" in operation and operation.get("security") == [{"token": []}]
        if operation["operationId"] not in READ_FIRST
    ]


@pytest.mark.parametrize("token", [None, "guess"])
def test_without_a_valid_token_no_body_is_read(app_client: Client, token: str | None) -> None:
    operations = operations_with_bodies(app_client)
    assert len(operations) > 40
    for method, template in operations:
        path = re.sub(r"{(\w+)}", lambda field: VALUES.get(field[1], "1"), template)
        response = app_client.request(method, path, token=token, content=Unread(), headers=JSON)
        refused(response, 401, "token_missing" if token is None else "token_unknown")


@pytest.mark.parametrize(
    ("path", "headers"),
    [(DEADLINE, JSON), ("/d/000.00.20899-210816-0001/rating", FORM), ("/sign-in", FORM)],
)
@pytest.mark.parametrize("token", [None, "guess"])
def test_the_public_may_send_small_bodies_only(
    app_client: Client, path: str, headers: dict[str, str], token: str | None
) -> None:
    response = app_client.request("POST", path, token=token, content=b" " * (SMALL + 1), headers=headers)
    assert response.status_code == 413, response.text


def test_a_client_with_a_token_may_send_a_large_body(app_client: Client) -> None:
    clerk = app_client.token("clerk", "20899")
    response = app_client.request("POST", DOSSIERS, token=clerk, content=arrays(20 * SMALL // 2), headers=JSON)
    refused(response, 422, "invalid")
    response = app_client.request("POST", DOSSIERS, token=clerk, content=arrays(17 * SMALL), headers=JSON)
    refused(response, 413, "body_too_large")


def test_a_large_body_counts_as_many_requests_of_its_address(seeded_url: str) -> None:
    with Client(seeded_url, NOW, address_rate=10) as client:
        clerk = client.token("clerk", "20899")
        large = json.dumps({"text": "x" * 9 * SMALL}).encode()
        refused(client.request("POST", DOSSIERS, token=clerk, content=large, headers=JSON), 422, "invalid")
        refused(client.get(DOSSIERS, token=clerk), 429, "too_many_requests")
