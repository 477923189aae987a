"""What an endpoint may ask of its request: a connection, the time, the caller, the language."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Protocol

from fastapi import Depends, Request, Response, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from app.access.access_log import AccessLog
from app.access.callers import Caller, KnownToken, TokenCache
from app.access.queries import read_token
from app.access.service import token_hash
from app.access.token_uses import TokenUses
from app.database import Connection, Database, IntegrityFailed
from app.domain.errors import DomainError
from app.domain.lifecycle import Role
from app.http.errors import Forbidden, Unauthenticated
from app.http.idempotency.answers import ONCE, claim, in_use, keep
from app.http.idempotency.keys import Asked, asked
from app.http.messages import language_of
from app.http.openapi import OPTIONAL, SCHEME
from app.http.rate_limits import address_of
from app.http.services import HttpServices

_CALLER, _ASKED = "motcua.caller", "motcua.asked"


class ForeignTokens(Protocol):
    """Tokens that another issuer signs, as the single sign-on does."""

    def takes(self, token: str) -> bool:
        """Whether a token is one of that issuer."""

    async def authenticate(self, token: str, database: Database, now: datetime) -> KnownToken:
        """The caller behind a token that `takes` has taken; raises Unauthenticated, Forbidden and Unavailable."""


@dataclass(frozen=True, kw_only=True)
class AccessServices(HttpServices):
    """The services that identify callers; `committed` is called after each committed change."""

    tokens: TokenCache
    token_uses: TokenUses
    sign_on: ForeignTokens
    access_log: AccessLog
    committed: Callable[[], None]


async def reading(request: Request) -> AsyncIterator[Connection]:
    """A connection for reading, given back before the answer is sent."""
    # Before a connection is taken: who held one while waiting for another could wait for ever.
    await _identify(request)
    async with AccessServices.of(request.app).database.reading() as connection:
        yield connection


@asynccontextmanager
async def changing(request: Request, client: str | None = None, *, claiming: bool = True) -> AsyncIterator[Connection]:
    """A connection in a transaction, committed where the block ends and undone by any refusal.

    `client`: in whose name a key is kept where the caller needs no token; else it is the token's.

    Where the caller names an `Idempotency-Key`, raises AnsweredBefore if the same was done already, and as `claim` and
    `asked` do. Who uses it passes the answer through `kept` within the block.

    Without `claiming` a key is not looked for before the work: whatever is under it refuses the answer at the end, and
    all is undone (Conflict `key_in_use`). Who saves that look has to do all anew, claiming, where anything is refused.
    """
    # Before a connection is taken, as above; a body too is received first.
    caller, services = await _identify(request), AccessServices.of(request.app)
    wanted = None
    if client is not None:
        wanted = await asked(request, client, "")
    elif isinstance(caller, Caller):
        wanted = await asked(request, caller.client, f"{caller.role} {caller.unit_id}")
    try:
        async with services.database.writing() as connection:
            if wanted is not None:
                if claiming:
                    await claim(connection, wanted, services.now())
                request.scope[_ASKED] = wanted
            yield connection
    except IntegrityFailed as error:
        if error.constraint == ONCE:
            raise in_use() from error
        raise
    services.committed()


async def kept(request: Request, connection: Connection, response: Response) -> Response:
    """The answer to a change, kept with it in its transaction where the caller named an `Idempotency-Key`."""
    wanted: Asked | None = request.scope.get(_ASKED)
    if wanted is not None:
        services = AccessServices.of(request.app)
        expires_at = services.now() + timedelta(hours=services.settings.idempotency_hours)
        await keep(connection, wanted, response, expires_at)
    return response


async def writing(request: Request) -> AsyncIterator[Connection]:
    """As `changing`; committed before the answer is sent."""
    async with changing(request) as connection:
        yield connection


async def now(request: Request) -> datetime:
    """The service's present instant."""
    return AccessServices.of(request.app).now()


async def language(request: Request) -> str:
    """The language for people: "vi", or "en" where it is preferred (contract, Languages)."""
    return language_of(request.headers.get("accept-language"))


