"""Answers requests from a replica or from the primary: whichever is there, is new enough and answers in time.

The endpoint runs as it is. `ReplicatedDatabase` reads at the place of the attempt. An attempt that fails, or that is
silent for `PATIENCE`, is followed by one at the other place, and the first good answer is sent.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from contextvars import ContextVar
from datetime import datetime, timedelta
from inspect import isawaitable
from math import inf, isfinite
from time import monotonic
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database import DatabaseFull, DatabaseUnavailable, StatementTooLong, TooBusy
from app.database.replicas import Place, ReplicatedDatabase, reading_at
from app.database.server_group import ServerGroup
from app.domain.errors import DomainError, NotFound
from app.http.errors import Forbidden, Unauthenticated
from app.http.etags import newest_version
from app.http.services import HttpServices

logger = logging.getLogger(__name__)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Callback = Callable[[], Awaitable[None] | None]

# Seconds until a silent place is followed by the other one, and between two looks at slow attempts.
PATIENCE, LOOK = 0.3, 0.05
# A replica of at most this age, in seconds, is as good as the primary: probes are that far apart.
FRESH = 3.0
# A place without connections is not asked for more while it does not answer; a busy one may be asked again elsewhere.
_FINAL = (DatabaseFull, StatementTooLong, TooBusy)
# What a replica may not know yet.
_PERHAPS_NEW = (NotFound, Unauthenticated, Forbidden)

# Headers that the outermost layer adds to the response.
HEADERS = "motcua.reading_headers"


def only_reading_since(app: Starlette) -> datetime | None:
    """The instant of the data that can be read while changes are not possible; None while they are."""
    services = HttpServices.of(app)
    database = services.database
    if not isinstance(database, ReplicatedDatabase) or database.writable:
        return None
    age = database.age(database.replica)
    # An unknown age is that of data which nobody has compared.
    return services.now() - timedelta(seconds=int(age) if isfinite(age) else 0)


class Attempt:
    """One run of an endpoint at one place. `number` counts the attempts of a request from 1."""

    def __init__(self, number: int, database: ReplicatedDatabase, group: ServerGroup, scope: Scope) -> None:
        self.number = number
        self.database = database
        self.group = group
        self.scope = scope
        self.place = Place(group)
        self.callbacks: list[Callback] = []
        self._until = monotonic() + PATIENCE
        self.task: asyncio.Task[Response]

    def is_promising(self) -> bool:
        """Whether a running attempt may still answer: its place is up, or may be up again."""
        return self.group.up or monotonic() < self._until

    def is_final(self, request: Request) -> bool:
        """Whether the other place could give no better answer."""
        error = self.task.exception()
        if isinstance(error, DatabaseUnavailable) and not isinstance(error, _FINAL):
            self.group.suspect()
            return False
        if not self.group.standby:
            return True
        if error is None:
            return not _is_behind(request, self.task.result())
        if isinstance(error, DomainError):
            return not isinstance(error, _PERHAPS_NEW)
        # The schema of a replica may be behind too. A defect is answered by the primary again.
        return isinstance(error, RequestValidationError | DatabaseUnavailable)


_ATTEMPT: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def repeated() -> bool:
    """Whether this request was begun before at another place: then it is counted already."""
    attempt = _ATTEMPT.get()
    return attempt is not None and attempt.number > 1


def asked_again() -> bool:
    """Whether this attempt reads at a replica, so that what it does not know is asked of the primary."""
    attempt = _ATTEMPT.get()
    return attempt is not None and attempt.group.standby


def deferred(callback: Callback) -> bool:
    """Keeps the callback until this attempt gives the answer, before it is sent; False outside of attempts."""
    attempt = _ATTEMPT.get()
    if attempt is None:
        return False
    attempt.callbacks.append(callback)
    return True


def data_age() -> timedelta:
    """By how much the data of this attempt may be older than the primary's: whole seconds, zero for a fresh replica."""
    attempt = _ATTEMPT.get()
    if attempt is None:
        return timedelta(0)
    age = attempt.database.age(attempt.group)
    return timedelta(seconds=int(age)) if FRESH < age < inf else timedelta(0)


def read_anywhere(handler: Handler, *, replica_first: Callable[[Request], bool]) -> Handler:
    """The handler of a reading endpoint, which may run at both places, and first at a replica if that is said."""

    async def answer(request: Request) -> Response:
        database = HttpServices.of(request.app).database
        if not isinstance(database, ReplicatedDatabase):
            return await handler(request)
        hedging = replica_first(request)
        first = database.usable_first(database.replica if hedging else database.primary)
        attempt = await _Race(request, handler, database, hedging=hedging).won(first)
        request.scope.update({name: value for name, value in attempt.scope.items() if name.startswith("motcua.")})
        _note(request, attempt.place)
        for callback in attempt.callbacks:
            if isawaitable(running := callback()):
                await running
        return attempt.task.result()

    return answer


