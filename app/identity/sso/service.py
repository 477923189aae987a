"""Authenticates callers by tokens of the issuer. Their rights are those of callers with own tokens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx

from app.access.callers import Caller, TokenFacts
from app.catalogue.cache import ReferenceCache
from app.database import Database
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.http.errors import Forbidden
from app.identity.sso.claims import TokenIdentity, key_id_of, looks_signed, read
from app.identity.sso.key_set import IssuerKeys
from app.settings import Settings


class SignOn:
    """The single sign-on of one worker. Without an issuer in the settings it accepts no token."""

    def __init__(self, settings: Settings, reference: ReferenceCache) -> None:
        self._settings = settings
        self._reference = reference
        self._keys: IssuerKeys | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Opens the connections to the issuer for the block. The first token causes the first request."""
        if not self._settings.sso_issuer:
            yield
            return
        async with httpx.AsyncClient() as http:
            self._keys = IssuerKeys(http, self._settings.sso_jwks_url)
            yield

    def takes(self, token: str) -> bool:
        """Whether this is a token for the single sign-on."""
        return self._keys is not None and looks_signed(token)

    async def authenticate(self, token: str, database: Database, now: datetime) -> TokenFacts:
        """The caller of a token that `takes` accepts, with the expiry of the token.

        Raises Unauthenticated for an invalid token, Forbidden `sign_on_role` or `sign_on_unit` for a token without a
        right in this service, and Unavailable `sign_on_unavailable` while its key cannot be fetched.
        """
        assert self._keys is not None
        key = await self._keys.key(key_id_of(token), now)
        identity = read(token, key, self._settings, now)
        unit_id = await self._unit_id(identity, database, now)
        return TokenFacts(Caller(identity.client, identity.role, unit_id, None), identity.expires_at, None)

    async def _unit_id(self, identity: TokenIdentity, database: Database, now: datetime) -> int | None:
        """The unit by its current code or by its id, as in the commands for tokens."""
        unit = identity.unit
        if unit is None:
            return None
        async with database.reading() as connection:
            reference = await self._reference.current(connection)
        code, unit_id = (unit, None) if isinstance(unit, str) else (None, unit)
        try:
            named = reference.query_unit(code, unit_id, local_date(now))
        except Invalid:
            raise Forbidden("sign_on_unit", "The token names an unknown unit, or a code of several units.") from None
        assert named is not None
        return named.id
