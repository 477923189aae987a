"""Limits of the public look-up (rules §20): the waiting time of a network after wrong codes, keys and digits."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from fastapi import Request

from app.domain.errors import NotFound
from app.http.errors import TooMany
from app.http.rate_limits import address_of, network_of
from app.http.replica_reading import asked_again, deferred, repeated
from app.http.services import HttpServices


async def lookup_rate(request: Request) -> None:
    """Counts one computed deadline or rating of the public for the client's address; raises TooMany.

    Looking up a code takes no part of it: only misses count there.
    """
    if not repeated():
        HttpServices.of(request.app).limits.lookups.take(address_of(request.scope))


class MissesCounted:
    """A block in which the public looks up a code: NotFound counts as a miss of the network.

    A right code is always answered. A wrong one raises TooMany while the network must wait.
    """

    __slots__ = ("_misses", "_network")

    def __init__(self, request: Request) -> None:
        self._misses = HttpServices.of(request.app).limits.misses
        self._network = network_of(request.scope)

    def __enter__(self) -> None:
        """Nothing is refused before the code was read."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, NotFound):
            return
        if asked_again():
            deferred(self._count)
            return
        waiting = self._misses.waiting(self._network)
        self._count()
        if waiting:
            raise TooMany(self._misses.waiting(self._network)) from None

    def _count(self) -> None:
        self._misses.miss(self._network)


@contextmanager
def wrong_keys_counted(request: Request) -> Iterator[None]:
    """A block in which the public proves a right by a key: NotFound counts as a wrong key of the network.

    At its start, raises TooMany while the network must wait, so that a right key waits too.
    """
    keys, network = HttpServices.of(request.app).limits.wrong_keys, network_of(request.scope)
    keys.require(network)
    try:
        yield
    except NotFound:
        keys.miss(network)
        raise


@contextmanager
def wrong_digits_counted(request: Request, dossier_id: int) -> Iterator[None]:
    """As `wrong_keys_counted` for last digits, which are counted for the dossier too.

    The counters are of this process. A look-up writes nothing, so they are not in the database.
    """
    digits, dossier = HttpServices.of(request.app).limits.wrong_digits, str(dossier_id)
    digits.require(dossier)
    try:
        with wrong_keys_counted(request):
            yield
    except NotFound:
        digits.miss(dossier)
        raise
