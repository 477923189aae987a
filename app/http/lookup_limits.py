"""Limits of the public look-up: requests of an address, and its waiting time after unknown codes."""

from types import TracebackType

from fastapi import Request

from app.domain.errors import NotFound
from app.http.rate_limits import MissLimiter, address_of
from app.http.replica_reading import deferred, repeated
from app.http.services import HttpServices


async def lookup_rate(request: Request) -> None:
    """Counts one public look-up for the client's address; raises TooMany."""
    if not repeated():
        HttpServices.of(request.app).limits.lookups.take(address_of(request.scope))


class MissesCounted:
    """A block in which the public looks up a code: NotFound counts as a miss of the address.

    At its start, raises TooMany while the address must wait.
    """

    __slots__ = ("_address", "_misses")

    def __init__(self, request: Request) -> None:
        self._misses: MissLimiter = HttpServices.of(request.app).limits.misses
        self._address = address_of(request.scope)

    def __enter__(self) -> None:
        if not repeated():
            self._misses.require(self._address)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, NotFound) and not deferred(self._count):
            self._count()

    def _count(self) -> None:
        self._misses.miss(self._address)
