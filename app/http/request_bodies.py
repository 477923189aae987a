"""What a request's body may be: how large, how slow, and JSON that everybody reads alike."""

import asyncio
import json
import math
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problems import Refused

# Arrays and objects within each other; no body here has more than four.
_DEEPEST = 32
# Digits of a number; the largest that anything here takes has sixteen.
_MOST_DIGITS = 64


class BodyLimit:
    """Refuses bodies over `limit` bytes, by their stated length or as soon as that much has come, and slow ones.

    A body has `seconds` to come from when it is first asked for.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdecimal() and int(stated[:20]) > self.limit:
            raise self._too_large()
        come, until, more = 0, 0.0, True

        async def receive_counting() -> Message:
            nonlocal come, until, more
            if not more:
                return await receive()  # waits for the client to go
            until = until or asyncio.get_running_loop().time() + self.seconds
            message = await self._in_time(receive, until)
            more = message.get("more_body", False)
            come += len(message.get("body", b""))
            if come > self.limit:
                raise self._too_large()
            return message

        await self.app(scope, receive_counting, send)

    async def _in_time(self, receive: Receive, until: float) -> Message:
        try:
            async with asyncio.timeout_at(until):
                return await receive()
        except TimeoutError:
            raise Refused("too_slow", f"The body has to come within {self.seconds:g} s.") from None

    def _too_large(self) -> Refused:
        return Refused("body_too_large", f"The body may have {self.limit} bytes at most.")


class StrictRequest(Request):
    """A request whose JSON is read as RFC 8259 has it, and in no way in which another reader might differ."""

    async def json(self) -> Any:
        """The body; raises JSONDecodeError for what is no JSON and Refused for what is ambiguous or out of bounds."""
        if not hasattr(self, "_json"):
            if self.headers.get("content-encoding", "identity") != "identity":
                raise Refused("unsupported_media_type", "The body must not be compressed.")
            self._json = _read(await self.body())
        return self._json


def read_strictly(
    handler: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """The handler of a route, which from now on gets its requests as StrictRequest."""

    async def handled(request: Request) -> Response:
        return await handler(StrictRequest(request.scope, request.receive))

    return handled


def _read(body: bytes) -> Any:
    try:
        value = _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        raise Refused("unparsable", "The body must be UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    # Few bodies have so many brackets at all.
    if body.count(b"[") + body.count(b"{") > _DEEPEST and _depth(value) > _DEEPEST:
        raise _too_deep()
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def _too_deep() -> Refused:
    return Refused("unparsable", f"The body has more than {_DEEPEST} levels.")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of two values one reader takes the first, another the last: whoever checks would not see what is done.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Refused("duplicate_key", "An object of the body has the same key twice.")
    return found


def _constant(_name: str) -> Any:
    raise Refused("unparsable", "The body is not JSON: NaN and Infinity are none.")


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise Refused("unparsable", f"A number of the body has more than {_MOST_DIGITS} digits.")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if len(digits) > _MOST_DIGITS or math.isinf(value):
        raise Refused("unparsable", "A number of the body is too long or too large.")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_constant, parse_int=_integer, parse_float=_fraction
)
