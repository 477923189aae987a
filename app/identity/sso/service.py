"""Who is calling with a token of the issuer: the same callers as those with a token of this service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import httpx

from app.access.callers import Caller, KnownToken
from app.catalogue.cache import ReferenceCache
from app.database import Database
from app.domain.errors import Invalid
from app.domain.localtime import local_date
from app.http.errors import Forbidden
from app.identity.sso.claims import SignedOn, key_id_of, looks_signed, read
from app.identity.sso.key_set import IssuerKeys
from app.settings import Settings


class SignOn:
    """The single sign-on of one worker; without an issuer among the settings nothing is signed by one."""

    def __init__(self, settings: Settings, reference: ReferenceCache) -> None:
        self._settings = settings
        self._reference = reference
        self._keys: IssuerKeys | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ready to ask the issuer while the block runs; it is not asked before somebody comes."""
        if not self._settings.sso_issuer:
            yield
            return
        async with httpx.AsyncClient() as http:
            self._keys = IssuerKeys(http, self._settings.sso_jwks_url)
            yield

    def takes(self, token: str) -> bool:
        """Whether a token is for this way of coming in."""
        return self._keys is not None and looks_signed(token)

    async def known(self, token: str, database: Database, now: datetime) -> KnownToken:
        """The caller behind a token that `takes` has taken, for as long as it holds.

        Raises Unauthenticated where it does not hold, Forbidden `sign_on_role` or `sign_on_unit` where it gives no
        right here, and Unavailable `sign_on_unavailable` while its key cannot be had.
        """
        assert self._keys is not None
        key = await self._keys.key(key_id_of(token), now)
        signed_on = read(token, key, self._settings, now)
        unit_id = await self._unit_id(signed_on, database, now)
        return KnownToken(Caller(signed_on.client, signed_on.role, unit_id, None), signed_on.expires_at, None)

    async def _unit_id(self, signed_on: SignedOn, database: Database, now: datetime) -> int | None:
        """The unit by its code today or by its id, as where a token is issued by command."""
        unit = signed_on.unit
        if unit is None:
            return None
        async with database.reading() as connection:
            reference = await self._reference.current(connection)
        code, unit_id = (unit, None) if isinstance(unit, str) else (None, unit)
        try:
            found = reference.query_unit(code, unit_id, local_date(now))
        except Invalid:
            raise Forbidden("sign_on_unit", "The unit that the token names is not known, or not one alone.") from None
        assert found is not None
        return found.id
