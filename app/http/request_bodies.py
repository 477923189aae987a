"""Limits of request bodies: their size, the time to receive them, their share of a rate limit, and strict JSON."""

import asyncio
import json
import math
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.error_responses import RefusedRequest
from app.http.rate_limits import RateLimiter, address_of

T = TypeVar("T")

# The largest body in bytes while the caller is not known. Each further part of this size counts as another request.
SMALL = 65_536
# A member of the request's scope: the caller may send a large body.
_LARGE = "motcua.large_body"
# Nested arrays and objects; the bodies of this service have at most four levels.
_DEEPEST = 32
# Digits of a number; the largest number of this service has sixteen.
_MOST_DIGITS = 64


def allow_large_body(request: Request) -> None:
    """Lets the request have a body of more than SMALL bytes, because its caller is known by its head."""
    request.scope[_LARGE] = True


async def beside_others(read: Callable[[bytes], T], body: bytes) -> T:
    """What `read` makes of the body. A large one takes a while, so other requests go on beside it."""
    return read(body) if len(body) <= SMALL else await asyncio.to_thread(read, body)


class BodyLimit:
    """Refuses bodies over `limit` bytes, by Content-Length or as soon as more arrives, and slow ones.

    The limit is SMALL until `allow_large_body`. A body must arrive within `seconds` after it is first read. Each SMALL
    bytes take from the bucket of their address in `limiter`.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float, limiter: RateLimiter) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds
        self.limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "")
        size = int(stated[:20]) if stated.isdecimal() else 0
        self._require_size(size, self.limit)
        received, until, more = 0, 0.0, True

        async def receive_limited() -> Message:
            nonlocal received, until, more
            if not more:
                return await receive()  # waits for the client's disconnect
            limit = self.limit if _LARGE in scope else min(SMALL, self.limit)
            self._require_size(size, limit)
            until = until or asyncio.get_running_loop().time() + self.seconds
            message = await self._in_time(receive, until)
            more = message.get("more_body", False)
            before, received = received, received + len(message.get("body", b""))
            self._require_size(received, limit)
            if parts := received // SMALL - before // SMALL:
                self.limiter.take(address_of(scope), parts)
            return message

        await self.app(scope, receive_limited, send)

    async def _in_time(self, receive: Receive, until: float) -> Message:
        try:
            async with asyncio.timeout_at(until):
                return await receive()
        except TimeoutError:
            raise RefusedRequest("too_slow", f"The body must arrive within {self.seconds:g} s.") from None

    def _require_size(self, size: int, limit: int) -> None:
        if size > self.limit:
            raise RefusedRequest("body_too_large", f"The body may have at most {self.limit} bytes.")
        if size > limit:
            raise RefusedRequest("body_too_large", f"Without a token the body may have at most {limit} bytes.")


class StrictRequest(Request):
    """A request with strict JSON (RFC 8259): content that parsers read in different ways is refused."""

    async def json(self) -> Any:
        """The body; raises JSONDecodeError for invalid JSON, and RefusedRequest for ambiguous or oversized JSON."""
        if not hasattr(self, "_json"):
            if self.headers.get("content-encoding", "identity") != "identity":
                raise RefusedRequest("unsupported_media_type", "The body must not be compressed.")
            body = await self.body()
            self._json = await beside_others(_read, body)
        return self._json


def read_strictly(
    handler: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """The handler of a route, so that it gets each request as a StrictRequest."""

    async def strict(request: Request) -> Response:
        return await handler(StrictRequest(request.scope, request.receive))

    return strict


def _read(body: bytes) -> Any:
    try:
        value = _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        raise RefusedRequest("unparsable", "The body must be UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    # Counting brackets is cheap, and few bodies have this many.
    if body.count(b"[") + body.count(b"{") > _DEEPEST and _depth(value) > _DEEPEST:
        raise _too_deep()
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [container for container in level if isinstance(container, dict | list)]:
        depth += 1
        level = [
            inner for container in level for inner in (container.values() if isinstance(container, dict) else container)
        ]
    return depth


def _too_deep() -> RefusedRequest:
    return RefusedRequest("unparsable", f"The body has more than {_DEEPEST} nested levels.")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Some parsers take the first of two values, others the last. A proxy that checks a body could see another one.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RefusedRequest("duplicate_key", "An object in the body has the same key twice.")
    return members


def _constant(_name: str) -> Any:
    raise RefusedRequest("unparsable", "The body is not JSON: it contains NaN or Infinity.")


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise RefusedRequest("unparsable", f"A number in the body has more than {_MOST_DIGITS} digits.")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if len(digits) > _MOST_DIGITS or math.isinf(value):
        raise RefusedRequest("unparsable", "A number in the body is too long or too large.")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_constant, parse_int=_integer, parse_float=_fraction
)
