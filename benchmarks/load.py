"""Load generator in its own process: keep-alive connections on raw sockets, with the time of each request.

It reads one job as JSON from standard input and writes its measurement as JSON to standard output. An HTTP client
library would take longer for a request than the service, so this program sends bytes and parses responses itself.
"""

import asyncio
import gc
import json
import random
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import cast

import uvloop

# Longest wait in seconds for responses after the last request.
GRACE = 60


@dataclass(frozen=True, slots=True)
class Job:
    """The requests, their number and their time. `lines` is a file with one variable part a line.

    For GET a line is the end of the path, for POST the body. With `body`, all requests have this body, and the line
    replaces `{}` in `path`. Lines are chosen at random, or with `each_once` in order until the end. With `keyed` each
    POST has its own `Idempotency-Key`. The measurement begins after `warm_up` seconds, and ends after `seconds` or
    after `most` responses.
    """

    port: int
    method: str
    path: str
    lines: str
    status: int
    connections: int
    seconds: float
    warm_up: float = 1.0
    most: int = 1_000_000
    seed: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    each_once: bool = False
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """Number of requests, requests a second, and milliseconds to a response."""

    requests: int
    rate: float
    median: float
    p99: float
    longest: float


def main() -> None:
    """Do the job of standard input."""
    # A garbage collection here would look like a pause of the service.
    gc.disable()
    job = Job(**json.load(sys.stdin))
    json.dump(asdict(uvloop.run(_measure(job))), sys.stdout)


async def _measure(job: Job) -> Measurement:
    loop = asyncio.get_running_loop()
    run = _Run(job)
    clients = [_Client(run, loop.create_future()) for _ in range(job.connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", job.port)  # type: ignore[misc]
    run.begin()
    for client in clients:
        client.ask()
    async with asyncio.timeout(job.warm_up + job.seconds + GRACE):
        await asyncio.gather(*(client.done for client in clients))
    milliseconds = sorted(1000 * latency for latency in run.latencies)
    percentiles = quantiles(milliseconds, n=100, method="inclusive")
    seconds = run.last - run.measured_from
    return Measurement(
        len(milliseconds), len(milliseconds) / seconds, percentiles[49], percentiles[98], milliseconds[-1]
    )


class _Run:
    """The state shared by all connections: requests, time and latencies."""

    def __init__(self, job: Job) -> None:
        self._requests = _requests(job)
        self._job = job
        self.status = str(job.status).encode()
        self.latencies: list[float] = []
        self.last = 0.0

    def begin(self) -> None:
        """Start the clock."""
        self.measured_from = perf_counter() + self._job.warm_up
        self._until = self.measured_from + self._job.seconds

    def next(self) -> bytes | None:
        """The next request, or None at the end."""
        if perf_counter() >= self._until or len(self.latencies) >= self._job.most:
            return None
        return next(self._requests, None)

    def record(self, sent_at: float) -> None:
        """Record the time of one response."""
        now = perf_counter()
        if sent_at >= self.measured_from:
            self.latencies.append(now - sent_at)
            self.last = now


class _Client(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self, run: _Run, done: asyncio.Future[None]) -> None:
        self.done = done
        self._run = run
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self) -> None:
        """Send the next request, or close the connection."""
        request = self._run.next()
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        # HTTP/1.1 200 OK
        if self._received[9:12] != self._run.status:
            self._fail(self._received.decode(errors="replace"))
        elif len(self._received) >= head + 4 + _length(self._received[:head]):
            self._received = b""
            self._run.record(self._sent_at)
            self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._fail(f"the connection was closed: {exc}")

    def _fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"not answered with {self._run.status.decode()}: {why}"))
        self._transport.close()


def _length(head: bytes) -> int:
    _before, _name, after = head.partition(b"content-length: ")
    return int(after.partition(b"\r\n")[0])


def _requests(job: Job) -> Iterator[bytes]:
    common = "".join(f"{name}: {value}\r\n" for name, value in {"host": "127.0.0.1", **job.headers}.items())
    for line in _lines(job):
        if job.method == "GET":
            yield f"GET {job.path}{line} HTTP/1.1\r\n{common}\r\n".encode()
        else:
            path, body = (job.path, line) if job.body is None else (job.path.replace("{}", line), job.body)
            content = body.encode()
            key = f"idempotency-key: {secrets.token_hex(16)}\r\n" if job.keyed else ""
            head = f"{job.method} {path} HTTP/1.1\r\n{common}{key}content-length: {len(content)}\r\n\r\n"
            yield head.encode() + content


def _lines(job: Job) -> Iterator[str]:
    lines = Path(job.lines).read_text(encoding="utf-8").splitlines()
    if job.each_once:
        yield from lines
        return
    source = random.Random(job.seed)
    while True:
        yield source.choice(lines)


if __name__ == "__main__":
    main()
