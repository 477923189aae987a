"""The load generator, a process of its own: keep-alive connections on raw sockets, each request timed by itself.

It reads one job as JSON from standard input and writes what it measured as JSON to standard output. An HTTP client
library would take longer for a request than the service does, so requests are bytes and answers are read by hand.
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

# Seconds in which answers may still come after the last request was sent.
GRACE = 60


@dataclass(frozen=True, slots=True)
class Job:
    """What to ask, how often and for how long; `lines` is a file with what varies, one request a line.

    Of GET a line is the end of the path, of POST it is the body; where `body` is given, that is every request's and a
    line goes where `path` has `{}`. Lines are drawn at random, or with `each_once` in order until there are no more.
    Each POST has an `Idempotency-Key` of its own with `keyed`. Only what was asked after `warm_up` seconds is measured,
    until `seconds` have gone by or `most` answers have come.
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
class Measured:
    """Requests a second, and milliseconds to an answer."""

    requests: int
    rate: float
    median: float
    p99: float
    longest: float


def main() -> None:
    """Do the job of standard input."""
    # A collection would be taken for a pause of the service.
    gc.disable()
    job = Job(**json.load(sys.stdin))
    json.dump(asdict(uvloop.run(_measured(job))), sys.stdout)


async def _measured(job: Job) -> Measured:
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
    milliseconds = sorted(1000 * one for one in run.latencies)
    percentiles = quantiles(milliseconds, n=100, method="inclusive")
    seconds = run.last - run.measured_from
    return Measured(len(milliseconds), len(milliseconds) / seconds, percentiles[49], percentiles[98], milliseconds[-1])


class _Run:
    """What the connections have in common: the requests, the time, the latencies so far."""

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
        """One more request, None when there shall be none."""
        if perf_counter() >= self._until or len(self.latencies) >= self._job.most:
            return None
        return next(self._requests, None)

    def answered(self, asked: float) -> None:
        """Note one answer."""
        now = perf_counter()
        if asked >= self.measured_from:
            self.latencies.append(now - asked)
            self.last = now


class _Client(asyncio.Protocol):
    """One connection: asks, waits for the whole answer, asks again."""

    def __init__(self, run: _Run, done: asyncio.Future[None]) -> None:
        self.done = done
        self._run = run
        self._come = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def ask(self) -> None:
        """Send the next request, or hang up."""
        request = self._run.next()
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._asked = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._come += data
        head = self._come.find(b"\r\n\r\n")
        if head < 0:
            return
        # HTTP/1.1 200 OK
        if self._come[9:12] != self._run.status:
            self._fail(self._come.decode(errors="replace"))
        elif len(self._come) >= head + 4 + _length(self._come[:head]):
            self._come = b""
            self._run.answered(self._asked)
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
    chosen = random.Random(job.seed)
    while True:
        yield chosen.choice(lines)


if __name__ == "__main__":
    main()