class _OptionalCaller(SecurityBase):
    """Documents the scheme and says who is calling, in one: each dependency of a dependency has its price."""

    def __init__(self, name: str = OPTIONAL) -> None:
        self.model = HTTPBearer(description="A token that `motcua token create` printed, or one of the single sign-on.")
        self.scheme_name = name

    async def __call__(self, request: Request) -> Caller | None:
        """Who is calling, None without a token.

        Raises Unauthenticated for a token that does not hold, TooMany for one of too many such from one address, and
        as `SignOn.authenticate` for one of the single sign-on.
        """
        found = await _identify(request)
        if isinstance(found, DomainError):
            if isinstance(found, Unauthenticated):
                # Counted where it is refused: a token that holds is never kept out for its neighbours' guesses.
                AccessServices.of(request.app).limits.failures.take(address_of(request.scope))
            raise found
        return found


class _Caller(_OptionalCaller):
    async def __call__(self, request: Request) -> Caller:
        """Who is calling; raises Unauthenticated without a token that holds."""
        found = await super().__call__(request)
        if found is None:
            raise Unauthenticated(
                "token_missing", "This needs a token: send the header `Authorization: Bearer <token>`."
            )
        return found


OptionalCaller = Annotated[Caller | None, Security(_OptionalCaller())]
AnyCaller = Annotated[Caller, Security(_Caller(SCHEME))]


async def any_administrator(known: AnyCaller) -> Caller:
    """The calling administrator, of a unit or of all; raises Forbidden for anyone else."""
    if known.role is not Role.ADMINISTRATOR:
        raise Forbidden("administrators_only", "Only an administrator may do this.")
    return known


AnyAdministrator = Annotated[Caller, Depends(any_administrator)]


async def administrator(known: AnyAdministrator) -> Caller:
    """The calling administrator of all units; raises Forbidden for anyone else.

    Reference data belong to no subtree, and who could have units succeed each other would choose how far it reaches.
    """
    if known.unit_id is not None:
        raise Forbidden("all_units_needed", "Reference data are everybody's: this needs a token for all units.")
    return known


Reading = Annotated[Connection, Depends(reading, scope="function")]
Writing = Annotated[Connection, Depends(writing, scope="function")]
Now = Annotated[datetime, Depends(now)]
Administrator = Annotated[Caller, Depends(administrator)]
Language = Annotated[str, Depends(language)]


async def _identify(request: Request) -> Caller | DomainError | None:
    # A refusal is kept, not raised: a public call does not care what token it carries.
    header = request.headers.get("authorization")
    if header is None:
        return None
    if _CALLER not in request.scope:
        services = AccessServices.of(request.app)
        try:
            found = request.scope[_CALLER] = await _identified(services, header)
        except DomainError as refusal:
            request.scope[_CALLER] = refusal
        else:
            services.limits.tokens.take(found.client if found.token_id is None else found.token_id)
    known: Caller | DomainError = request.scope[_CALLER]
    return known


async def _identified(services: AccessServices, header: str) -> Caller:
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or not token.isascii() or " " in token:
        raise Unauthenticated("token_malformed", "The header must read `Authorization: Bearer <token>`.")
    hashed, moment = token_hash(token), services.now()
    known = services.tokens.get(hashed, moment)
    if known is None:
        changes = services.tokens.changes
        known = await _read(services, token, hashed, moment)
        services.tokens.put(hashed, known, moment, changes)
    if known.revoked_at is not None and known.revoked_at <= moment:
        raise Unauthenticated("token_revoked", "This token was revoked.")
    if known.expires_at is not None and known.expires_at <= moment:
        raise Unauthenticated("token_expired", "This token has expired.")
    if known.caller.token_id is not None:
        services.token_uses.note(known.caller.token_id, moment)
    return known.caller


async def _read(services: AccessServices, token: str, hashed: str, moment: datetime) -> KnownToken:
    if services.sign_on.takes(token):
        return await services.sign_on.authenticate(token, services.database, moment)
    async with services.database.reading() as connection:
        known = await read_token(connection, hashed)
    if known is None:
        raise Unauthenticated("token_unknown", "This token is not known.")
    return known
