"""Clients that write with idempotency keys, repeat requests until they are answered, and record the answers."""

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
_CHANGES_OF_PARTICULARS = 0.15
_LAW = {"reason": "lý do", "legal_basis": "Nghị định 61/2018/NĐ-CP"}
# Actions with their bodies. The clients also try actions that are impossible in the present state.
_ACTIONS: Mapping[str, Mapping[str, Any]] = {
    "take": {},
    "request-supplement": _LAW,
    "supplement": {},
    "request-payment": {"amount": 20_000},
    "pay": {"method": "cash", "receipt_number": "1"},
    "refund": {"amount": 5_000, "reason": "thu thừa"},
    "suspend": _LAW,
    "resume": {},
    "finish": {"outcome": "granted"},
    "return": {"received_by": "người nộp"},
}


class Unanswered(Exception):
    """A client waited too long for an answer, or got a forbidden one."""


@dataclass(frozen=True, slots=True)
class Change:
    """A requested change. Its key is also in its text, so that it can be found in the register."""

    key: str
    client: int
    method: str
    path: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a change, and the number of attempts."""

    change: Change
    status: int
    content: bytes
    code: str
    version: int
    attempts: int
    replayed: bool


@dataclass(slots=True)
class Ledger:
    """All answers of the clients: those of successful changes, and the number of refused ones."""

    done: list[Answer] = field(default_factory=list)
    refused: int = 0

    @property
    def receipts(self) -> list[Answer]:
        """The answers of receipts."""
        return [answer for answer in self.done if answer.status == 201]


class Clients:
    """Clients with their own tokens that write into the same dossiers at the same time until they are stopped."""

    def __init__(self, address: str, tokens: list[str], random: Random) -> None:
        self.ledger = Ledger()
        self._number = 0
        self._address = address
        self._tokens = tokens
        self._random = random
        self._codes: list[str] = []
        self._stopping = False

    async def write(self) -> None:
        """Write until `stop`. Each client finishes its last request. Raises Unanswered."""
        self._stopping = False
        async with httpx.AsyncClient(base_url=self._address, timeout=20) as http, asyncio.TaskGroup() as group:
            for number in range(len(self._tokens)):
                group.create_task(self._write(http, number))

    def stop(self) -> None:
        """Begin no new request."""
        self._stopping = True

    async def replay(self, most: int) -> list[str]:
        """Repeats answered requests with their keys. Returns the answers that differ from the first ones."""
        sample = self._random.sample(self.ledger.done, min(most, len(self.ledger.done)))
        errors = []
        async with httpx.AsyncClient(base_url=self._address, timeout=60) as http:
            for first in sample:
                answer = await self._send(http, first.change)
                if (answer.status_code, answer.content) != (first.status, first.content):
                    errors.append(f"{first.change.key}: another answer under its key: {answer.status_code}")
                elif "idempotency-replayed" not in answer.headers:
                    errors.append(f"{first.change.key}: executed again under its key")
        return errors

    async def _write(self, http: httpx.AsyncClient, client: int) -> None:
        while not self._stopping:
            self._number += 1
            change = self._next(client, f"change {self._number}")
            answer = await self._send_until_answered(http, change)
            if answer is None:
                self.ledger.refused += 1
                continue
            self.ledger.done.append(answer)
            if answer.status == 201:
                self._codes.append(answer.code)

    def _next(self, client: int, key: str) -> Change:
        """A receipt, an action, or a change of particulars, of any dossier, so that several clients write into one."""
        draw = self._random.random()
        if not self._codes or draw < _RECEIPTS:
            return Change(key, client, "POST", DOSSIERS, _receipt(key))
        code = self._random.choice(self._codes[-12:])
        if draw < _RECEIPTS + _CHANGES_OF_PARTICULARS:
            return Change(key, client, "PATCH", f"{DOSSIERS}/{code}", {"summary": key})
        action = self._random.choice(list(_ACTIONS))
        return Change(key, client, "POST", f"{DOSSIERS}/{code}/{action}", {**_ACTIONS[action], "note": key})

    async def _send_until_answered(self, http: httpx.AsyncClient, change: Change) -> Answer | None:
        """The answer to a change, repeated until there is one; None if it is refused."""
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
                dossier, replayed = answer.json(), "idempotency-replayed" in answer.headers
                code, version = dossier["code"], dossier["version"]
                return Answer(change, answer.status_code, answer.content, code, version, attempts, replayed)
            if not _is_temporary(answer):
                if answer.status_code not in (409, 422):
                    raise Unanswered(f"{change.method} {change.path}: {answer.status_code} {answer.text}")
                return None
            await asyncio.sleep(_PAUSE)
        raise Unanswered(f"{change.method} {change.path}: no answer in {_PATIENCE} s")

    async def _send(self, http: httpx.AsyncClient, change: Change) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._tokens[change.client]}", "Idempotency-Key": change.key}
        return await http.request(change.method, change.path, json=change.body, headers=headers)


def _is_temporary(answer: httpx.Response) -> bool:
    """True if the request should be repeated: the database is away, or the first request still runs."""
    return answer.status_code == 503 or (answer.status_code == 409 and answer.json()["code"] == "key_in_use")


def _receipt(key: str) -> dict[str, Any]:
    return {
        "procedure": "1.004837",
        "applicant": {"kind": "person", "name": "Nguyễn Thị Hoa", "identity_number": "049185001234"},
        "channel": "counter",
        "summary": "Đăng ký giám hộ",
        "note": key,
    }
