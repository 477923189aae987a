"""Clients that write with keys and ask again under the same key until they are answered, and what they were told."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any

import httpx

DOSSIERS = "/api/v1/dossiers"
_PATIENCE = 120.0
_PAUSE = 0.03
_RECEIPTS = 0.35
_MENDED = 0.15
_LAW = {"reason": "lý do", "legal_basis": "Nghị định 61/2018/NĐ-CP"}
# What a dossier is taken through; all that is possible in its state is tried, and some that is not.
_ACTIONS: Mapping[str, Mapping[str, Any]] = {
    "take": {},
    "request-supplement": _LAW,
    "supplement": {},
    "request-payment": {"amount": 20_000},
    "pay": {},
    "suspend": _LAW,
    "resume": {},
    "finish": {"outcome": "granted"},
    "return": {"received_by": "người nộp"},
}


class Unanswered(Exception):
    """A client had no answer for too long, or one that no client shall have."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change asked for; its key is also what is written into it, so that it can be found again."""

    key: str
    client: int
    method: str
    path: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a change in the end, and after how many attempts."""

    change: Change
    status: int
    content: bytes
    code: str
    version: int
    attempts: int
    replayed: bool


@dataclass(slots=True)
class Ledger:
    """All that the clients were told: what was done, and how often something was refused, which does nothing."""

    done: list[Answer] = field(default_factory=list)
    refused: int = 0

    @property
    def receipts(self) -> list[Answer]:
        """The dossiers that were received."""
        return [one for one in self.done if one.status == 201]


class Clients:
    """Some clients, each with a token of its own, who write into the same dossiers at once until told to stop."""

    def __init__(self, address: str, tokens: list[str], random: Random) -> None:
        self.ledger = Ledger()
        self._number = 0
        self._address = address
        self._tokens = tokens
        self._random = random
        self._codes: list[str] = []
        self._stopping = False

    async def write(self) -> None:
        """Write until `stop`, each to the end of what it had begun; raises Unanswered."""
        self._stopping = False
        async with httpx.AsyncClient(base_url=self._address, timeout=20) as http, asyncio.TaskGroup() as group:
            for number in range(len(self._tokens)):
                group.create_task(self._write(http, number))

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping = True

    async def replayed(self, most: int) -> list[str]:
        """Asks again under keys that were answered, and tells what is answered otherwise than then."""
        again = self._random.sample(self.ledger.done, min(most, len(self.ledger.done)))
        wrong = []
        async with httpx.AsyncClient(base_url=self._address, timeout=60) as http:
            for one in again:
                answer = await self._send(http, one.change)
                if (answer.status_code, answer.content) != (one.status, one.content):
                    wrong.append(f"{one.change.key}: answered otherwise under its key: {answer.status_code}")
                elif "idempotency-replayed" not in answer.headers:
                    wrong.append(f"{one.change.key}: was done again under its key")
        return wrong

    async def _write(self, http: httpx.AsyncClient, client: int) -> None:
        while not self._stopping:
            self._number += 1
            change = self._next(client, f"change {self._number}")
            answer = await self._answered(http, change)
            if answer is None:
                self.ledger.refused += 1
                continue
            self.ledger.done.append(answer)
            if answer.status == 201:
                self._codes.append(answer.code)

    def _next(self, client: int, key: str) -> Change:
        """A receipt, an action, or a mending: of any dossier, so that several write into one."""
        draw = self._random.random()
        if not self._codes or draw < _RECEIPTS:
            return Change(key, client, "POST", DOSSIERS, _receipt(key))
        code = self._random.choice(self._codes[-12:])
        if draw < _RECEIPTS + _MENDED:
            return Change(key, client, "PATCH", f"{DOSSIERS}/{code}", {"summary": key})
        action = self._random.choice(list(_ACTIONS))
        return Change(key, client, "POST", f"{DOSSIERS}/{code}/{action}", {**_ACTIONS[action], "note": key})

    async def _answered(self, http: httpx.AsyncClient, change: Change) -> Answer | None:
        """The answer to a change, asked for as often as it takes; None where it is refused."""
        until = monotonic() + _PATIENCE
        attempts = 0
        while monotonic() < until:
            attempts += 1
            try:
                answer = await self._send(http, change)
            except httpx.TransportError:
                await asyncio.sleep(_PAUSE)
                continue
            if answer.is_success:
                told, replayed = answer.json(), "idempotency-replayed" in answer.headers
                code, version = told["code"], told["version"]
                return Answer(change, answer.status_code, answer.content, code, version, attempts, replayed)
            if not _again(answer):
                if answer.status_code not in (409, 422):
                    raise Unanswered(f"{change.method} {change.path}: {answer.status_code} {answer.text}")
                return None
            await asyncio.sleep(_PAUSE)
        raise Unanswered(f"{change.method} {change.path}: no answer in {_PATIENCE} s")

    async def _send(self, http: httpx.AsyncClient, change: Change) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._tokens[change.client]}", "Idempotency-Key": change.key}
        return await http.request(change.method, change.path, json=change.body, headers=headers)


def _again(answer: httpx.Response) -> bool:
    """Whether to ask again: the service has no database just now, or is at it still."""
    return answer.status_code == 503 or (answer.status_code == 409 and answer.json()["code"] == "key_in_use")


def _receipt(key: str) -> dict[str, Any]:
    return {
        "procedure": "1.004837",
        "applicant": {"kind": "person", "name": "Nguyễn Thị Hoa", "identity_number": "049185001234"},
        "channel": "counter",
        "summary": "Đăng ký giám hộ",
        "note": key,
    }
