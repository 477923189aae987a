"""Clients that write and read while versions change, and measure how long no request succeeds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from time import monotonic
from typing import Any

import httpx

_WRITERS, _READERS = 3, 2
# Pauses between requests, and how long a request is repeated, in seconds.
_PAUSE, _PATIENCE = 0.02, 120.0
_DOSSIERS = "/api/v1/dossiers"
_FIGURES = "/api/v1/statistics/on-time?from=2023-01-01&to=2023-12-31"
_RECEIPT = {
    "procedure": "1.004837",
    "applicant": {"kind": "person", "name": "Nguyễn Thị Hoa", "identity_number": "049185001234"},
    "channel": "counter",
    "summary": "Đăng ký giám hộ",
}


@dataclass
class Observed:
    """The requests of one kind: successes, the longest time between two, the slowest answer, answers 5xx."""

    successes: int = 0
    gap: float = 0.0
    slowest: float = 0.0
    server_errors: int = 0
    _last: float | None = None

    def add(self, answer: httpx.Response, seconds: float) -> None:
        """Adds an answer."""
        self.slowest = max(self.slowest, seconds)
        self.server_errors += answer.status_code >= 500
        if answer.is_success:
            now = monotonic()
            if self._last is not None:
                self.gap = max(self.gap, now - self._last)
            self._last = now
            self.successes += 1


class Client:
    """A client that repeats each request until it is answered, and asks another process if one cannot be reached."""

    def __init__(self, http: httpx.AsyncClient, addresses: Sequence[str], observed: dict[str, Observed]) -> None:
        self._http = http
        self._addresses = cycle(addresses)
        self._address = next(self._addresses)
        self._observed = observed

    async def ask(self, kind: str, method: str, path: str, **request: Any) -> httpx.Response:
        """The first successful answer. Raises RuntimeError for a refusal, and if no answer comes."""
        until = monotonic() + _PATIENCE
        while monotonic() < until:
            began = monotonic()
            try:
                answer = await self._http.request(method, f"{self._address}{path}", **request)
            except httpx.TransportError:
                self._address = next(self._addresses)
            else:
                self._observed[kind].add(answer, monotonic() - began)
                if answer.is_success:
                    return answer
                if answer.is_client_error and "key_in_use" not in answer.text:
                    raise RuntimeError(f"{method} {path}: {answer.text}")
            await asyncio.sleep(_PAUSE)
        raise RuntimeError(f"{method} {path} was not answered")


class Clients:
    """Clients of several processes, and what was acknowledged to them."""

    def __init__(self, addresses: Sequence[str], token: str) -> None:
        self.observed = {"changes": Observed(), "look-ups": Observed(), "figures": Observed()}
        self.codes: list[str] = []  # of acknowledged receipts
        self.taken: list[str] = []  # of acknowledged actions
        self.stall = 0.0  # the longest time for which the clients themselves got no processor
        self._addresses = addresses
        self._headers = {"Authorization": f"Bearer {token}"}
        self._stopping = False
        self._keys = 0

    async def run(self) -> None:
        """Send requests until `stop`."""
        watch = asyncio.create_task(self._watch())
        # Without certificates, which take long to read and are not used.
        async with httpx.AsyncClient(timeout=30, verify=False) as http, asyncio.TaskGroup() as group:  # noqa: S501
            works = [self._write] * _WRITERS + [self._look_up] * _READERS + [self._read_figures]
            for number, work in enumerate(works):
                first = number % len(self._addresses)
                addresses = [*self._addresses[first:], *self._addresses[:first]]
                group.create_task(self._repeat(Client(http, addresses, self.observed), work))
        watch.cancel()

    def stop(self) -> None:
        """Begin nothing new. A change that was begun is repeated under its key until it is answered."""
        self._stopping = True

    async def _repeat(self, client: Client, work: Callable[[Client], Awaitable[object]]) -> None:
        while not self._stopping:
            await work(client)
            await asyncio.sleep(_PAUSE)

    async def _watch(self) -> None:
        while True:
            began = monotonic()
            await asyncio.sleep(_PAUSE)
            self.stall = max(self.stall, monotonic() - began - _PAUSE)

    async def _write(self, client: Client) -> None:
        receipt = await client.ask("changes", "POST", _DOSSIERS, json=_RECEIPT, headers=self._with_key())
        code = receipt.json()["code"]
        self.codes.append(code)
        path = f"{_DOSSIERS}/{code}"
        await client.ask("changes", "POST", f"{path}/take", json={}, headers=self._with_key())
        self.taken.append(code)
        # A view of personal data, which writes into the access log.
        await client.ask("changes", "GET", path, headers=self._headers)

    def _with_key(self) -> dict[str, str]:
        self._keys += 1
        return {**self._headers, "Idempotency-Key": f"change {self._keys}"}

    async def _look_up(self, client: Client) -> None:
        if self.codes:
            await client.ask("look-ups", "GET", f"/api/v1/lookup/{self.codes[-1]}")

    async def _read_figures(self, client: Client) -> None:
        await client.ask("figures", "GET", _FIGURES)
