"""The single sign-on of a worker: callers with tokens of the issuer, and people who sign in at the provider."""

import hmac
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import httpx

from app.access.callers import Caller, TokenFacts
from app.catalogue.cache import ReferenceCache
from app.database import Database
from app.domain.errors import DomainError
from app.http.errors import Unauthenticated
from app.identity.sso.claims import TokenIdentity, key_id_of, looks_signed, read
from app.identity.sso.flow import Flow
from app.identity.sso.health import Health
from app.identity.sso.id_tokens import Identity, read_id_token
from app.identity.sso.key_set import IssuerKeys
from app.identity.sso.logout import Logout, read_logout_token
from app.identity.sso.provider import error_code, exchange, userinfo
from app.identity.sso.units import unit_id_of
from app.settings import Settings


class SignOn:
    """The single sign-on of one worker. Without an issuer in the settings it accepts nobody.

    `trusted`: the certificate authorities of connections to the provider; None: those of the HTTP client.
    """

    def __init__(self, settings: Settings, reference: ReferenceCache, trusted: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._reference = reference
        self._trusted = trusted
        self._http: httpx.AsyncClient | None = None
        self._keys: IssuerKeys | None = None
        self.health = Health()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Opens the connections to the issuer for the block. The first token causes the first request."""
        if not self._settings.sso_issuer:
            yield
            return
        # No proxy of the environment, and no compressed answer, which could be huge when it is read.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        async with httpx.AsyncClient(verify=self._trusted or True, trust_env=False, headers=headers) as http:
            self._http, self._keys = http, IssuerKeys(http, self._settings.sso_jwks_url)
            yield

    @property
    def keys(self) -> IssuerKeys | None:
        """The keys of the issuer; None without one in the settings."""
        return self._keys

    @property
    def signs_in_people(self) -> bool:
        """Whether people sign in at the provider."""
        return bool(self._settings.sso_client_id)

    def takes(self, token: str) -> bool:
        """Whether this is a bearer token for the single sign-on."""
        return self._keys is not None and bool(self._settings.sso_audience) and looks_signed(token)

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

    async def identify(self, flow: Flow, answer: Mapping[str, str], now: datetime) -> tuple[Identity, str]:
        """The person named by the provider's answer to a flow, and the ID token.

        `answer`: the parameters of the callback. Raises Unauthenticated for an answer that is not the provider's to
        this flow, `sign_in_refused` if the provider refuses, and Unavailable `sign_on_unavailable`.
        """
        try:
            identity, id_token = await self._identified(flow, answer, now)
        except DomainError as refusal:
            # Anybody can send an answer to no flow.
            if refusal.code != "sign_in_not_begun":
                self.health.failed(refusal, now)
            raise
        self.health.succeeded(now)
        return identity, id_token

    async def _identified(self, flow: Flow, answer: Mapping[str, str], now: datetime) -> tuple[Identity, str]:
        settings = self._settings
        assert self._http is not None
        assert self._keys is not None
        code = _code_of(answer, flow, settings)
        id_token, access_token = await exchange(self._http, settings, flow, code)
        key = await self._keys.key(key_id_of(id_token), now)
        identity = read_id_token(id_token, key, settings, now, nonce=flow.nonce, access_token=access_token)
        if settings.sso_userinfo_url and access_token is not None:
            further = await userinfo(self._http, settings, access_token)
            # An answer about another person must not be mixed in (OpenID Connect Core 1.0, section 5.3.2).
            if further.get("sub") != identity.subject:
                raise Unauthenticated("sign_in_answer_invalid", "The further claims are about another person.")
            identity = replace(identity, claims={**further, **identity.claims})
        return identity, id_token

    async def logout_of(self, token: str, now: datetime) -> Logout:
        """The order of a logout token; raises Unauthenticated for an invalid one, and Unavailable as `identify`."""
        if not self.signs_in_people or self._keys is None:
            raise Unauthenticated("token_unknown", "People do not sign in at a provider here.")
        key = await self._keys.key(key_id_of(token), now)
        return read_logout_token(token, key, self._settings, now)

    async def _unit_id(self, identity: TokenIdentity, database: Database, now: datetime) -> int | None:
        if identity.unit is None:
            return None
        async with database.reading() as connection:
            return unit_id_of(await self._reference.current(connection), identity.unit, now)


def not_begun() -> Unauthenticated:
    """The refusal of an answer to no sign-in of this browser."""
    return Unauthenticated("sign_in_not_begun", "This sign-in was not begun in this browser, or it has ended.")


def _code_of(answer: Mapping[str, str], flow: Flow, settings: Settings) -> str:
    """The code of the provider's answer, if it is the answer to this flow."""
    if not hmac.compare_digest(answer.get("state", "").encode(), flow.state.encode()):
        raise not_begun()
    # Another provider could answer in its place (RFC 9207).
    issuer = answer.get("iss")
    if (issuer or settings.sso_iss_parameter) and issuer != settings.sso_issuer:
        raise Unauthenticated("sign_in_answer_invalid", "The answer is of another provider.")
    if "error" in answer:
        raise Unauthenticated("sign_in_refused", f"The provider did not sign in: {error_code(answer['error'])}.")
    if not answer.get("code"):
        raise Unauthenticated("sign_in_answer_invalid", "The answer has no code.")
    return answer["code"]
