"""Limits of the public look-up: requests of an address, and its waiting time after wrong codes and keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from fastapi import Request

from app.domain.errors import NotFound
from app.http.errors import TooMany
from app.http.rate_limits import address_of
from app.http.replica_reading import asked_again, deferred, repeated
from app.http.services import HttpServices


async def lookup_rate(request: Request) -> None:
    """Counts one public look-up for the client's address; raises TooMany."""
    if not repeated():
        HttpServices.of(request.app).limits.lookups.take(address_of(request.scope))


class MissesCounted:
    """A block in which the public looks up a code: NotFound counts as a miss of the address.

    A right code is answered also while the address must wait; a wrong one raises TooMany then. At its start, raises
    TooMany for an address that is guessing.
    """

    __slots__ = ("_address", "_misses")

    def __init__(self, request: Request) -> None:
        self._misses = HttpServices.of(request.app).limits.misses
        self._address = address_of(request.scope)

    def __enter__(self) -> None:
        if not repeated():
            self._misses.require_honest(self._address)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, NotFound):
            return
        if asked_again():
            deferred(self._count)
            return
        waiting = self._misses.waiting(self._address)
        self._count()
        if waiting:
            raise TooMany(self._misses.waiting(self._address)) from None

    def _count(self) -> None:
        self._misses.miss(self._address)


@contextmanager
def wrong_keys_counted(request: Request) -> Iterator[None]:
    """A block in which the public proves a right by a key: NotFound counts as a wrong key of the address.

    At its start, raises TooMany while the address must wait, so that a right key waits too.
    """
    keys, address = HttpServices.of(request.app).limits.wrong_keys, address_of(request.scope)
    keys.require(address)
    try:
        yield
    except NotFound:
        keys.miss(address)
        raise
