"""Timed calls: of the service over one keep-alive connection, and of functions in this process."""

import gc
import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

from benchmarks.servers import Server

T = TypeVar("T")

WARM_UP, CALLS = 5, 30
_ROUNDS = 3
# Longest time for all calls of one contender. After it, each round has only one call.
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of the service."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)

    @property
    def refusal(self) -> str | None:
        """Status and code of an error, None for status 200."""
        if self.status == 200:
            return None
        try:
            return f"{self.status} {self.json()['code']}"
        except (ValueError, KeyError, TypeError):
            return str(self.status)


class Caller:
    """One keep-alive connection to a worker, with a token."""

    def __init__(self, server: Server, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
        self._headers = {"authorization": f"Bearer {token}"}

    def get(self, path: str) -> Answer:
        """Send a request and read the whole response. Repeats it if the worker closed the idle connection."""
        try:
            return self._get(path)
        except (http.client.RemoteDisconnected, ConnectionError):
            self._connection.close()
            return self._get(path)

    def _get(self, path: str) -> Answer:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.read())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def in_turns(contenders: Mapping[T, Callable[[], object]]) -> dict[T, float]:
    """The median milliseconds of each contender, after some calls to warm up.

    The contenders take turns in each round, because the speed of a machine changes during a run.
    """
    taken: dict[T, list[float]] = {name: [] for name in contenders}
    for call in contenders.values():
        _call(call, WARM_UP)
    gc.collect()
    gc.disable()
    try:
        for _round in range(_ROUNDS):
            for name, call in contenders.items():
                spare = _SECONDS - sum(taken[name])
                taken[name] += _call(call, CALLS // _ROUNDS, min(spare, _SECONDS / _ROUNDS))
    finally:
        gc.enable()
    return {name: 1000 * median(seconds) for name, seconds in taken.items()}


def _call(call: Callable[[], object], times: int, within: float = _SECONDS / _ROUNDS) -> list[float]:
    """The seconds of each call: `times` calls, or as many as fit, at least one."""
    seconds: list[float] = []
    while len(seconds) < times and (not seconds or sum(seconds) < within):
        began = perf_counter()
        call()
        seconds.append(perf_counter() - began)
    return seconds
