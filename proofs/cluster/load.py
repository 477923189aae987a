"""Clients that write and read while parts of the cluster fail, and everything that they were answered."""

import asyncio
import itertools
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

_DOSSIERS = "/api/v1/dossiers"
_WRITERS = 12
# How long a change is repeated, and the pauses of writing and reading clients, in seconds.
_PATIENCE, _PAUSE, _READ_PAUSE = 120.0, 0.05, 0.05
_FIGURE = "/api/v1/statistics/on-time?by=commune&from=2025-01-01"
# The life of a dossier after its receipt.
_ACTIONS: Mapping[str, Mapping[str, Any]] = {
    "take": {},
    "finish": {"outcome": "granted"},
    "return": {"received_by": "Nguyễn Thị Hoa"},
}
READS = ("lookup", "figure", "page")
_READERS = ("lookup", *READS)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, or the failure of a connection (status 0). Times are those of `monotonic`."""

    kind: str
    began: float
    ended: float
    status: int
    code: str = ""
    is_proper: bool = True

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True)
class Ledger:
    """All answers, and the keys of changes: sent ones, and acknowledged ones."""

    answers: list[Answer] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)


class Load:
    """Twelve writing and four reading clients with connections of their own, until they are stopped."""

    def __init__(self, address: str, token: str) -> None:
        self.ledger = Ledger()
        self.began = self.ended = self.stall = 0.0
        self._address = address
        self._token = {"Authorization": f"Bearer {token}"}
        self._codes: list[str] = []
        self._numbers = itertools.count(1)
        self._run = uuid.uuid4().hex[:8]
        self._stopping = False

    async def run(self) -> None:
        """Write and read until `stop`."""
        self.began = monotonic()
        watch = asyncio.create_task(self._watch())
        async with asyncio.TaskGroup() as group:
            for _number in range(_WRITERS):
                group.create_task(self._as_client(self._write))
            for kind in _READERS:
                group.create_task(self._as_client(lambda http, kind=kind: self._read(http, kind)))
        self.ended = monotonic()
        watch.cancel()

    async def _watch(self) -> None:
        """Measure the longest time for which these clients themselves got no processor."""
        while True:
            began = monotonic()
            await asyncio.sleep(_READ_PAUSE)
            self.stall = max(self.stall, monotonic() - began - _READ_PAUSE)

    def stop(self) -> None:
        """Begin no new request. Changes that were begun are repeated until they are answered."""
        self._stopping = True

    async def _as_client(self, work: Any) -> None:
        # A person at a counter waits for 20 seconds, then repeats.
        # Without certificates, which take a tenth of a second for each client to read and are not used.
        async with httpx.AsyncClient(base_url=self._address, timeout=20, verify=False) as http:  # noqa: S501
            await work(http)

    async def _write(self, http: httpx.AsyncClient) -> None:
        while not self._stopping:
            dossier = await self._change(http, "receive", _DOSSIERS, _receipt(), None)
            if dossier is None:
                await asyncio.sleep(_PAUSE)
                continue
            self._codes.append(dossier.json()["code"])
            path = f"{_DOSSIERS}/{self._codes[-1]}"
            for action, body in _ACTIONS.items():
                await asyncio.sleep(_PAUSE)
                dossier = await self._change(http, action, f"{path}/{action}", body, dossier.headers["etag"])
                if dossier is None:
                    break

    async def _change(
        self, http: httpx.AsyncClient, kind: str, path: str, body: Mapping[str, Any], etag: str | None
    ) -> httpx.Response | None:
        """The answer to a change, which is repeated under its key; None if it is refused or never answered."""
        key = f"{self._run} {next(self._numbers)}"
        self.ledger.sent.append(key)
        headers = {**self._token, "Idempotency-Key": key, **({"If-Match": etag} if etag else {})}
        until = monotonic() + _PATIENCE
        while monotonic() < until:
            answer, response = await self._ask(http, kind, "POST", path, headers=headers, json={**body, "note": key})
            if response is not None and answer.is_success:
                self.ledger.acknowledged.append(key)
                return response
            if answer.status and answer.status < 500 and answer.code != "key_in_use":
                return None
            await asyncio.sleep(_PAUSE * 2)
        return None

    async def _read(self, http: httpx.AsyncClient, kind: str) -> None:
        while not self._stopping:
            if self._codes or kind != "lookup":
                await self._ask(http, kind, "GET", self._path(kind))
            await asyncio.sleep(_READ_PAUSE)

    def _path(self, kind: str) -> str:
        if kind == "figure":
            return _FIGURE
        if kind == "page":
            return "/"
        return f"/api/v1/lookup/{random.choice(self._codes)}"

    async def _ask(
        self, http: httpx.AsyncClient, kind: str, method: str, path: str, **request: Any
    ) -> tuple[Answer, httpx.Response | None]:
        began = monotonic()
        try:
            response = await http.request(method, path, **request)
        except httpx.TransportError as error:
            answer = Answer(kind, began, monotonic(), 0, type(error).__name__)
            self.ledger.answers.append(answer)
            return answer, None
        is_proper = response.status_code != 503 or _is_proper(response)
        answer = Answer(kind, began, monotonic(), response.status_code, _code(response), is_proper)
        self.ledger.answers.append(answer)
        return answer, response


def _is_proper(response: httpx.Response) -> bool:
    """True if a 503 is a problem that says when to try again."""
    return "retry-after" in response.headers and response.headers["content-type"] == "application/problem+json"


def _code(response: httpx.Response) -> str:
    if response.is_success:
        return ""
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError):
        return response.text[:80]


def _receipt() -> dict[str, Any]:
    return {
        "procedure": "1.004837",
        "applicant": {"kind": "person", "name": "Nguyễn Thị Hoa", "identity_number": "049185001234"},
        "channel": "counter",
        "summary": "Đăng ký giám hộ",
    }
