"""A stopping service answers running requests, accepts no new ones, and ends with status 0."""

import json
import signal
import socket
import subprocess
import time
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.bodies import DOSSIERS, guardianship
from tests.support.live import live_process
from tests.support.reference import token_at

each_number_of_workers = pytest.mark.parametrize("workers", [1, 2])


def begun(address: str, token: str, body: bytes) -> socket.socket:
    """A connection after the first half of a receipt."""
    parts = urlsplit(address)
    connection = socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=30)
    head = (
        f"POST {DOSSIERS} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body[: len(body) // 2])
    time.sleep(0.3)  # until a worker has read it
    return connection


def receipt() -> bytes:
    """A receipt now, at the counter of the token's unit."""
    body = guardianship(applicant={"name": "Nguyễn Thị Hoa"})
    del body["receiving_unit"], body["at"]
    return json.dumps(body).encode()


def refuses_new_requests_within(seconds: float, address: str, error: type[httpx.TransportError]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            httpx.get(f"{address}/healthz", timeout=1)
        except error:
            return
        except httpx.TransportError:
            pass  # reached the queue of a socket that was closed at that moment
        time.sleep(0.05)
    raise AssertionError("it still takes connections")


def ends_within(seconds: float, process: subprocess.Popen[bytes]) -> None:
    assert process.wait(timeout=seconds) == 0


@each_number_of_workers
def test_running_requests_are_answered_and_new_ones_refused(seeded_url: str, workers: int) -> None:
    token, body = token_at(seeded_url, "clerk", "20900"), receipt()
    with live_process(seeded_url, workers=workers) as (address, process):
        with closing(begun(address, token, body)) as connection:
            process.send_signal(signal.SIGTERM)
            # With several workers the parent process keeps the port open until the end, but accepts no requests.
            refuses_new_requests_within(8, address, httpx.ConnectError if workers == 1 else httpx.TransportError)
            assert process.poll() is None
            connection.sendall(body[len(body) // 2 :])
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        ends_within(5, process)
    head, _, content = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 "), answer
    code = json.loads(content)["code"]
    with live_process(seeded_url) as (address, process):
        assert httpx.get(f"{address}/api/v1/lookup/{code}").status_code == 200
        process.send_signal(signal.SIGTERM)
        ends_within(5, process)


@each_number_of_workers
def test_a_draining_service_answers_and_sends_its_clients_elsewhere(seeded_url: str, workers: int) -> None:
    with (
        live_process(seeded_url, workers=workers, drain_seconds="8") as (address, process),
        httpx.Client(base_url=address) as kept,
    ):
        assert "connection" not in kept.get("/healthz").headers
        process.send_signal(signal.SIGTERM)
        refused = refuses_readiness_within(8, address)
        answer = kept.get("/api/v1/units")
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        assert refused.json()["code"] == "stopping"
        assert refused.headers["retry-after"]
        ends_within(30, process)


def test_a_second_signal_ends_the_draining(seeded_url: str) -> None:
    with live_process(seeded_url, drain_seconds="300") as (address, process):
        process.send_signal(signal.SIGTERM)
        refuses_readiness_within(8, address)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        ends_within(15, process)


def refuses_readiness_within(seconds: float, address: str) -> httpx.Response:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        answers = [httpx.get(f"{address}{path}", timeout=5) for path in ("/readyz", "/readyz/process")]
        if all(answer.status_code == 503 for answer in answers):
            return answers[1]
        time.sleep(0.05)
    raise AssertionError("it still says that it is ready")


@each_number_of_workers
def test_an_unfinished_request_delays_the_stop_for_a_limited_time_only(seeded_url: str, workers: int) -> None:
    token = token_at(seeded_url, "clerk", "20900")
    with (
        live_process(seeded_url, workers=workers) as (address, process),
        closing(begun(address, token, receipt())),
    ):
        process.send_signal(signal.SIGTERM)
        ends_within(15, process)
