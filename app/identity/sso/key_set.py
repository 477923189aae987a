"""Caches the issuer's public keys: fetched with the first token, and again when they may have changed."""

import asyncio
import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, import_key

from app.domain.errors import Unavailable
from app.http.errors import Unauthenticated
from app.identity.sso.fetching import FetchFailed, fetch

logger = logging.getLogger(__name__)

# Lifetime of cached keys: the bound within which a withdrawn key is no longer accepted.
KEPT_FOR = timedelta(minutes=10)
# Shortest time between two attempts. Tokens with made-up key ids must not cause one request each.
PAUSE = timedelta(seconds=10)
# The same for a cached key: an issuer that does not respond must not delay every request.
_PAUSE_OF_CACHED = timedelta(minutes=1)
# Time limit of one attempt in seconds.
_PATIENCE = 4.0
_MOST_KEYS = 100

# Errors that the library raises for JSON of an unexpected form.
UNREADABLE = (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class KeysState:
    """The number of cached keys, the instants of the last success and attempt, and the kind of the last failure."""

    keys: int
    fetched_at: datetime | None
    tried_at: datetime | None
    failure: str | None


class IssuerKeys:
    """The keys by id, as of the last successful fetch. Nothing is fetched before a token needs a key.

    While the issuer does not respond, the cached keys remain in use.
    """

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url
        self._keys: Mapping[str, Key] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()
        self._failure: str | None = None

    @property
    def state(self) -> KeysState:
        """What this worker knows of the keys."""
        return KeysState(len(self._keys), self._fetched_at, self._tried_at, self._failure)

    async def refresh(self, now: datetime) -> None:
        """Fetches the keys, unless somebody tried within the last ten seconds. A failure shows in `state`."""
        async with self._fetching:
            if not _within(self._tried_at, now, PAUSE):
                self._tried_at = now
                await self._fetch(now)

    async def key(self, key_id: str, now: datetime) -> Key:
        """The key with that id.

        Raises Unauthenticated `token_key_unknown` if the issuer has no such key, and Unavailable
        `sign_on_unavailable` if the issuer does not respond.
        """
        if key_id not in self._keys or not _within(self._fetched_at, now, KEPT_FOR):
            # Concurrent requests wait for this one fetch.
            async with self._fetching:
                if not _within(self._tried_at, now, _PAUSE_OF_CACHED if key_id in self._keys else PAUSE):
                    self._tried_at = now
                    await self._fetch(now)
        key = self._keys.get(key_id)
        if key is not None:
            return key
        if self._fetched_at is None or self._fetched_at != self._tried_at:
            raise Unavailable("sign_on_unavailable", "The keys of the single sign-on cannot be fetched at the moment.")
        raise Unauthenticated("token_key_unknown", "The token is not signed with a key that its issuer has now.")

    async def _fetch(self, now: datetime) -> None:
        try:
            status, document = await fetch(self._http, "GET", self._url, _PATIENCE)
            if status != httpx.codes.OK:
                raise FetchFailed(f"HTTP {status}")
            self._keys = _keys(document)
            self._fetched_at, self._failure = now, None
        except (FetchFailed, ValueError) as error:
            self._failure = str(error)
            logger.warning("the keys of the single sign-on were not fetched: %s", error)


def _within(instant: datetime | None, now: datetime, span: timedelta) -> bool:
    # A clock that was set back must not extend the span.
    return instant is not None and timedelta(0) <= now - instant < span


def _keys(document: Any) -> dict[str, Key]:
    """The usable keys of a JWK set (RFC 7517). Raises ValueError if it is not a set."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no JWK set")
    keys = [_key(jwk) for jwk in listed[:_MOST_KEYS] if isinstance(jwk, dict)]
    return {key.kid: key for key in keys if key is not None and key.kid is not None}


def _key(jwk: Mapping[str, Any]) -> Key | None:
    """The public key for signatures; None for any other, because a set may have keys for other purposes."""
    try:
        # The library warns of short keys. They are refused when a token uses them.
        with warnings.catch_warnings(action="ignore", category=SecurityWarning):
            key = import_key({name: value for name, value in jwk.items() if value is not None})
        key.check_use("sig")
        key.check_key_op("verify")
    except UNREADABLE:
        return None
    # A secret shared with the issuer is private too.
    return None if key.is_private else key
