"""Limits of the public look-up: how often an address may ask, and how long it waits after codes that do not exist."""

from types import TracebackType

from fastapi import Request

from app.domain.errors import NotFound
from app.http.rate_limits import MissLimiter, address_of
from app.http.services import HttpServices


async def lookup_rate(request: Request) -> None:
    """A dependency that counts one public look-up of the client's address; raises TooMany."""
    HttpServices.of(request.app).limits.lookups.take(address_of(request.scope))


class MissesCounted:
    """Within it the public looks for a code: what is not found counts as a miss of the address.

    Raises TooMany, before anything is looked for, while the address has to wait.
    """

    __slots__ = ("_address", "_misses")

    def __init__(self, request: Request) -> None:
        self._misses: MissLimiter = HttpServices.of(request.app).limits.misses
        self._address = address_of(request.scope)

    def __enter__(self) -> None:
        self._misses.require(self._address)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, NotFound):
            self._misses.miss(self._address)
