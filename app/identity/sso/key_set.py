"""The issuer's public keys: fetched without holding anybody up, kept, and fetched anew as they are rotated."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt

from app.domain.errors import Unavailable
from app.http.errors import Unauthenticated

logger = logging.getLogger(__name__)

# Keys are looked at again after so long: a key that the issuer has withdrawn lets nobody in any more.
KEPT_FOR = timedelta(minutes=10)
# Between two attempts, so that tokens made up with ever new key ids do not make the issuer answer each of them.
PAUSE = timedelta(seconds=10)
# The same where the key is known: an issuer that stands still shall not hold everybody up again and again.
_PAUSE_OF_KNOWN = timedelta(minutes=1)
# Seconds that the issuer has for its answer.
_PATIENCE = 4.0
_LARGEST = 262_144
_MOST_KEYS = 100

# What a key of each type may be used with: never a secret shared with the issuer, and never nothing.
_ALGORITHMS: Mapping[str, frozenset[str]] = {
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "EC": frozenset({"ES256", "ES384", "ES512"}),
    "OKP": frozenset({"EdDSA"}),
}


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of the issuer, and the algorithms that it may be used with."""

    public: Any
    algorithms: frozenset[str]


class IssuerKeys:
    """The keys by their id, as of the last fetch that succeeded; without any until a token asks for one.

    While the issuer does not answer, the keys that are known go on being used.
    """

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url
        self._keys: Mapping[str, Key] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def key(self, key_id: str, now: datetime) -> Key:
        """The key with that id.

        Raises Unauthenticated `token_key_unknown` where the issuer has no such key, and Unavailable
        `sign_on_unavailable` where it cannot be asked.
        """
        if key_id not in self._keys or not _within(self._fetched_at, now, KEPT_FOR):
            # Who comes while the issuer is asked waits for this one answer.
            async with self._fetching:
                if not _within(self._tried_at, now, _PAUSE_OF_KNOWN if key_id in self._keys else PAUSE):
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
            async with asyncio.timeout(_PATIENCE), self._http.stream("GET", self._url) as answer:
                answer.raise_for_status()
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > _LARGEST:
                        raise ValueError("the answer is too large")
            self._keys = _keys(json.loads(body))
            self._fetched_at = now
        except (httpx.HTTPError, TimeoutError, ValueError, RecursionError) as error:
            logger.warning("the keys of the single sign-on were not fetched: %s", type(error).__name__)


def _within(instant: datetime | None, now: datetime, span: timedelta) -> bool:
    # A clock that was set back must not lengthen it.
    return instant is not None and timedelta(0) <= now - instant < span


def _keys(document: Any) -> dict[str, Key]:
    """The keys of a JWK set that are for signatures; raises ValueError for what is no set."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no JWK set")
    found: dict[str, Key] = {}
    for one in listed[:_MOST_KEYS]:
        key = _key(one) if isinstance(one, dict) and isinstance(one.get("kid"), str) else None
        if key is not None:
            found[one["kid"]] = key
    return found


def _key(jwk: Mapping[str, Any]) -> Key | None:
    """The public key for signatures, None for any other: an issuer may publish what this service does not know."""
    kind, algorithm = jwk.get("kty"), jwk.get("alg")
    allowed = _ALGORITHMS.get(kind, frozenset()) if isinstance(kind, str) else frozenset()
    if algorithm is not None:
        allowed &= {algorithm} if isinstance(algorithm, str) else set()
    uses = jwk.get("key_ops", ["verify"])
    if (
        not allowed
        or "d" in jwk
        or jwk.get("use", "sig") != "sig"
        or not isinstance(uses, list)
        or "verify" not in uses
    ):
        return None
    try:
        return Key(jwt.PyJWK(dict(jwk), min(allowed)).key, allowed)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
