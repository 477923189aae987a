"""Rate limits by address and by token, and waiting times after requests for unknown codes."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

from starlette.types import Scope

from app.http.errors import TooMany
from app.settings import Settings

# Addresses or tokens in one limiter.
_MOST_KEYS = 10_000
# Longest waiting time of an address, in seconds.
_LONGEST_WAIT = 900
_HOUR = 3600


class RateLimiter:
    """A token bucket for each address or token: `per_minute` requests at once, refilled evenly; 0 means no limit.

    For one process, with at most `most` buckets; the one unused for longest is evicted.
    """

    def __init__(self, per_minute: int, *, most: int = _MOST_KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = per_minute
        self._per_second = per_minute / 60
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[str | int, tuple[float, float]] = OrderedDict()

    def take(self, key: str | int, requests: int = 1) -> None:
        """Counts requests; raises TooMany with the seconds to wait if the bucket has fewer."""
        if not self._capacity:
            return
        moment = self._clock()
        left, since = self._buckets.get(key, (float(self._capacity), moment))
        left = min(self._capacity, left + (moment - since) * self._per_second)
        requests = min(requests, self._capacity)
        self._buckets[key] = (left - requests if left >= requests else left, moment)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        if left < requests:
            raise TooMany(math.ceil((requests - left) / self._per_second))


class MissLimiter:
    """Waiting times after misses of a network or about a dossier: `per_hour` are free, then each doubles the wait.

    Misses expire evenly, `per_hour` in an hour. A correct code does not reset them, so guessing never gets faster. 0
    means no waiting. For one process, and bounded as RateLimiter.
    """

    def __init__(self, per_hour: int, *, most: int = _MOST_KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        self._free = per_hour
        self._most = most
        self._clock = clock
        # By key: the number of misses, the instant of this number, and the end of the wait.
        self._misses: OrderedDict[str, tuple[float, float, float]] = OrderedDict()

    def waiting(self, key: str) -> int:
        """The seconds that the key must still wait; 0 without a wait."""
        misses = self._misses.get(key)
        return 0 if misses is None else max(math.ceil(misses[2] - self._clock()), 0)

    def require(self, key: str) -> None:
        """Raises TooMany while the key must wait."""
        if wait := self.waiting(key):
            raise TooMany(wait)

    def _weight(self, key: str) -> float:
        """The misses of the key that have not expired."""
        weight, since, _until = self._misses.get(key, (0.0, 0.0, 0.0))
        return max(weight - (self._clock() - since) * self._free / _HOUR, 0.0)

    def miss(self, key: str) -> None:
        """Counts a miss of the key, which starts or extends its wait."""
        if not self._free:
            return
        moment, weight = self._clock(), self._weight(key) + 1
        over = weight - self._free
        wait = min(2.0 ** min(over, 10), _LONGEST_WAIT) if over > 0 else 0.0
        self._misses[key] = (weight, moment, moment + wait)
        self._misses.move_to_end(key)
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
        self.wrong_keys = MissLimiter(settings.lookup_misses)
        self.wrong_digits = MissLimiter(settings.lookup_digits)


def address_of(scope: Scope) -> str:
    """The address that a request counts for; for IPv6 its /64 network, empty if there is none."""
    client = scope["client"]
    return _network(client[0], 64) if client else ""


def network_of(scope: Scope) -> str:
    """As `address_of`, for IPv6 the /48 network: a provider gives so many addresses to a single site."""
    client = scope["client"]
    return _network(client[0], 48) if client else ""


@lru_cache(maxsize=4096)
def _network(address: str, length: int) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""  # a proxy may write anything
    if parsed.version == 4:
        return str(parsed)
    # A client has a whole /64 of IPv6 addresses, but only one IPv4 address mapped into IPv6.
    return str(parsed.ipv4_mapped or ipaddress.IPv6Network((int(parsed), length), strict=False))
