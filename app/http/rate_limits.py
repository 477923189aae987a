"""How often one client may ask: by its address, by its token, and slower where it asks for what there is not."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

from starlette.types import Scope

from app.http.errors import TooMany
from app.settings import Settings

# Addresses and tokens that a limiter remembers.
_MOST_KEYS = 10_000
# Seconds that an address waits at most, however often it asked for what there is not.
_LONGEST_WAIT = 900
_HOUR = 3600


class RateLimiter:
    """A bucket for each address or token: `per_minute` at once, refilled evenly; 0 lets everything through.

    Per process and bounded: beyond `most` the one not heard of for longest is forgotten.
    """

    def __init__(self, per_minute: int, *, most: int = _MOST_KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = per_minute
        self._per_second = per_minute / 60
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[str | int, tuple[float, float]] = OrderedDict()

    def take(self, key: str | int) -> None:
        """Count one request; raises TooMany, with the seconds to wait, where the bucket is empty."""
        if not self._capacity:
            return
        moment = self._clock()
        left, since = self._buckets.get(key, (float(self._capacity), moment))
        left = min(self._capacity, left + (moment - since) * self._per_second)
        self._buckets[key] = (max(left - 1, 0.0) if left >= 1 else left, moment)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        if left < 1:
            raise TooMany(math.ceil((1 - left) / self._per_second))


class MissLimiter:
    """Waits for addresses that ask for what there is not: `per_hour` misses are free, each more doubles the wait.

    Misses are forgiven evenly, as many an hour as are free, and by nothing else: who guesses right now and then waits
    as long. 0 sets no waits. Per process and bounded as RateLimiter is.
    """

    def __init__(self, per_hour: int, *, most: int = _MOST_KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        self._free = per_hour
        self._most = most
        self._clock = clock
        # How many misses weigh on an address, as of when, and until when it waits.
        self._misses: OrderedDict[str, tuple[float, float, float]] = OrderedDict()

    def require(self, address: str) -> None:
        """Raises TooMany while the address has to wait."""
        kept = self._misses.get(address)
        if kept is not None and kept[2] > (moment := self._clock()):
            raise TooMany(math.ceil(kept[2] - moment))

    def miss(self, address: str) -> None:
        """Count a miss of the address, which may have to wait from now on."""
        if not self._free:
            return
        moment = self._clock()
        weight, since, _until = self._misses.get(address, (0.0, moment, 0.0))
        weight = max(weight - (moment - since) * self._free / _HOUR, 0.0) + 1
        over = weight - self._free
        wait = min(2.0 ** min(over, 10), _LONGEST_WAIT) if over > 0 else 0.0
        self._misses[address] = (weight, moment, moment + wait)
        self._misses.move_to_end(address)
        if len(self._misses) > self._most:
            self._misses.popitem(last=False)


class Limits:
    """The limiters of one worker."""

    def __init__(self, settings: Settings) -> None:
        self.addresses = RateLimiter(settings.address_rate)
        self.tokens = RateLimiter(settings.token_rate)
        self.failures = RateLimiter(settings.failure_rate)
        self.lookups = RateLimiter(settings.lookup_rate)
        self.misses = MissLimiter(settings.lookup_misses)


def address_of(scope: Scope) -> str:
    """Whom a request counts for: the client's address, of IPv6 its /64; one and the same for all without any."""
    client = scope["client"]
    return _network(client[0]) if client else ""


@lru_cache(maxsize=4096)
def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""  # whatever a proxy wrote there
    if found.version == 4:
        return str(found)
    # Whoever has one IPv6 address has a whole /64 of them, but an IPv4 address written as one is one.
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
