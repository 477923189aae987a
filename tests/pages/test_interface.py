"""The page that describes the interface to programmers."""

from collections.abc import Iterator

import pytest

from tests.conftest import NOW
from tests.support.client import Client
from tests.support.page_text import read


@pytest.fixture
def client(seeded_url: str) -> Iterator[Client]:
    with Client(seeded_url, NOW) as client:
        yield client


def test_every_operation_is_described_with_its_parameters_and_examples(client: Client) -> None:
    document = client.get("/openapi.json").json()
    page = read(client.get("/docs", headers={"Accept-Language": "en"}))
    operations = [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]
    for method, path in operations:
        assert f"{method} {path}" in page.text
    assert "Needs a token." in page.text
    assert "Idempotency-Key" in page.text
    assert "049185001234" in page.text, "an example of a body"


def test_it_loads_nothing_from_elsewhere(client: Client) -> None:
    answer = client.get("/docs")
    assert read(answer).loaded
    assert all(address.startswith("/") and not address.startswith("//") for address in read(answer).loaded)
    assert "https://" not in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert client.get("/docs/oauth2-redirect").status_code == 404
