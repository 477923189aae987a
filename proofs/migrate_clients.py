"""Clients that write and read while versions change, and measure how long no request succeeds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from time import monotonic

import httpx

_WRITERS, _READERS = 3, 2
_PAUSE = 0.02
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


class Clients:
    """Clients of several processes. Like a balancer, they ask another process if one cannot be reached."""

    def __init__(self, addresses: Sequence[str], token: str) -> None:
        self.observed = {"changes": Observed(), "look-ups": Observed(), "figures": Observed()}
        self.codes: list[str] = []
        self._addresses = addresses
        self._headers = {"Authorization": f"Bearer {token}"}
        self._stopping = False
        self._keys = 0

    async def run(self) -> None:
        """Send requests until `stop`."""
        async with httpx.AsyncClient(timeout=30) as http, asyncio.TaskGroup() as group:
            for number in range(_WRITERS):
                group.create_task(self._repeat(http, number, self._write))
            for number in range(_READERS):
                group.create_task(self._repeat(http, number, self._look_up))
            group.create_task(self._repeat(http, 0, self._read_figures))

    def stop(self) -> None:
        """Begin no new request."""
        self._stopping = True

    async def _repeat(
        self, http: httpx.AsyncClient, first: int, send: Callable[[httpx.AsyncClient, str], Awaitable[None]]
    ) -> None:
        addresses = cycle([*self._addresses[first % 2 :], *self._addresses[: first % 2]])
        address = next(addresses)
        while not self._stopping:
            try:
                await send(http, address)
            except httpx.TransportError:
                address = next(addresses)
            await asyncio.sleep(_PAUSE)

    async def _write(self, http: httpx.AsyncClient, address: str) -> None:
        self._keys += 1
        headers = {**self._headers, "Idempotency-Key": f"receipt {self._keys}"}
        answer = await self._send("changes", http.post(f"{address}/api/v1/dossiers", json=_RECEIPT, headers=headers))
        if not answer.is_success:
            return
        code = answer.json()["code"]
        self.codes.append(code)
        path = f"{address}/api/v1/dossiers/{code}"
        await self._send("changes", http.post(f"{path}/take", json={}, headers=self._headers))
        # A view of personal data, which writes into the access log.
        await self._send("changes", http.get(path, headers=self._headers))

    async def _look_up(self, http: httpx.AsyncClient, address: str) -> None:
        if self.codes:
            await self._send("look-ups", http.get(f"{address}/api/v1/lookup/{self.codes[-1]}"))

    async def _read_figures(self, http: httpx.AsyncClient, address: str) -> None:
        path = f"{address}/api/v1/statistics/on-time?from=2023-01-01&to=2023-12-31"
        await self._send("figures", http.get(path))

    async def _send(self, kind: str, request: Awaitable[httpx.Response]) -> httpx.Response:
        began = monotonic()
        answer = await request
        self.observed[kind].add(answer, monotonic() - began)
        return answer
