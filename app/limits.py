"""What one client may ask of the service: how large a body, how many look-ups a minute."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import BodyTooLarge, TooMany


class BodyLimit:
    """Refuses request bodies over `limit` bytes, by their stated length or as soon as that much has come."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdecimal() and int(stated[:20]) > self.limit:
            raise BodyTooLarge(self.limit)
        come = 0

        async def receive_counting() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > self.limit:
                raise BodyTooLarge(self.limit)
            return message

        await self.app(scope, receive_counting, send)


class RateLimiter:
    """A bucket of tokens per address: `per_minute` at once, refilled evenly; 0 lets everything through.

    Per process and bounded: beyond `addresses` the one not heard of for longest is forgotten.
    """

    def __init__(
        self, per_minute: int, *, addresses: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._capacity = per_minute
        self._per_second = per_minute / 60
        self._addresses = addresses
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one request of an address; raises TooMany, with the seconds to wait, where its bucket is empty."""
        if not self._capacity:
            return
        moment = self._clock()
        left, since = self._buckets.get(address, (float(self._capacity), moment))
        left = min(self._capacity, left + (moment - since) * self._per_second)
        self._buckets[address] = (max(left - 1, 0.0) if left >= 1 else left, moment)
        self._buckets.move_to_end(address)
        if len(self._buckets) > self._addresses:
            self._buckets.popitem(last=False)
        if left < 1:
            raise TooMany(math.ceil((1 - left) / self._per_second))


async def lookup_rate(request: Request) -> None:
    """A dependency that counts one public look-up of the client's address; raises TooMany."""
    request.app.state.lookups.take(_network(request.client.host if request.client else ""))


def _network(address: str) -> str:
    # Whoever has one IPv6 address has a whole /64 of them.
    if ":" not in address:
        return address
    try:
        return str(ipaddress.IPv6Network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address