class ReadAtUsablePlace:
    """Lets all other requests read at the primary, or at a replica while the primary is down."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with reading_at(Place(None)):
            await self.app(scope, receive, send)


class _Race:
    """The attempts of one request, at most one at each place.

    `hedging`: a slow attempt is doubled. Otherwise the second place is asked only if the first fails or is down.
    """

    def __init__(self, request: Request, handler: Handler, database: ReplicatedDatabase, *, hedging: bool) -> None:
        self._request = request
        self._handler = handler
        self._database = database
        self._attempts: list[Attempt] = []
        self._body: bytes | None = None
        self._hedging = hedging
        self._hedged = 0

    async def won(self, first: ServerGroup) -> Attempt:
        """The finished attempt whose answer is sent."""
        if self._request.method != "GET":
            self._body = await self._request.body()
        self._start(first)
        try:
            timeout = PATIENCE
            while True:
                await asyncio.wait(self._running(), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                timeout = LOOK
                if (winner := self._winner()) is not None:
                    return winner
                self._begin_second(self._database.other(first))
        finally:
            self._database.hedges_left += self._hedged
            for task in self._running():
                self._database.abandon(task)

    def _running(self) -> set["asyncio.Task[Response]"]:
        return {attempt.task for attempt in self._attempts if not attempt.task.done()}

    def _winner(self) -> Attempt | None:
        """The attempt with a good answer. Once no other can give one, that with the best."""
        ended = [attempt for attempt in self._attempts if attempt.task.done() and not attempt.task.cancelled()]
        for attempt in ended:
            if attempt.is_final(self._request):
                return attempt
        if not ended or self._may_begin_second():
            return None
        # An answer that may be old is better than none from a place that is down.
        if any(attempt.is_promising() for attempt in self._attempts if not attempt.task.done()):
            return None
        return min(ended, key=_failed)

    def _may_begin_second(self) -> bool:
        """Whether the other place was not asked yet, and either may answer or is the last hope."""
        first = self._attempts[0]
        hopeless = first.task.done() and _failed(first)
        return len(self._attempts) == 1 and (hopeless or self._database.other(first.group).up)

    def _begin_second(self, group: ServerGroup) -> None:
        """Begins the attempt at the other place, if the first ended without a good answer, is down or is slow.

        Only a bounded number of slow attempts is doubled at once, so that overload is not doubled.
        """
        first = self._attempts[0]
        if self._may_begin_second():
            if not first.task.done() and first.group.up:
                first.group.suspect()
                if not self._hedging or self._database.hedges_left <= 0:
                    return
                self._database.hedges_left -= 1
                self._hedged = 1
            self._start(group)
        if len(self._attempts) > 1 and not first.task.done() and not first.group.up:
            # It may hold what the second waits for, such as the turn to load the reference data.
            self._database.abandon(first.task)

    def _start(self, group: ServerGroup) -> Attempt:
        attempt = Attempt(len(self._attempts) + 1, self._database, group, dict(self._request.scope))
        attempt.task = asyncio.create_task(self._run(attempt))
        self._attempts.append(attempt)
        return attempt

    async def _run(self, attempt: Attempt) -> Response:
        _ATTEMPT.set(attempt)
        with reading_at(attempt.place):
            async with AsyncExitStack() as stack, AsyncExitStack() as function_stack:
                # The framework closes an endpoint's dependencies with these. Each attempt has its own.
                attempt.scope["fastapi_inner_astack"] = stack
                attempt.scope["fastapi_function_astack"] = function_stack
                return await self._handler(Request(attempt.scope, self._receive))

    async def _receive(self) -> Message:
        if self._body is None:
            return await self._request.receive()
        return {"type": "http.request", "body": self._body, "more_body": False}


def _failed(attempt: Attempt) -> bool:
    return attempt.task.cancelled() or isinstance(attempt.task.exception(), DatabaseUnavailable)


def _is_behind(request: Request, response: Response) -> bool:
    """Whether the client names a later version than that of the response."""
    named, sent = newest_version(request.headers), newest_version(response.headers)
    return named is not None and sent is not None and sent < named


def _note(request: Request, place: Place) -> None:
    """Lets the outermost layer say how old the data of the response are."""
    if place.moment is None or place.group is None:
        return
    headers = [(b"x-data-source", b"replica" if place.group.standby else b"primary")]
    if isfinite(place.moment):
        as_of = HttpServices.of(request.app).now() - timedelta(seconds=int(monotonic() - place.moment))
        headers.append((b"x-data-as-of", f"{as_of:%Y-%m-%dT%H:%M:%SZ}".encode()))
    request.scope[HEADERS] = headers
