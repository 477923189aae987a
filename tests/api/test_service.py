"""What those who run the service ask it: health, readiness, measures."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from app.database import schema
from tests.support.client import Client

NOW = datetime(2021, 8, 16, 1, 30, tzinfo=UTC)


@pytest.fixture
def client(database_url: str) -> Iterator[Client]:
    with Client(database_url, NOW) as client:
        yield client


def test_a_live_process_says_so(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_over_a_migrated_database_the_service_is_ready(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_over_an_empty_database_the_service_is_alive_but_not_ready(empty_database_url: str) -> None:
    with Client(empty_database_url, NOW) as client:
        assert client.get("/healthz").status_code == 200
        response = client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "schema_behind")
    assert response.headers["retry-after"]


def test_over_a_database_taken_back_to_its_beginning_the_service_is_not_ready(database_url: str) -> None:
    schema.downgrade(database_url, "base")
    with Client(database_url, NOW) as client:
        assert client.get("/readyz").status_code == 503


def test_without_a_schema_the_process_still_takes_requests(empty_database_url: str) -> None:
    with Client(empty_database_url, NOW) as client:
        assert client.get("/readyz/process").status_code == 200


def counted(measures: str, route: str, status: int) -> float:
    line = f'motcua_requests_total{{method="GET",route="{route}",status="{status}"}} '
    return next(float(found.removeprefix(line)) for found in measures.splitlines() if found.startswith(line))


def test_answers_are_counted_by_route_and_status_without_what_stands_in_the_address(client: Client) -> None:
    for _ in range(3):
        client.get("/api/v1/dossiers/000.00.00.H00-210816-0001")
    client.get("/somewhere")
    measures = client.get("/metrics")
    assert measures.headers["content-type"].startswith("text/plain")
    assert counted(measures.text, "/api/v1/dossiers/{code}", 401) == 3
    assert counted(measures.text, "none", 404) == 1
    assert 'motcua_request_seconds_count{method="GET",route="/api/v1/dossiers/{code}"} 3.0' in measures.text
    assert "000.00.00.H00" not in measures.text
    assert "process_resident_memory_bytes" in measures.text


def test_methods_that_clients_make_up_are_counted_as_one(client: Client) -> None:
    for method in ("BREW", "WHEN"):
        client.request(method, "/healthz")
    measures = client.get("/metrics").text
    assert 'motcua_requests_total{method="other",route="/healthz",status="405"} 2.0' in measures


def test_every_answer_has_an_id_of_its_own(client: Client) -> None:
    def identified(response: httpx.Response) -> str:
        found: str = response.headers["x-request-id"]
        return found

    assert len({identified(client.get("/healthz")) for _ in range(5)}) == 5


def test_who_guesses_codes_too_often_is_told_when_to_come_back(seeded_url: str) -> None:
    with Client(seeded_url, NOW, lookup_misses=1) as client:
        answers = [client.get("/api/v1/lookup/000.31.15.H47-210816-0001") for _ in range(3)]
        health = client.get("/healthz")
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[2].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30
    assert health.status_code == 200
