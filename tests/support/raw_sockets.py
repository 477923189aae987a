"""Requests over bare sockets that no client library would send, and their responses."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from tests.support.bodies import DOSSIERS

PATIENCE = 20


@dataclass
class Answer:
    """One response; status 0 if the connection was closed without a response."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Service:
    """A running service, and a clerk's token. `front` is the address for clients: the service or its proxy."""

    address: str
    front: str
    token: str

    def connect(self) -> socket.socket:
        parts = urlsplit(self.front)
        return socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=PATIENCE)

    def head(self, method: str = "POST", target: str = DOSSIERS, version: str = "1.1", **headers: str | bytes) -> bytes:
        """The request line and headers, by default of JSON from a clerk."""
        sent: dict[str, str | bytes] = {
            "Host": "service.test",
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"{method} {target} HTTP/{version}".encode()]
        for name, value in sent.items():
            lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def post(self, body: bytes, **headers: str | bytes) -> Answer:
        """The response to a receipt with this body."""
        return self.ask(self.head("POST", DOSSIERS, "1.1", Content_Length=str(len(body)), **headers) + body)

    def ask(self, *pieces: bytes) -> Answer:
        """The first response to these bytes."""
        with closing(self.connect()) as connection:
            with suppress(BrokenPipeError, ConnectionResetError):
                for piece in pieces:
                    connection.sendall(piece)
            return answers(connection)[0]

    @contextmanager
    def unharmed(self) -> Iterator[None]:
        """Checks after the block that the service is ready, stored nothing and never failed."""
        before = self.stored()
        yield
        assert httpx.get(f"{self.address}/readyz", timeout=PATIENCE).status_code == 200
        assert self.stored() == before
        assert [line for line in self._counted() if 'status="5' in line] == []

    def answered(self, *routes: str) -> float:
        """Number of requests to these routes that reached the service."""
        lines = [line for line in self._counted() if any(f'route="{route}"' in line for route in routes)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def _counted(self) -> list[str]:
        lines = httpx.get(f"{self.address}/metrics", timeout=PATIENCE).text.splitlines()
        return [line for line in lines if line.startswith("motcua_requests_total")]

    def stored(self) -> int:
        """The number of dossiers."""
        headers = {"Authorization": f"Bearer {self.token}"}
        closed = httpx.get(f"{self.address}{DOSSIERS}?limit=500&open=false", headers=headers, timeout=PATIENCE).json()
        opened = httpx.get(f"{self.address}{DOSSIERS}?limit=500", headers=headers, timeout=PATIENCE).json()
        return len(closed["items"]) + len(opened["items"])


def answers(connection: socket.socket, most: int = 1) -> list[Answer]:
    """The next `most` responses. Those missing at the end of the connection have status 0."""
    stream = connection.makefile("rb")
    received: list[Answer] = []
    while len(received) < most:
        try:
            line = stream.readline()
        except ConnectionResetError:
            line = b""
        if not line:
            return [*received, *[Answer(0)] * (most - len(received))]
        answer = Answer(int(line.split()[1]))
        while (header := stream.readline().strip()) != b"":
            name, _, value = header.decode("latin-1").partition(":")
            answer.headers[name.lower()] = value.strip()
        if answer.status == 100:
            continue
        answer.body = stream.read(int(answer.headers.get("content-length", "0")))
        received.append(answer)
    return received


def is_problem(answer: Answer, *statuses: int, code: str | None = None) -> None:
    assert answer.status in statuses, (answer.status, answer.body)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = json.loads(answer.body)
    assert problem["status"] == answer.status
    assert code is None or problem["code"] == code, problem
    assert problem["request_id"] == answer.headers["x-request-id"] != ""
    assert answer.headers["x-content-type-options"] == "nosniff"


def is_refused(answer: Answer, *statuses: int) -> None:
    """Checks a problem like `is_problem`, or a short refusal by a parser in front of the service."""
    if answer.headers.get("content-type") == "application/problem+json":
        is_problem(answer, *statuses)
    else:
        assert answer.status in statuses, (answer.status, answer.body)
        assert int(answer.headers["content-length"]) < 200


def drip(connection: socket.socket, byte: bytes, seconds: float = PATIENCE) -> bool:
    """Sends a byte at intervals. Returns True if the other side closes the connection or responds."""
    connection.settimeout(0.2)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            connection.sendall(byte)
            if connection.recv(1, socket.MSG_PEEK) is not None:
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False
